"""HTTP requests to services: time-outs, retries, sizes, errors and credentials."""
