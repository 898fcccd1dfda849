# Purpose: the prompt of a picture, written by the language model from the script (image.prompt: llm)
# Inputs:  data/output/scripts/SLUG.txt, config (script, image), the prompt template
# Outputs: data/output/prompts/SLUG.txt, data/output/records/prompt/SLUG.json


if "prompt" in STAGES:

    rule generate_image_prompt:
        input:
            script=PROJECT.file("script", "{slug}"),
            mark=stale("prompt"),
        output:
            made("prompt"),
        log:
            PROJECT.log("prompt", "{slug}"),
        priority: first_topics_first
        group:
            chunk("prompt")
        localrule: waits("prompt")
        conda:
            "../envs/script.yaml"
        threads: cpus("prompt")
        resources:
            llm=1,
            shared_gpu=min(SHARED_GPU, 1),
            in_chunk=one_at_a_time("prompt"),
        params:
            python=RUN_PYTHON,
            spec=spec("prompt"),
            program=f"{PROGRAMS}/generate_image_prompt.py",
            record=PROJECT.record("prompt", "{slug}"),
        shell:
            "{params.python:q} {params.program:q} --spec {params.spec:q} --record {params.record:q}"
            " --script {input.script:q} --output {output:q} > {log:q} 2>&1"
