-- KEYS: delayed zset, list, order, marks, wake tokens; ARGV: now in seconds, at most so many, job prefix
-- One step, so that a crash neither loses nor doubles a job. Answers how many were moved.
local line, prefix = {list = KEYS[2], order = KEYS[3], marks = KEYS[4]}, ARGV[3]
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[1], id)
  if redis.call('EXISTS', prefix .. id) == 1 then
    redis.call('HSET', prefix .. id, 'status', 'queued')
    leave(line, prefix, id)
    place(line, prefix, id, rank_of(prefix, id), false)
    wake(KEYS[5])
  end
end
return #due
