-- What a ticket says of a job, read from ARGV: seven texts in this order.
local TICKET = 7

local function ticket_at(at)
  return {rank = ARGV[at], first = ARGV[at + 1], type = ARGV[at + 2], timeout = ARGV[at + 3], id = ARGV[at + 4], due = ARGV[at + 5], now = ARGV[at + 6]}
end

-- Writes the hash of a job as RQ itself would, with the rank and its position in the line beside RQ's own fields. RQ would not
-- read a job without `data`, the call of a function, and takes an empty text for nothing. Answers how many fields are new.
local FIELDS = 9

local function write_fields(call, queue, ticket, status, at)
  return call('HSET', JOB .. ticket.id, 'created_at', ticket.now, 'enqueued_at', ticket.now, 'status', status,
    'origin', string.sub(queue.list, #RQ + 7), 'description', ticket.type, 'data', CALL, 'timeout', ticket.timeout, 'rank', ticket.rank, 'at', at)
end

-- Whatever Redis knew of the job before goes.
local function write_job(queue, ticket, status, at)
  if write_fields(redis.pcall, queue, ticket, status, at) == FIELDS then return end
  local id = ticket.id
  for _, registry in ipairs({queue.delayed, queue.finished, queue.failed}) do redis.call('ZREM', registry, id) end
  redis.call('DEL', JOB .. id)
  write_fields(redis.call, queue, ticket, status, at)
end

-- Puts a job into its queue or among the delayed, with a new hash, and ends a flight that it still has.
local function hand_over(queue, ticket)
  local id = ticket.id
  if redis.call('LREM', queue.flight, 0, id) > 0 then forget_executions(queue.running, id) end
  if ticket.due == '' then
    local at, waiting = place(queue, id, tonumber(ticket.rank) or NO_RANK, ticket.first == '1')
    write_job(queue, ticket, 'queued', at)
    wake(queue.tokens, waiting)
    -- Where others wait RQ knows the queue.
    if waiting == 1 then redis.call('SADD', RQ .. 'queues', queue.list) end
    return
  end
  leave(queue, id)
  redis.call('SADD', RQ .. 'queues', queue.list)
  write_job(queue, ticket, 'scheduled', '')
  -- Jobs that are due in the same millisecond stay in the order of their arrival: less than a millisecond tells them apart.
  if redis.call('EXISTS', queue.delayed) == 0 then redis.call('HDEL', queue.marks, 'delays') end
  local turn = redis.call('HINCRBY', queue.marks, 'delays', 1) % 2048
  redis.call('ZADD', queue.delayed, string.format('%.7f', tonumber(ticket.due) + turn * 0.00000045), id)
end
