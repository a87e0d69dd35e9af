-- KEYS: job hash, list, order, marks, delayed zset, RQ's registries of failed and of finished jobs; ARGV: job id, job prefix
leave({list = KEYS[2], order = KEYS[3], marks = KEYS[4]}, ARGV[2], ARGV[1])
for at = 5, 7 do redis.call('ZREM', KEYS[at], ARGV[1]) end
redis.call('DEL', KEYS[1])
