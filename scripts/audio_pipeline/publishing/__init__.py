"""The page, the catalogue and the feed."""
