"""The stages, one module each. Every plan imports them, so they import nothing that is slow."""
