parts = PIPELINE.parts("image")


rule generate_image:
    """Draw the picture of a topic from its script, or from the prompt: data/output/images/SLUG.png."""
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
        "{params.python:q} {params.program:q} --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
