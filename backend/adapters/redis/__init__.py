"""Connections to Redis that keep nobody waiting."""
