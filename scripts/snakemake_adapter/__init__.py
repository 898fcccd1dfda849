"""All that knows Snakemake: its plan, its jobs, its executors on clusters."""
