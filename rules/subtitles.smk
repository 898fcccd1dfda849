parts = PIPELINE.parts("subtitles")  # see scripts/snakemake_adapter/rule_parts.py


rule make_subtitles:
    """Align the words of a script with its recording."""
    input:
        script=parts.input("script"),  # scripts/{slug}.txt, or another text that is spoken instead
        audio=parts.input("audio"),  # audio/{slug}.wav
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("subtitles/{slug}.srt"),
        vtt=parts.output("subtitles/{slug}.vtt"),
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
        "{params.python:q} {params.scripts:q}/make_subtitles.py --topic {params.topic:q} --script {input.script:q}"
        " --audio {input.audio:q} --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
