"""The embedded document store, on SQLite."""
