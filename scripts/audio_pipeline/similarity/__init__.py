"""Sketches of files, by which near duplicates are found."""
