"""The states of files, the files that are due and why, and the preflight check."""
