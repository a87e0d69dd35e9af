-- One turn of a worker: settles what has ended, then takes what is next.
-- KEYS: RQ's suspension flag, the worker's hash, its set of executions, then RQ's list of each queue
-- ARGV, read one after the other: now in seconds, now in RQ's words, the worker's name ('' for none), what its runs are called,
-- for how many seconds a run is shown without a heartbeat, the seconds that what ended well or failed has taken; then counted groups
-- of settlements, of tickets handed over again, and of lanes, as below. A turn that had to wait gives neither time (''). The name of
-- a run begins with the microsecond by this clock, the only one that knows which of two turns came first.
local position = 0
local function argument()
  position = position + 1
  return ARGV[position]
end
local function number() return tonumber(argument()) end
local function queue() return queue_at(4 + argument()) end

local worker = {now = argument(), at = argument(), name = argument(), runs = argument(), begun = 0, executions = KEYS[3]}
worker.runs = string.format('%013x', clock[1] * 1000000 + clock[2]) .. worker.runs
if worker.now == '' then
  worker.now, worker.at = clock[1] .. '.' .. string.format('%06d', clock[2]), moment(clock[1], clock[2])
end
local shown_s = number()
worker.till = string.format('%.0f', math.floor(worker.now) + shown_s)
local worked_s = number()
local ended, freed = {completed = 0, failed = 0, unknown = 0}, {}

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

-- A job to be handed over again: the queue of its flight, the run, the queue of its ticket, the ticket.
local function resubmit()
  local from, run, to, ticket = queue(), argument(), queue(), ticket_at(position + 1)
  position = position + TICKET
  local id = ticket.id
  local was_on = end_flight(from, id, run)
  -- To the front, later: it was put off before it began.
  if was_on and ticket.rank == '0' and ticket.due ~= '' then forget_start(from, run) end
  -- Where Redis has forgotten the job nobody else answers for it.
  if was_on or run == '*' or redis.call('EXISTS', JOB .. id) == 0 then hand_over(to, ticket) end
  forget_execution(id, run)
  redis.call('SREM', worker.executions, id .. ':' .. run)
  freed[from.flight] = from
end

local answer, taken = {0, worker.name ~= '' and worker.runs or ''}, 0

local function serve(lane, most)
  if lane.is_dry then return end
  local ids, is_dry = pick(lane.queue, math.min(most, places_left(lane), starts_left(lane)))
  lane.is_dry = is_dry
  lane.taken, taken = lane.taken + #ids, taken + #ids
  if #ids == 0 then return end
  note_starts(lane, #ids)
  begin(lane.queue, ids, worker)
  answer[#answer + 1] = lane.number
  answer[#answer + 1] = table.concat(ids, '\n')
end

for _ = 1, number() do settle_group() end
for _ = 1, number() do resubmit() end

-- A lane: its queue, share, room, most in flight (-1 for any number), most starts (0 for any number) per milliseconds.
local lanes, lane_of, room = {}, {}, number()
for at = 1, number() do
  lanes[at] = {
    number = at, queue = queue(), share = number(), room = number(), max_active = number(), rate_max = number(), rate_ms = number(),
    taken = 0,
  }
  lane_of[lanes[at].queue.flight] = lanes[at]
end
local suspended = redis.call('EXISTS', KEYS[1]) == 1
if not suspended then
  for _, lane in ipairs(lanes) do serve(lane, math.min(lane.share, lane.room, room - taken)) end
  for _, lane in ipairs(lanes) do serve(lane, math.min(lane.room - lane.taken, room - taken)) end
end
for _, lane in ipairs(lanes) do
  if suspended then
    redis.call('DEL', lane.queue.tokens)
  elseif lane.room > lane.taken and taken < room then
    quieten(lane)
    local held = held_back_ms(lane)
    if held > 0 and (answer[1] == 0 or held < answer[1]) then answer[1] = held end
  end
end
for flight, queue in pairs(freed) do wake_for_place(queue, lane_of[flight]) end

if worker.name ~= '' and redis.call('EXISTS', KEYS[2]) == 1 and (taken > 0 or next(freed)) then
  redis.call('HSET', KEYS[2], 'state', (taken > 0 or redis.call('EXISTS', worker.executions) == 1) and 'busy' or 'idle')
  if ended.completed > 0 then redis.call('HINCRBY', KEYS[2], 'successful_job_count', ended.completed) end
  if ended.failed > 0 then redis.call('HINCRBY', KEYS[2], 'failed_job_count', ended.failed) end
  if worked_s ~= 0 then redis.call('HINCRBYFLOAT', KEYS[2], 'total_working_time', worked_s) end
end
return answer
