-- Ends a flight; false where it is over already. The run '*' stands for whatever flight the job has.
local function end_flight(queue, id, run)
  if run == '*' then
    if redis.call('LREM', queue.flight, 0, id) == 0 then return false end
    forget_executions(queue.running, id)
    return true
  end
  if redis.call('ZREM', queue.running, id .. ':' .. run) == 0 then return false end
  redis.call('LREM', queue.flight, 1, id)
  return true
end

-- Ends the flights of several jobs where all of them are on, as they are unless recovery took them back; false where it ended none.
local function end_flights(queue, ids, executions)
  for _, score in ipairs(redis.call('ZMSCORE', queue.running, unpack(executions))) do
    if not score then return false end
  end
  redis.call('ZREM', queue.running, unpack(executions))
  local left = {}
  for _, id in ipairs(ids) do left[id] = (left[id] or 0) + 1 end
  -- What was taken first mostly ends first: so much of the list leaves at once.
  local oldest, gone = redis.call('LRANGE', queue.flight, 0, #ids - 1), 0
  while (left[oldest[gone + 1]] or 0) > 0 do
    gone = gone + 1
    left[oldest[gone]] = left[oldest[gone]] - 1
  end
  if gone > 0 then redis.call('LPOP', queue.flight, gone) end
  for id, flights in pairs(left) do
    if flights > 0 then redis.call('LREM', queue.flight, flights, id) end
  end
  return true
end

-- A job may have two flights, where a worker was slow to claim it, and the earlier one may be the one that ran it. Whichever
-- is the last to be settled takes the job away: the end of the one that is over is marked while the other one goes on.
local function nobody_answers(queue, id)
  if redis.call('HGET', JOB .. id, 'status') ~= 'started' then return false end
  if not redis.call('LPOS', queue.flight, id) then return true end
  redis.call('HSET', JOB .. id, 'over', 1)
  return false
end

local function forget_execution(id, run)
  redis.call('ZREM', EXECUTIONS .. id, run)
  redis.call('DEL', EXECUTION .. id .. ':' .. run)
end

-- Whether somebody put the job into the queue with RQ itself: it calls a function of its own. What is no job at all is nobody's.
local function is_foreign(id)
  local call = redis.pcall('HGET', JOB .. id, 'data')
  return type(call) == 'string' and call ~= CALL
end

-- Shows an ended job in RQ's registry of its kind; `ending` is what RQ keeps of every such job.
local function show(queue, id, run, ending)
  local fields = {'status', ending.status, 'ended_at', ending.at}
  if ending.meta then fields[5], fields[6] = 'meta', ending.meta end
  -- All of the fields are new only where the job is not there any more.
  if redis.call('HSET', JOB .. id, unpack(fields)) == #fields / 2 then
    redis.call('DEL', JOB .. id)
    return
  end
  redis.call('EXPIRE', JOB .. id, ending.keep)
  local registry = ending.status == 'finished' and queue.finished or queue.failed
  redis.call('ZADD', registry, ending.till, id)
  local results = RESULTS .. id
  redis.call('XADD', results, 'MAXLEN', 10, '*', 'worker_name', ending.worker, 'execution_id', run, unpack(ending.result))
  redis.call('EXPIRE', results, ending.keep)
end

-- At most so many at once that nobody waits for it; the next job to end takes the rest.
local function trim(registry, count)
  local over = redis.call('ZCARD', registry) - count
  local old = over > 0 and redis.call('ZPOPMIN', registry, math.min(over, 200)) or {}
  for at = 1, #old, 2 do redis.call('DEL', JOB .. old[at], RESULTS .. old[at]) end
end

-- Back to the front of the line, to be taken next.
local function give_back(queue, id)
  if redis.call('EXISTS', JOB .. id) == 0 then return end
  local waiting, at = place(queue, id, FRONT, true)
  redis.call('HSET', JOB .. id, 'rank', FRONT, 'status', 'queued', 'at', at)
  wake(queue.tokens, waiting)
end

-- Whether a job of which one flight was just released is not for Redis to show any more: the end of its other flight is known, or
-- it has none, as it runs from the ledger alone, where nobody would ever settle it here.
local function answered_elsewhere(queue, id)
  if redis.call('HEXISTS', JOB .. id, 'over') == 1 then return true end
  return redis.call('HGET', JOB .. id, 'status') == 'started' and not redis.call('LPOS', queue.flight, id)
end
