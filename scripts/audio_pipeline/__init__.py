"""What the programs of the workflow share, in floors; knows nothing of Snakemake. The map: scripts/README.md."""
