"""Cues and captions."""
