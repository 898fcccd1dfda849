"""Command line of the stage programs."""
