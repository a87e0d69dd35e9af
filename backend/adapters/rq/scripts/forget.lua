-- KEYS: those of the queue; ARGV: job id
local queue, id = queue_at(1), ARGV[1]
leave(queue, id)
-- An id without a job was put into the list by somebody else, and can only be found by searching it.
if redis.call('EXISTS', JOB .. id) == 0 then redis.call('LREM', queue.list, 0, id) end
for _, registry in ipairs({queue.delayed, queue.finished, queue.failed}) do redis.call('ZREM', registry, id) end
redis.call('DEL', JOB .. id, RQ .. 'results:' .. id)
