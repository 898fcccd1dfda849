"""What one sees of a run, and its metrics."""
