parts = PIPELINE.parts("script")


rule generate_script:
    """Write the text of a topic with a language model: data/output/scripts/SLUG.txt."""
    input:
        **parts.inputs,
    output:
        **parts.outputs,
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
        "{params.python:q} {params.program:q} --topic {params.topic:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
