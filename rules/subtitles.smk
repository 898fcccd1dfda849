parts = PIPELINE.parts("subtitles")


rule make_subtitles:
    """Align the words of a script with its recording: data/output/subtitles/SLUG.srt and SLUG.vtt."""
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
        "{params.python:q} {params.program:q} --topic {params.topic:q} --script {input.script:q} --audio {input.audio:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
