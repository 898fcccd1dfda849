# Purpose: the video of a topic: its picture, slowly growing, its recording and its subtitles
# Inputs:  data/output/audio/SLUG.wav, images/SLUG.png, subtitles/SLUG.srt (what is made of these), config (video)
# Outputs: data/output/videos/SLUG.mp4, data/output/records/video/SLUG.json


if "video" in STAGES:

    rule make_video:
        input:
            **{stage: PROJECT.file(stage, "{slug}") for stage in PROJECT.media("video")},
            mark=stale("video"),
        output:
            made("video"),
        log:
            PROJECT.log("video", "{slug}"),
        priority: first_topics_first
        group:
            chunk("video")
        localrule: waits("video")
        conda:
            "../envs/video.yaml"
        threads: 2
        resources:
            in_chunk=one_at_a_time("video"),
        params:
            python=RUN_PYTHON,
            spec=spec("video"),
            program=f"{PROGRAMS}/make_video.py",
            record=PROJECT.record("video", "{slug}"),
            files=given("video"),
        shell:
            "{params.python:q} {params.program:q} --spec {params.spec:q} --record {params.record:q}"
            " {params.files:q} --threads {threads} --output {output:q} > {log:q} 2>&1"
