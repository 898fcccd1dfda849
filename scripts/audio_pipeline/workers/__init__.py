"""Worker processes for the jobs of a run."""
