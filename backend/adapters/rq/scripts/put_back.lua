-- KEYS: job hash, list, in-flight list, wake tokens; ARGV: job id
if redis.call('LREM', KEYS[3], 0, ARGV[1]) > 0 then
  if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'rank', '0', 'status', 'queued') end
  redis.call('LPUSH', KEYS[2], ARGV[1])
  wake(KEYS[4])
end
