"""Services and embedded engines, one module for each protocol."""
