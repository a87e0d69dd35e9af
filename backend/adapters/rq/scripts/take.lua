-- KEYS: RQ's suspension flag, then for each queue its list, its in-flight list and its wake tokens
-- Moves the next id of the first queue that has one into flight, and answers {which queue, id}. Where nothing waits the
-- tokens go: they would only wake workers for nothing.
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
for at = 2, #KEYS, 3 do
  local id = redis.call('LMOVE', KEYS[at], KEYS[at + 1], 'LEFT', 'RIGHT')
  if id then return {(at - 2) / 3, id} end
end
for at = 4, #KEYS, 3 do redis.call('DEL', KEYS[at]) end
return false
