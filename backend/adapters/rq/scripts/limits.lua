-- What holds a lane back for all workers alike: places in flight, and starts within any stretch of its rate's length.
local UNLIMITED = 1e9
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function places_left(lane)
  if lane.max_active < 0 then return UNLIMITED end
  return lane.max_active - redis.call('LLEN', lane.queue.flight)
end

local function starts_left(lane)
  if lane.rate_max == 0 then return UNLIMITED end
  local starts = lane.queue.starts
  while true do
    local oldest = tonumber(redis.call('LINDEX', starts, 0) or '')
    -- One that lies ahead is of a clock that was set back since.
    if not oldest or (oldest > now_ms - lane.rate_ms and oldest <= now_ms) then break end
    redis.call('LPOP', starts)
  end
  return lane.rate_max - redis.call('LLEN', starts)
end

local function note_starts(lane, count)
  if lane.rate_max == 0 or count == 0 then return end
  local started = {}
  for at = 1, count do started[at] = now_ms end
  redis.call('RPUSH', lane.queue.starts, unpack(started))
  redis.call('PEXPIRE', lane.queue.starts, lane.rate_ms)
end

local function has_waiting(queue)
  return redis.call('EXISTS', queue.order, queue.list) > 0
end

-- How long the rate keeps something waiting; 0 where it does not.
local function held_back_ms(lane)
  if lane.is_dry then return 0 end
  local over = -starts_left(lane)
  if over < 0 or not has_waiting(lane.queue) then return 0 end
  return math.max(1, redis.call('LINDEX', lane.queue.starts, over) + lane.rate_ms - now_ms)
end

-- While nobody may take anything of a queue its tokens would only wake workers for nothing. Whoever waits for a place is
-- woken by the end of a flight: the mark says that somebody does.
local function quieten(lane)
  if lane.is_dry then return end
  local waits = has_waiting(lane.queue)
  if waits and places_left(lane) <= 0 then
    redis.call('HSET', lane.queue.marks, 'held', 1)
  elseif waits and starts_left(lane) > 0 then
    return
  end
  redis.call('DEL', lane.queue.tokens)
end

local function wake_for_place(queue, lane)
  if redis.call('HDEL', queue.marks, 'held') == 0 or not has_waiting(queue) then return end
  if lane and places_left(lane) <= 0 then
    redis.call('HSET', queue.marks, 'held', 1)
  else
    wake(queue.tokens, redis.call('LLEN', queue.list))
  end
end
