"""Says what happened to everybody who listens."""
