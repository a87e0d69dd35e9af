"""The catalogue of job types: one file each, and nothing else in this folder."""
