# Purpose: the subtitles of a recording: the words of its script, timed by its sound
# Inputs:  data/output/scripts/SLUG.txt, audio/SLUG.wav, records/audio/SLUG.json, config (subtitles)
# Outputs: data/output/subtitles/SLUG.srt and SLUG.vtt, data/output/records/subtitles/SLUG.json


if "subtitles" in STAGES:

    rule make_subtitles:
        input:
            script=PROJECT.file("script", "{slug}"),
            audio=PROJECT.file("audio", "{slug}"),
            mark=stale("subtitles"),
        output:
            srt=made("subtitles", PROJECT.files("subtitles", "{slug}")[0]),
            vtt=made("subtitles", PROJECT.files("subtitles", "{slug}")[1]),
        log:
            PROJECT.log("subtitles", "{slug}"),
        priority: first_topics_first
        group:
            chunk("subtitles")
        localrule: waits("subtitles")
        conda:
            "../envs/video.yaml"
        threads: 1
        resources:
            in_chunk=one_at_a_time("subtitles"),
        params:
            python=RUN_PYTHON,
            spec=spec("subtitles"),
            program=f"{PROGRAMS}/make_subtitles.py",
            record=PROJECT.record("subtitles", "{slug}"),
            files=given("subtitles"),
        shell:
            "{params.python:q} {params.program:q} --spec {params.spec:q} --record {params.record:q}"
            " --script {input.script:q} {params.files:q} --output {output.srt:q} > {log:q} 2>&1"
