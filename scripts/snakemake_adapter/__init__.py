"""All code that depends on Snakemake: targets, the rules' common parts, jobs, the log, and cluster executors.

rules/common.smk creates a Workflow; the rules and the Snakefile use its parts.
"""
