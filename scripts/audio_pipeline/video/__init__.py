"""Subtitle cues and files."""
