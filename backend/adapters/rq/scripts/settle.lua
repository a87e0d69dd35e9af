-- KEYS: job hash, in-flight list, delayed zset, RQ's registry of running executions, registry to keep it in
-- ARGV: job id, status ('' to forget the job), seconds to keep, now in seconds, class of the error
local id, status, keep = ARGV[1], ARGV[2], tonumber(ARGV[3])
redis.call('LREM', KEYS[2], 0, id)
redis.call('ZREM', KEYS[3], id)
forget_executions(KEYS[4], id)
if status == '' then
  redis.call('DEL', KEYS[1])
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'status', status, 'meta', cjson.encode({error = ARGV[5]}))
  redis.call('EXPIRE', KEYS[1], keep)
  redis.call('ZADD', KEYS[5], tonumber(ARGV[4]) + keep, id)
end
