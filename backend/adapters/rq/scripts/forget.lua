-- KEYS: RQ's list of the queue; ARGV: job id
local queue, id = queue_at(1), ARGV[1]
local is_ordered = redis.call('ZSCORE', queue.order, id)
leave(queue, id)
-- What somebody else put into the list has no place in the order, and can only be found by searching it.
local status = not is_ordered and redis.pcall('HGET', JOB .. id, 'status')
if not is_ordered and (not status or status == 'queued') then redis.call('LREM', queue.list, 0, id) end
for _, registry in ipairs({queue.delayed, queue.finished, queue.failed}) do redis.call('ZREM', registry, id) end
redis.call('DEL', RESULTS .. id)
-- No flight without a hash: it would go on when the job is handed over anew.
if not redis.call('LPOS', queue.flight, id) then redis.call('DEL', JOB .. id) end
