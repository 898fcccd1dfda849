"""Caps, slots at servers, and a GPU that two services share."""
