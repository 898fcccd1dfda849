parts = PIPELINE.parts("script")  # see scripts/snakemake_adapter/rule_parts.py


rule generate_script:
    """Write the text of a topic with a language model."""
    input:
        source=parts.input("source"),  # sources/{slug}.txt, if the topic has a source
        outline=parts.input("outline"),  # outlines/{slug}.txt, if the script has sections
        original=parts.input("original"),  # scripts/{slug}.txt of the topic that this one is a translation of
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("scripts/{slug}.txt"),
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
        "{params.python:q} {params.scripts:q}/generate_script.py --topic {params.topic:q} {params.inputs:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
