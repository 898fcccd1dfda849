"""Package of the workflow's programs, in layers and independent of Snakemake. scripts/README.md has a map."""
