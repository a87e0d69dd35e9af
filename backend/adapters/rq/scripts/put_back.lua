-- KEYS: job hash, list, order, marks, in-flight list, wake tokens; ARGV: job id, job prefix
if redis.call('LREM', KEYS[5], 0, ARGV[1]) > 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  local line = {list = KEYS[2], order = KEYS[3], marks = KEYS[4]}
  redis.call('HSET', KEYS[1], 'rank', '0', 'status', 'queued')
  leave(line, ARGV[2], ARGV[1])
  place(line, ARGV[2], ARGV[1], 0, true)
  wake(KEYS[6])
end
