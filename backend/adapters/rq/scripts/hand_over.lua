-- KEYS: RQ's list of the queue; ARGV: the ticket
hand_over(queue_at(1), ticket_at(1))
