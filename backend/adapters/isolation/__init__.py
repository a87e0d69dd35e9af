"""Runs a job in a process of its own, which may crash, hang or leak as it likes."""
