"""The document store in production, on MongoDB."""
