"""Progress, displays and metrics of a run."""
