"""Sound: formats, loudness, checks, joining and alignment."""
