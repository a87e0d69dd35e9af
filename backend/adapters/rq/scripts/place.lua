local function score_of(rank, arrival)
  return (tonumber(rank) or NO_RANK) * SPAN + SPAN / 2 + arrival
end

local function arrive(line, mark)
  local arrivals = redis.call('HINCRBY', line.marks, mark, 1)
  if arrivals > MANY_ARRIVALS and redis.call('EXISTS', line.order) == 0 then
    redis.call('HSET', line.marks, mark, 0)
    return 0
  end
  return arrivals
end

-- Takes a job out of the line, whether or not it is in it.
local function leave(line, id)
  local score = redis.call('ZSCORE', line.order, id)
  if not score then return end
  redis.call('ZREM', line.order, id)
  unlist(line, id, score)
end

-- Puts an id behind its equals, or before them where it is to go first; where it is in the line already it leaves its place. Answers
-- how many wait now, and its position where that belongs into the job's hash.
local function place(line, id, rank, first)
  local mark = rank == FRONT and 'fronts' or 'arrivals'
  local arrivals = arrive(line, mark)
  if redis.call('ZADD', line.order, 'NX', score_of(rank, first and -arrivals or arrivals), id) == 0 then
    redis.call('HINCRBY', line.marks, mark, -1)
    leave(line, id)
    return place(line, id, rank, first)
  end
  if rank ~= FRONT then return redis.call('RPUSH', line.list, id) end
  local waiting = redis.call('LPUSH', line.list, id)
  return waiting, tonumber(redis.call('HGET', line.marks, 'arrivals') or '0') - waiting + 1
end
