-- The keys of one queue, as Python lists them, from KEYS[at] on.
local KEYS_OF_QUEUE = 10

local function queue_at(at)
  local list, order, marks, flight, tokens, running, delayed, finished, failed, starts = unpack(KEYS, at, at + KEYS_OF_QUEUE - 1)
  return {
    list = list, order = order, marks = marks, flight = flight, tokens = tokens,
    running = running, delayed = delayed, finished = finished, failed = failed, starts = starts,
  }
end
