-- RQ's traces of running jobs: a registry per queue with `job:execution`, a set per job, a hash per execution.
-- Forgets every execution of a job, whoever began it: RQ would take what a dead worker left behind for a failure later.
local function forget_executions(registry, id)
  for _, run in ipairs(redis.call('ZRANGE', EXECUTIONS .. id, 0, -1)) do
    local execution = id .. ':' .. run
    redis.call('ZREM', registry, execution)
    redis.call('DEL', EXECUTION .. execution)
  end
  redis.call('DEL', EXECUTIONS .. id)
end
