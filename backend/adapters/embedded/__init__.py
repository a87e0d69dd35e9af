"""Servers for a laptop: what `gacp dev` and the tests start where no address is set."""
