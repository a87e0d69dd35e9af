-- Wakes one worker that blocks on this queue. `waiting`: how many wait; where they are few it is not asked beforehand whether
-- there are enough tokens.
local function wake(token_list, waiting)
  if waiting > MOST_TOKENS and redis.call('LLEN', token_list) >= MOST_TOKENS then return end
  if redis.call('RPUSH', token_list, '1') > MOST_TOKENS then redis.call('LPOP', token_list) end
end
