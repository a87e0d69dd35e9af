-- KEYS: RQ's suspension flag, the worker's hash, its set of executions, then RQ's list of each queue
-- ARGV, read one after the other: the worker's name ('' for none), what its runs are called, for how many seconds a run is shown without
-- a heartbeat; then what the files after this one say.
local position = 0
local function argument()
  position = position + 1
  return ARGV[position]
end
local function number() return tonumber(argument()) end
local function queue() return queue_at(4 + argument()) end

-- The name of a run begins with the microsecond by this clock, the only one that knows which of two turns came first.
local worker = {name = argument(), runs = string.format('%013x', clock[1] * 1000000 + clock[2]) .. argument(), begun = 0, executions = KEYS[3]}
local shown_s = number()
local ended, worked_s, freed = {completed = 0, failed = 0, unknown = 0}, 0, {}
