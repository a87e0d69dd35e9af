-- ARGV: how many may be taken, and counted lanes, as below.
worker.till = string.format('%.0f', math.floor(worker.now) + shown_s)
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
