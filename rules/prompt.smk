parts = PIPELINE.parts("prompt")


rule generate_image_prompt:
    """Write the prompt of a topic's picture from the script, with a language model: data/output/prompts/SLUG.txt."""
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
