-- A score in the order of a line: the rank, and within it the arrival. It is exact up to 2^53: 2^21 priorities with room for 2^30
-- arrivals before and behind the middle of each.
local SPAN = 2147483648
local FRONT, NO_RANK = '0', 2097152
local MANY_ARRIVALS = 268435456
-- More tokens than workers are of no use.
local MOST_TOKENS = 64
-- So many fields has the hash of a job that nobody has moved or begun.
local FIELDS = 8
