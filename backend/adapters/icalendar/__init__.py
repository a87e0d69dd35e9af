"""Inspections as iCalendar files, for offices without a Google Calendar."""
