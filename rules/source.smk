parts = PIPELINE.parts("source")  # see scripts/snakemake_adapter/rule_parts.py


rule read_source:
    """Read the source of a topic as plain text."""
    input:
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("sources/{slug}.txt"),
    log:
        parts.log,
    priority: parts.priority
    group:
        parts.group
    localrule: parts.local
    conda:
        "../envs/environment.yaml"
    threads: parts.threads
    resources:
        **parts.resources,
    params:
        **parts.params,
    shell:
        "{params.python:q} {params.scripts:q}/read_source.py --topic {params.topic:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
