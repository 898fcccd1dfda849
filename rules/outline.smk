parts = PIPELINE.parts("outline")  # see scripts/snakemake_adapter/rule_parts.py


rule generate_outline:
    """Write what each section of a longer script is about, with a language model."""
    input:
        source=parts.input("source"),  # sources/{slug}.txt, if the topic has a source
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("outlines/{slug}.txt"),
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
        "{params.python:q} {params.scripts:q}/generate_outline.py --topic {params.topic:q} {params.inputs:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
