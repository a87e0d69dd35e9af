"""`gacp doctor`: a table of checks, one file per subject, each saying what it saw and what to do."""
