"""Caps, slots at servers, and the lock of a GPU that two services share."""
