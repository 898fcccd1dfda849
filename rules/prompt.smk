parts = PIPELINE.parts("prompt")  # see scripts/snakemake_adapter/rule_parts.py


rule generate_image_prompt:
    """Write the prompt of a topic's picture from the script, with a language model."""
    input:
        script=parts.input("script"),  # scripts/{slug}.txt
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("prompts/{slug}.txt"),
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
        "{params.python:q} {params.scripts:q}/generate_image_prompt.py --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
