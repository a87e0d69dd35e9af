"""The worker process: takes jobs from the broker, runs many at once, and loses none of them."""
