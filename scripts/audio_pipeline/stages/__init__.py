"""The stages, one module each: what a plan must know of it, and nothing that is slow to import."""
