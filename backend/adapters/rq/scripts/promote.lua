-- KEYS: delayed zset, list, wake tokens; ARGV: now in seconds, at most so many, job prefix
-- One step, so that a crash neither loses nor doubles a job. Answers how many were moved.
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[1], id)
  if redis.call('EXISTS', ARGV[3] .. id) == 1 then
    redis.call('HSET', ARGV[3] .. id, 'status', 'queued')
    place(KEYS[2], ARGV[3], id, rank_of(ARGV[3], id), false)
    wake(KEYS[3])
  end
end
return #due
