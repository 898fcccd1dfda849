"""Clients of services and embedded engines, one module for each protocol."""
