"""Makers of the stages' files. They are slow to import, so only jobs that make something do."""
