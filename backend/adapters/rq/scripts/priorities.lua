-- KEYS: RQ's list of the queue; ARGV: at most so many ranks. Jumps from one rank to the next, however many jobs have it.
-- Answers in turn a rank and how many wait with it.
local queue = queue_at(1)
local answer, from = {}, '-inf'
for _ = 1, tonumber(ARGV[1]) do
  local first = redis.call('ZRANGEBYSCORE', queue.order, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if #first == 0 then break end
  local rank = math.floor(tonumber(first[2]) / SPAN)
  from = string.format('%.0f', (rank + 1) * SPAN)
  answer[#answer + 1] = rank
  answer[#answer + 1] = redis.call('ZCOUNT', queue.order, first[2], '(' .. from)
end
return answer
