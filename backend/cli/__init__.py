"""The console: one file per sub-command, each with a click command named `command`."""
