-- KEYS: job hash, in-flight list, delayed zset, RQ's registry of running executions, registry to keep it in
-- ARGV: job id, status ('' to forget the job), seconds to keep, now in seconds, class of the error, how many jobs the registry
-- keeps ('' for any number), job prefix
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
  local over = ARGV[6] ~= '' and redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[6]) or 0
  -- At most so many at once that nobody waits for it; the next job to end takes the rest.
  local old = over > 0 and redis.call('ZPOPMIN', KEYS[5], math.min(over, 200)) or {}
  for at = 1, #old, 2 do redis.call('DEL', ARGV[7] .. old[at]) end
end
