"""Alerts: rules over facts, raised once, grouped, told over channels, acknowledged, silenced and resolved; `docs/reference/alerts.md`."""
