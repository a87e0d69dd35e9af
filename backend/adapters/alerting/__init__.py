"""The channels over which alerts are told, and all of alerting put together."""
