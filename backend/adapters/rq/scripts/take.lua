-- KEYS: RQ's suspension flag, then for each queue its list, order, marks, in-flight list and wake tokens; ARGV: job prefix
-- Moves the next id of the first queue that has one into flight, and answers {which queue, id}. Where nothing waits the
-- tokens go: they would only wake workers for nothing.
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
for at = 2, #KEYS, 5 do
  local line, flight = {list = KEYS[at], order = KEYS[at + 1], marks = KEYS[at + 2]}, KEYS[at + 3]
  local head = redis.call('LINDEX', line.list, 0)
  local id = head
  if head and not redis.call('ZSCORE', line.order, head) then
    -- RQ's own tools put it there: it has no place in the order, and is taken when it comes to the head of the list.
    redis.call('LPOP', line.list)
    redis.call('HINCRBY', line.marks, 'head', 1)
  else
    id = redis.call('ZPOPMIN', line.order)[1]
    if id then unlist(line, ARGV[1], id) end
  end
  if id then
    redis.call('RPUSH', flight, id)
    return {(at - 2) / 5, id}
  end
end
for at = 6, #KEYS, 5 do redis.call('DEL', KEYS[at]) end
return false
