parts = PIPELINE.parts("image")  # see scripts/snakemake_adapter/rule_parts.py


rule generate_image:
    """Draw the picture of a topic from its script, or from the prompt."""
    input:
        script=parts.input("script"),  # scripts/{slug}.txt, or prompts/{slug}.txt with image.prompt: llm
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("images/{slug}.png"),
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
        "{params.python:q} {params.scripts:q}/generate_image.py --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
