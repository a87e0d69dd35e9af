-- RQ's traces of running jobs: a registry per queue with `job:execution`, a set per job, a hash per execution.
local function executions_key(id) return RQ .. 'executions:' .. id end
local function execution_key(id, run) return RQ .. 'execution:' .. id .. ':' .. run end

-- Forgets every execution of a job, whoever began it: RQ would take what a dead worker left behind for a failure later.
local function forget_executions(registry, id)
  for _, run in ipairs(redis.call('ZRANGE', executions_key(id), 0, -1)) do
    redis.call('ZREM', registry, id .. ':' .. run)
    redis.call('DEL', execution_key(id, run))
  end
  redis.call('DEL', executions_key(id))
end
