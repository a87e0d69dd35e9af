-- KEYS: RQ's list of the queue; ARGV: now in seconds, at most so many
-- One step, so that a crash neither loses nor doubles a job. Answers how many were moved.
local queue = queue_at(1)
local due = redis.call('ZRANGEBYSCORE', queue.delayed, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  redis.call('ZREM', queue.delayed, id)
  if redis.call('EXISTS', JOB .. id) == 1 then
    local waiting, at = place(queue, id, redis.call('HGET', JOB .. id, 'rank'), false)
    redis.call('HSET', JOB .. id, 'status', 'queued', unpack(at and {'at', at} or {}))
    wake(queue.tokens, waiting)
  end
end
return #due
