"""Detection of near duplicates by sketches of files."""
