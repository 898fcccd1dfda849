parts = PIPELINE.parts("scene_prompts")  # see scripts/snakemake_adapter/rule_parts.py


rule generate_scene_prompts:
    """Write what is seen in each scene of a topic, with a language model."""
    input:
        script=parts.input("script"),  # scripts/{slug}.txt, or another text that is spoken instead
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("scene_prompts/{slug}.txt"),
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
        "{params.python:q} {params.scripts:q}/generate_scene_prompts.py --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
