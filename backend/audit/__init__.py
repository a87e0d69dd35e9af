"""Who did what to the platform, when, from where and why: written once, never changed, each entry chained to the one before it."""
