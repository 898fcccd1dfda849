"""Processes that do the jobs of a run."""
