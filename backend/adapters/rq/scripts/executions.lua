-- Executions of a job that a dead worker left behind: RQ would take them for a failure later. The registry is as long as
-- the number of running jobs.
local function forget_executions(registry, id)
  for _, entry in ipairs(redis.call('ZRANGE', registry, 0, -1)) do
    if string.sub(entry, 1, #id + 1) == id .. ':' then redis.call('ZREM', registry, entry) end
  end
end
