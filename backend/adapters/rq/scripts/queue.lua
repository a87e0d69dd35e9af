-- The keys of one queue, as Python lists them, from KEYS[at] on.
local KEYS_OF_QUEUE = 10

local function queue_at(at)
  return {
    name = string.sub(KEYS[at], #RQ + 7), list = KEYS[at], order = KEYS[at + 1], marks = KEYS[at + 2], flight = KEYS[at + 3], tokens = KEYS[at + 4],
    running = KEYS[at + 5], delayed = KEYS[at + 6], finished = KEYS[at + 7], failed = KEYS[at + 8], starts = KEYS[at + 9],
  }
end
