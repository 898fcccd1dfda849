# Purpose: the picture of a topic, by Stable Diffusion or as a drawn title card
# Inputs:  data/output/scripts/SLUG.txt or prompts/SLUG.txt, config (image), the prompt template
# Outputs: data/output/images/SLUG.png, data/output/records/image/SLUG.json


if "image" in STAGES:

    rule generate_image:
        input:
            script=PROJECT.file(PROJECT.source("image"), "{slug}"),
            mark=stale("image"),
        output:
            made("image"),
        log:
            PROJECT.log("image", "{slug}"),
        priority: after_all_scripts
        group:
            chunk("image")
        localrule: waits("image")
        conda:
            "../envs/image.yaml"
        threads: cpus("image")
        resources:
            sd=slots("image"),
            shared_gpu=SHARED_GPU,
            in_chunk=one_at_a_time("image"),
        params:
            python=RUN_PYTHON,
            spec=spec("image"),
            program=f"{PROGRAMS}/generate_image.py",
            record=PROJECT.record("image", "{slug}"),
        shell:
            "{params.python:q} {params.program:q} --spec {params.spec:q} --record {params.record:q}"
            " --script {input.script:q} --output {output:q} > {log:q} 2>&1"
