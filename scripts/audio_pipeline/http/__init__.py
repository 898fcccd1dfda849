"""Requests to services: time-outs, tries, sizes, errors and credentials."""
