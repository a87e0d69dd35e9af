-- KEYS: job hash, list, in-flight list, delayed zset, set of queues, wake tokens, RQ's registry of running executions
-- ARGV: job id, job prefix, rank ('' for none), first (1 or 0), due in seconds ('' for now), then the fields of the hash
local id, prefix, due = ARGV[1], ARGV[2], ARGV[5]
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 6))
redis.call('SADD', KEYS[5], KEYS[2])
if redis.call('LREM', KEYS[3], 0, id) > 0 then forget_executions(KEYS[7], id) end
if due ~= '' then
  redis.call('ZADD', KEYS[4], due, id)
else
  redis.call('ZREM', KEYS[4], id)
  place(KEYS[2], prefix, id, tonumber(ARGV[3]) or math.huge, ARGV[4] == '1')
  wake(KEYS[6])
end
