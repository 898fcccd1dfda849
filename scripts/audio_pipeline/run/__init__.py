"""State of one run, shared by its jobs through a folder."""
