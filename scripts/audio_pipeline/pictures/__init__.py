"""Pictures: formats, checks, thumbnails and drawn title cards."""
