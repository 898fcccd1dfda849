parts = PIPELINE.parts("audio")  # see scripts/snakemake_adapter/rule_parts.py


rule synthesize_audio:
    """Read the text of a topic aloud."""
    input:
        script=parts.input("script"),  # scripts/{slug}.txt, or another text that is spoken instead
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("audio/{slug}.wav"),
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
        "{params.python:q} {params.scripts:q}/synthesize_audio.py --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
