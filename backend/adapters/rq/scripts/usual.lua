-- The usual job goes behind its equals at once, and Redis knows nothing of it. What the others need is not even defined for it, which
-- takes Redis as long as three of these commands; in place.lua, ticket.lua and waking.lua it says at length what is said in short
-- here. Where the job is not as usual after all it is as if nothing had been.
if #ARGV == 5 then
  local type, timeout, rank, id, now = unpack(ARGV)
  local list, name = KEYS[1], string.sub(KEYS[1], #QUEUE + 1)
  local order, marks, tokens = ORDER .. name, MARKS .. name, WAKE .. name
  local arrivals = redis.call('HINCRBY', marks, 'arrivals', 1)
  local score = (tonumber(rank) or NO_RANK) * SPAN + SPAN / 2 + arrivals
  if arrivals <= MANY_ARRIVALS and redis.call('ZADD', order, 'NX', score, id) == 1 then
    local fresh = redis.pcall('HSET', JOB .. id, 'created_at', now, 'enqueued_at', now, 'status', 'queued', 'origin', name,
      'description', type, 'data', CALL, 'timeout', timeout, 'rank', rank)
    if fresh == FIELDS then
      local waiting = redis.call('RPUSH', list, id)
      -- Where few wait it is not asked beforehand whether there are tokens enough.
      if (waiting <= MOST_TOKENS or redis.call('LLEN', tokens) < MOST_TOKENS) and redis.call('RPUSH', tokens, '1') > MOST_TOKENS then
        redis.call('LPOP', tokens)
      end
      if waiting == 1 then redis.call('SADD', QUEUES, list) end
      return
    end
    redis.call('ZREM', order, id)
  end
  redis.call('HINCRBY', marks, 'arrivals', -1)
end
