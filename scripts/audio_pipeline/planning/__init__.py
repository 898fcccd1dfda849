"""What stands, what is due and why, and the check before a run."""
