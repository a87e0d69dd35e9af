"""The quality check: rules find issues, scores follow from issues, the form of inspection follows from scores."""
