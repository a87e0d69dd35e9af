"""The rule catalogue (domain.md d.5), one file per subject; each rule yields the faults it finds."""
