-- KEYS: job hash, list, order, marks, in-flight list, delayed zset, set of queues, wake tokens, RQ's registry of executions
-- ARGV: job id, job prefix, rank ('' for none), first (1 or 0), due in seconds ('' for now), then the fields of the hash
local id, prefix, due = ARGV[1], ARGV[2], ARGV[5]
local line = {list = KEYS[2], order = KEYS[3], marks = KEYS[4]}
leave(line, prefix, id)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 6))
redis.call('SADD', KEYS[7], KEYS[2])
if redis.call('LREM', KEYS[5], 0, id) > 0 then forget_executions(KEYS[9], id) end
if due ~= '' then
  -- Jobs that are due in the same millisecond stay in the order of their arrival: less than a millisecond tells them apart.
  if redis.call('EXISTS', KEYS[6]) == 0 then redis.call('HDEL', line.marks, 'delays') end
  local turn = redis.call('HINCRBY', line.marks, 'delays', 1) % 2048
  redis.call('ZADD', KEYS[6], string.format('%.7f', tonumber(due) + turn * 0.00000045), id)
else
  redis.call('ZREM', KEYS[6], id)
  place(line, prefix, id, tonumber(ARGV[3]) or NO_RANK, ARGV[4] == '1')
  wake(KEYS[8])
end
