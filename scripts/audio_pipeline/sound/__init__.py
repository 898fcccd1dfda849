"""Sound: formats, loudness, checks, assembly and alignment."""
