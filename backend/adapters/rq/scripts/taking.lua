-- The next id of a line where RQ's own tools have put some into the list: these have no place in the order, and are taken when
-- they come to the head of the list.
local function pick_one(line)
  local head = redis.call('LINDEX', line.list, 0)
  if head and not redis.call('ZSCORE', line.order, head) then
    redis.call('LPOP', line.list)
    return head
  end
  local popped = redis.call('ZPOPMIN', line.order)
  if popped[1] then unlist(line, popped[1], popped[2]) end
  return popped[1]
end

-- The next ids of a queue's line, at most so many, out of its order and out of RQ's list; and true where it is known that none is left,
-- and no token that would wake a worker for it.
local function pick(line, most)
  local ids = {}
  if most < 1 then return ids end
  -- As long as both say the same, a whole stretch leaves at once.
  local ordered, listed = redis.call('ZRANGE', line.order, 0, most - 1), redis.call('LRANGE', line.list, 0, most - 1)
  while #ids < #ordered and ordered[#ids + 1] == listed[#ids + 1] do ids[#ids + 1] = listed[#ids + 1] end
  if #ids < most and #ids == #ordered and #ids == #listed then
    redis.call('DEL', line.order, line.list, line.tokens)
    return ids, true
  end
  if #ids > 0 then
    redis.call('ZREMRANGEBYRANK', line.order, 0, #ids - 1)
    redis.call('LTRIM', line.list, #ids, -1)
  end
  if #ids < most and redis.call('ZCARD', line.order) == redis.call('LLEN', line.list) then
    local popped = redis.call('ZPOPMIN', line.order, most - #ids)
    for at = 1, #popped, 2 do
      ids[#ids + 1] = popped[at]
      unlist(line, popped[at], popped[at + 1])
    end
    return ids
  end
  while #ids < most do
    local id = pick_one(line)
    if not id then break end
    ids[#ids + 1] = id
  end
  return ids
end

-- Shows a job as running, as RQ does when a worker begins it. The keys need no end of their own: that of the flight is theirs,
-- and no flight outlives recovery.
local function show_running(id, run, execution, worker)
  local fresh = redis.call('HSET', JOB .. id, 'status', 'started', 'worker_name', worker.name, 'started_at', worker.at, 'last_heartbeat', worker.at)
  -- All four are new: RQ's own tools put an id into the list that has no job.
  if fresh == 4 then redis.call('DEL', JOB .. id) end
  redis.call('HSET', EXECUTION .. execution, 'id', run, 'job_id', id, 'created_at', worker.now, 'last_heartbeat', worker.now, 'worker_name', worker.name)
  redis.call('ZADD', EXECUTIONS .. id, worker.till, run)
end

-- Moves ids into flight and answers their runs; without a worker nobody shows them as running.
local function begin(queue, ids, worker)
  redis.call('RPUSH', queue.flight, unpack(ids))
  if worker.name == '' then return end
  local running, executions = {}, {}
  -- Numbers are passed on as the texts they came in: Lua takes long to write one.
  for at, id in ipairs(ids) do
    worker.begun = worker.begun + 1
    local run = worker.runs .. worker.begun
    local execution = id .. ':' .. run
    show_running(id, run, execution, worker)
    running[2 * at - 1], running[2 * at] = worker.till, execution
    executions[at] = execution
  end
  redis.call('ZADD', queue.running, unpack(running))
  redis.call('SADD', worker.executions, unpack(executions))
  redis.call('EXPIREAT', worker.executions, worker.till)
end
