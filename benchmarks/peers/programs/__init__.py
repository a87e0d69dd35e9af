"""One program per queue; each is started by its path, in the environment in which its queue is installed."""
