"""Certification of herb farms: applications, their rules, the quality check, inspections, letters and reports."""
