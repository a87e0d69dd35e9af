"""rq-dashboard under our own roof: its addresses and scripts, our gate, templates, reading of Redis, and meaning of its buttons."""
