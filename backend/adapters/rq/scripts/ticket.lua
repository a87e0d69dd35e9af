-- What a ticket says of a job: seven texts in this order, of which that of the usual job has only five.
local TICKET = 7

local function ticket_at(at)
  local type, timeout, rank, id, now, first, due = unpack(ARGV, at, at + TICKET - 1)
  return {type = type, timeout = timeout, rank = rank, id = id, now = now, first = first == '1', due = due or ''}
end

-- Writes the hash of a job as RQ itself would, with the rank and where it has one its position beside RQ's own fields. RQ would not
-- read a job without `data`, the call of a function, and takes an empty text for nothing. Answers whether all of them are new.
local function write_fields(call, queue_name, ticket, status, at)
  local mark = at and {'at', at} or {}
  return call('HSET', JOB .. ticket.id, 'created_at', ticket.now, 'enqueued_at', ticket.now, 'status', status, 'origin', queue_name,
    'description', ticket.type, 'data', CALL, 'timeout', ticket.timeout, 'rank', ticket.rank, unpack(mark)) == FIELDS + #mark / 2
end
