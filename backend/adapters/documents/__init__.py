"""Repositories, written once on the narrow document port."""
