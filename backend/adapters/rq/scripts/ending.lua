-- ARGV: now in seconds, now in RQ's words, the seconds that what ended well or failed has taken; then counted groups of settlements and
-- of tickets handed over again, as below.
worker.now, worker.at, worked_s = argument(), argument(), number()

-- A group: its queue, the outcome, seconds to keep, how many its registry keeps ('' for any number), class of the error, number
-- of fields of RQ's result and these, then ids and runs in turn, one per line.
local function settle_group()
  local group, outcome, keep, count, class = queue(), argument(), number(), argument(), argument()
  local ending = {
    status = outcome == 'completed' and 'finished' or 'failed', keep = keep, till = string.format('%.3f', worker.now + keep),
    meta = class ~= '' and cjson.encode({error = class}), at = worker.at, worker = worker.name, result = {},
  }
  for at = 1, number() do ending.result[at] = argument() end
  local ids, runs, over, gone = {}, {}, {}, {}
  for id, run in string.gmatch(argument(), '([^\n]+)\n([^\n]+)') do
    ids[#ids + 1], runs[#runs + 1], over[#over + 1] = id, run, id .. ':' .. run
  end
  local all_on = end_flights(group, ids, over)
  for at, id in ipairs(ids) do
    local run = runs[at]
    local was_on = all_on or end_flight(group, id, run)
    local ends = ended[outcome] and (was_on or run == '*' or nobody_answers(group, id))
    if ends then
      ended[outcome] = ended[outcome] + 1
      -- RQ's own tools may have taken the run for lost, and show the job as failed.
      if run == '*' then
        for _, registry in ipairs({group.delayed, group.finished, group.failed}) do redis.call('ZREM', registry, id) end
      end
    end
    if ends and (keep == 0 or (outcome == 'unknown' and not is_foreign(id))) then
      local last = #gone
      gone[last + 1], gone[last + 2], gone[last + 3], gone[last + 4] = JOB .. id, EXECUTION .. over[at], EXECUTIONS .. id, RESULTS .. id
    else
      forget_execution(id, run)
      if ends then
        show(group, id, run, ending)
      elseif was_on and outcome == 'returned' then
        give_back(group, id)
      elseif was_on and outcome == 'released' and answered_elsewhere(group, id) then
        redis.call('DEL', JOB .. id)
      end
    end
  end
  if #gone > 0 then redis.call('DEL', unpack(gone)) end
  redis.call('SREM', worker.executions, unpack(over))
  if count ~= '' and keep > 0 then trim(ending.status == 'finished' and group.finished or group.failed, tonumber(count)) end
  freed[group.flight] = group
end

-- Takes back the start of a run that was put off before it began. Its name begins with the moment; the list may have let go of that already.
local function forget_start(queue, run)
  local micros = tonumber(string.sub(run, 1, 13), 16)
  if micros then redis.call('LREM', queue.starts, -1, string.format('%.0f', math.floor(micros / 1000))) end
end

-- A job to be handed over again: the queue of its flight, the run, the queue of its ticket, the ticket.
local function resubmit()
  local from, run, to, ticket = queue(), argument(), queue(), ticket_at(position + 1)
  position = position + TICKET
  local id = ticket.id
  local was_on = end_flight(from, id, run)
  -- To the front, later: it was put off before it began.
  if was_on and ticket.rank == FRONT and ticket.due ~= '' then forget_start(from, run) end
  -- Where Redis has forgotten the job nobody else answers for it.
  if was_on or run == '*' or redis.call('EXISTS', JOB .. id) == 0 then hand_over(to, ticket) end
  forget_execution(id, run)
  redis.call('SREM', worker.executions, id .. ':' .. run)
  freed[from.flight] = from
end

for _ = 1, number() do settle_group() end
for _ = 1, number() do resubmit() end
