-- A line of waiting jobs: {list, order, marks}. `order` is a sorted set and says who is next, so that any place in the line
-- costs O(log n). `list` is RQ's and holds the same ids for RQ's own tools, mostly in the order of arrival. `marks` is a hash: how
-- many have arrived, which is the position of the last one in the list. What arrived there has its position in its score; what
-- came to another one has it in its hash, under 'at'.

local function position_of(id, score)
  return tonumber(redis.call('HGET', JOB .. id, 'at') or '') or math.abs(score % SPAN - SPAN / 2)
end

-- Takes an id that had this score out of RQ's list without searching it: the first one moves into the gap, so that every position
-- is at least the arrival that it was, and that of the last of all is free for the next. Where somebody else changed the list, so that
-- the position is not right, it is searched after all, from the nearer end.
local function unlist(line, id, score)
  if redis.call('LINDEX', line.list, 0) == id then
    redis.call('LPOP', line.list)
    return
  end
  local at, arrivals = position_of(id, score), tonumber(redis.call('HGET', line.marks, 'arrivals') or '0')
  local waiting = redis.call('LLEN', line.list)
  local index = at - arrivals + waiting - 1
  if index < 0 or redis.call('LINDEX', line.list, index) ~= id then
    redis.call('LREM', line.list, 2 * index > waiting and -1 or 1, id)
  -- What was put to the front has not arrived at the end: it must not use up the arrivals, of which there are never less than none.
  elseif at == arrivals and arrivals > 0 then
    redis.call('RPOP', line.list)
    redis.call('HINCRBY', line.marks, 'arrivals', -1)
  else
    local first = redis.call('LPOP', line.list)
    redis.call('LSET', line.list, index - 1, first)
    if redis.call('EXISTS', JOB .. first) == 1 then redis.call('HSET', JOB .. first, 'at', at) end
  end
end
