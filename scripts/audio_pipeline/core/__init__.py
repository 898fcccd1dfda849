"""Topics, configuration, requests, records and stages: what decides whether a file is made, and how it is kept."""
