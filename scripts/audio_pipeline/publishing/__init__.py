"""The gallery page, the catalogue and the feed."""
