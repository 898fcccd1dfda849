"""One run: its folder, and what its jobs tell each other there."""
