-- Puts a job into its queue or among the delayed, with a new hash, and ends a flight that it still has.
-- `queue` is the line {list, order, marks} with its {flight, tokens, running, delayed, finished, failed}; `due` in seconds, '' for now;
-- ARGV holds the fields of the hash from `first_field` to `last_field`.
local function hand_over(queue, id, rank, first, due, first_field, last_field)
  local job = JOB .. id
  if redis.call('LREM', queue.flight, 0, id) > 0 then forget_executions(queue.running, id) end
  if redis.call('EXISTS', job) == 1 then
    leave(queue, id)
    for _, registry in ipairs({queue.delayed, queue.finished, queue.failed}) do redis.call('ZREM', registry, id) end
    redis.call('DEL', job)
  end
  redis.call('SADD', RQ .. 'queues', queue.list)
  if due ~= '' then
    redis.call('HSET', job, unpack(ARGV, first_field, last_field))
    -- Jobs that are due in the same millisecond stay in the order of their arrival: less than a millisecond tells them apart.
    if redis.call('EXISTS', queue.delayed) == 0 then redis.call('HDEL', queue.marks, 'delays') end
    local turn = redis.call('HINCRBY', queue.marks, 'delays', 1) % 2048
    redis.call('ZADD', queue.delayed, string.format('%.7f', tonumber(due) + turn * 0.00000045), id)
  else
    local at = place(queue, id, tonumber(rank) or NO_RANK, first == '1')
    redis.call('HSET', job, 'at', at, unpack(ARGV, first_field, last_field))
    wake(queue.tokens)
  end
end
