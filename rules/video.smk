parts = PIPELINE.parts("video")  # see scripts/snakemake_adapter/rule_parts.py


rule make_video:
    """Combine the picture, the recording and the subtitles of a topic, if any."""
    input:
        audio=parts.input("audio"),  # audio/{slug}.wav
        image=parts.input("image"),  # images/{slug}.png, if the project has pictures
        subtitles=parts.input("subtitles"),  # subtitles/{slug}.srt, if the project has subtitles
        scenes=parts.input("scenes"),  # scenes/{slug}.json, if the project has scenes
        script=parts.input("script"),  # scripts/{slug}.txt, for its chapters
        mark=parts.mark,  # only if the file is stale
    output:
        file=parts.output("videos/{slug}.mp4"),
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
        "{params.python:q} {params.scripts:q}/make_video.py --topic {params.topic:q} {params.inputs:q}"
        " --record {params.record:q} --threads {threads} --output {output.file:q} > {log:q} 2>&1"
