# Purpose: the sound of a script, spoken by a speech synthesizer
# Inputs:  data/output/scripts/SLUG.txt, config (audio)
# Outputs: data/output/audio/SLUG.wav, data/output/records/audio/SLUG.json


rule synthesize_audio:
    input:
        script=PROJECT.file("script", "{slug}"),
        mark=stale("audio"),
    output:
        made("audio"),
    log:
        PROJECT.log("audio", "{slug}"),
    priority: first_topics_first
    group:
        chunk("audio")
    localrule: waits("audio")
    conda:
        "../envs/audio.yaml"
    threads: cpus("audio")
    resources:
        tts=1,
        in_chunk=one_at_a_time("audio"),
    params:
        python=RUN_PYTHON,
        spec=spec("audio"),
        program=f"{PROGRAMS}/synthesize_audio.py",
        record=PROJECT.record("audio", "{slug}"),
    shell:
        "{params.python:q} {params.program:q} --spec {params.spec:q} --record {params.record:q}"
        " --script {input.script:q} --output {output:q} > {log:q} 2>&1"
