"""How often a worker process looks for garbage: seldom, as its jobs leave next to none that only a look can find."""

import gc

YOUNG = 20_000
"""So many more objects than at the last look call for the next one. With Python's own 700 a fifth of a short job's time is for looking."""
OLDER = (20, 50)


def look_seldom() -> None:
    """Leave what has been imported and built out of every look, and look less often; for the whole process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *OLDER)
