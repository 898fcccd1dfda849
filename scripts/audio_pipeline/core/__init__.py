"""Topics, configuration, requests, records and stages: the parts that decide whether a file is made."""
