parts = PIPELINE.parts("storyboard")  # see scripts/snakemake_adapter/rule_parts.py


rule make_storyboard:
    """Divide the script of a topic into the scenes of its video."""
    input:
        script=parts.input("script"),  # scripts/{slug}.txt, or another text that is spoken instead
        scene_prompts=parts.input("scene_prompts"),  # scene_prompts/{slug}.txt, with image.prompt: llm
        original_storyboard=parts.input("original_storyboard"),  # of the topic that this one is a translation of
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("storyboards/{slug}.yaml"),
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
        "{params.python:q} {params.scripts:q}/make_storyboard.py --topic {params.topic:q} {params.inputs:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
