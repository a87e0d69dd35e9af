-- One reading for all of a turn.
local clock = redis.call('TIME')
