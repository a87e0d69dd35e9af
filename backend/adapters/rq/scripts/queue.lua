-- The keys of one queue, of which KEYS[at] is RQ's list. The others follow from that: each that is passed costs Redis as much as it
-- takes to put a word into a list.
local function queue_at(at)
  local list = KEYS[at]
  local name = string.sub(list, #QUEUE + 1)
  return {
    name = name, list = list, flight = list .. FLIGHT, order = ORDER .. name, marks = MARKS .. name, tokens = WAKE .. name,
    running = RUNNING .. name, delayed = DELAYED .. name, finished = FINISHED .. name, failed = FAILED .. name, starts = STARTS .. name,
  }
end
