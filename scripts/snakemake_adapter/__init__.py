"""All that knows Snakemake: what it is asked for, what its rules share, its jobs, its log, its executors on clusters.

rules/common.smk makes a Workflow; the rules and the Snakefile use its parts.
"""
