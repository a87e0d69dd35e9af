-- KEYS: job hash, list, order, marks, delayed zset, RQ's registries of failed and of finished jobs; ARGV: job id, job prefix
leave({list = KEYS[2], order = KEYS[3], marks = KEYS[4]}, ARGV[2], ARGV[1])
-- An id without a job was put into the list by somebody else, and can only be found by searching it.
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('LREM', KEYS[2], 0, ARGV[1]) end
for at = 5, 7 do redis.call('ZREM', KEYS[at], ARGV[1]) end
redis.call('DEL', KEYS[1])
