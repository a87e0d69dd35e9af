-- A line of waiting jobs: {list, order, marks}. `order` is a sorted set and says who is next, so that any place in the line
-- costs O(log n). `list` is RQ's and holds the same ids for RQ's own tools, in the order of arrival. `marks` is a hash: how
-- many have arrived, and which position the head of the list has; each job's own position is in its hash under 'at'.
-- A score is exact up to 2^53: 2^21 priorities with room for 2^30 arrivals before and behind the middle of each.
local SPAN = 2147483648
local NO_RANK = 2097152
local MANY_ARRIVALS = 268435456
local TOKENS = 64

local function rank_of(id)
  return tonumber(redis.call('HGET', JOB .. id, 'rank') or '') or NO_RANK
end

-- Takes an id out of RQ's list without searching it: the last one moves into the gap. Where somebody else changed the list,
-- so that the position is not right, it is searched after all.
local function unlist(line, id)
  if redis.call('LINDEX', line.list, 0) == id then
    redis.call('LPOP', line.list)
    redis.call('HINCRBY', line.marks, 'head', 1)
    return
  end
  local at = tonumber(redis.call('HGET', JOB .. id, 'at') or '')
  local index = at and at - tonumber(redis.call('HGET', line.marks, 'head') or '0') or -1
  if index < 0 or redis.call('LINDEX', line.list, index) ~= id then
    redis.call('LREM', line.list, 1, id)
    return
  end
  local last = redis.call('RPOP', line.list)
  if last ~= id then
    redis.call('LSET', line.list, index, last)
    if redis.call('EXISTS', JOB .. last) == 1 then redis.call('HSET', JOB .. last, 'at', at) end
  end
end

-- Puts an id behind its equals, or before them where it is to go first; where it is in the line already it leaves its place. Answers
-- its position, which belongs into the job's hash, and how many wait now.
local function place(line, id, rank, first)
  local arrivals = redis.call('HINCRBY', line.marks, 'arrivals', 1)
  if arrivals > MANY_ARRIVALS and redis.call('EXISTS', line.order) == 0 then
    redis.call('HSET', line.marks, 'arrivals', 0)
    arrivals = 0
  end
  local score = rank * SPAN + SPAN / 2 + (first and -arrivals or arrivals)
  if redis.call('ZADD', line.order, score, id) == 0 then unlist(line, id) end
  local head = tonumber(redis.call('HGET', line.marks, 'head') or '0')
  if rank == 0 then
    redis.call('HSET', line.marks, 'head', head - 1)
    return head - 1, redis.call('LPUSH', line.list, id)
  end
  local waiting = redis.call('RPUSH', line.list, id)
  return head + waiting - 1, waiting
end

-- Takes a job out of the line, whether or not it is in it.
local function leave(line, id)
  if redis.call('ZREM', line.order, id) == 1 then unlist(line, id) end
end

-- Wakes one worker that blocks on this queue; more tokens than workers are of no use. `waiting`: how many wait, where
-- that is known; where they are few it is not asked beforehand whether there are enough.
local function wake(token_list, waiting)
  local may_be_many = not waiting or waiting > TOKENS
  if may_be_many and redis.call('LLEN', token_list) >= TOKENS then return end
  if redis.call('RPUSH', token_list, '1') > TOKENS then redis.call('LPOP', token_list) end
end
