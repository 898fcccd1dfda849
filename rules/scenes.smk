parts = PIPELINE.parts("scenes")  # see scripts/snakemake_adapter/rule_parts.py


rule draw_scenes:
    """Draw the pictures of the scenes of a topic."""
    input:
        storyboard=parts.input("storyboard"),  # storyboards/{slug}.yaml
        original_scenes=parts.input("original_scenes"),  # of the topic that this one is a translation of
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("scenes/{slug}.json"),
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
        "{params.python:q} {params.scripts:q}/draw_scenes.py --topic {params.topic:q} {params.inputs:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
