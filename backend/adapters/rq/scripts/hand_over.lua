-- KEYS: those of the queue; ARGV: job id, rank ('' for none), first (1 or 0), due in seconds ('' for now), then the fields of
-- the hash
hand_over(queue_at(1), ARGV[1], ARGV[2], ARGV[3], ARGV[4], 5, #ARGV)
