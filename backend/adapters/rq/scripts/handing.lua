-- Whatever Redis knew of the job before goes, with a flight that it still has: there is none without a hash.
local function write_job(queue, ticket, status, at)
  if write_fields(redis.pcall, queue.name, ticket, status, at) then return end
  local id = ticket.id
  if redis.call('LREM', queue.flight, 0, id) > 0 then forget_executions(queue.running, id) end
  for _, registry in ipairs({queue.delayed, queue.finished, queue.failed}) do redis.call('ZREM', registry, id) end
  redis.call('DEL', JOB .. id)
  write_fields(redis.call, queue.name, ticket, status, at)
end

-- Puts a job into its queue or among the delayed, with a new hash.
local function hand_over(queue, ticket)
  local id = ticket.id
  if ticket.due == '' then
    local waiting, at = place(queue, id, ticket.rank, ticket.first)
    write_job(queue, ticket, 'queued', at)
    wake(queue.tokens, waiting)
    -- Where others wait RQ knows the queue.
    if waiting == 1 then redis.call('SADD', QUEUES, queue.list) end
    return
  end
  leave(queue, id)
  redis.call('SADD', QUEUES, queue.list)
  write_job(queue, ticket, 'scheduled')
  -- Jobs that are due in the same millisecond stay in the order of their arrival: less than a millisecond tells them apart.
  if redis.call('EXISTS', queue.delayed) == 0 then redis.call('HDEL', queue.marks, 'delays') end
  local turn = redis.call('HINCRBY', queue.marks, 'delays', 1) % 2048
  redis.call('ZADD', queue.delayed, string.format('%.7f', tonumber(ticket.due) + turn * 0.00000045), id)
end
