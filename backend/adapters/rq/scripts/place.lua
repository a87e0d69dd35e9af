-- Puts a job id into a list that is sorted by rank: behind its equals, or before them where it is to go first.
-- RQ's own jobs have no rank and count as last. The head of the list runs next.
local function rank_of(job_prefix, id)
  return tonumber(redis.call('HGET', job_prefix .. id, 'rank') or '') or math.huge
end

local function place(list, job_prefix, id, rank, first)
  local length = redis.call('LLEN', list)
  local tail = length > 0 and redis.call('LINDEX', list, -1)
  if not tail or (not first and rank_of(job_prefix, tail) <= rank) then
    redis.call('RPUSH', list, id)
    return
  end
  local low, high = 0, length
  while low < high do
    local middle = math.floor((low + high) / 2)
    local other = rank_of(job_prefix, redis.call('LINDEX', list, middle))
    if other > rank or (first and other == rank) then high = middle else low = middle + 1 end
  end
  if low == 0 then
    redis.call('LPUSH', list, id)
  elseif low == length then
    redis.call('RPUSH', list, id)
  else
    redis.call('LINSERT', list, 'BEFORE', redis.call('LINDEX', list, low), id)
  end
end

-- Wakes one worker that blocks on this queue; more tokens than workers are of no use.
local function wake(token_list)
  redis.call('RPUSH', token_list, '1')
  redis.call('LTRIM', token_list, -64, -1)
end
