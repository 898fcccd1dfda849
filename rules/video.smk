parts = PIPELINE.parts("video")


rule make_video:
    """Combine the picture, the recording and the subtitles of a topic, if any: data/output/videos/SLUG.mp4."""
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
        "{params.python:q} {params.program:q} --topic {params.topic:q} {params.inputs:q}"
        " --record {params.record:q} --threads {threads} --output {output.file:q} > {log:q} 2>&1"
