# Purpose: the text of a topic, written by a language model
# Inputs:  the topic, config (script), the prompt template
# Outputs: data/output/scripts/SLUG.txt, data/output/records/script/SLUG.json


rule generate_script:
    input:
        mark=stale("script"),
    output:
        made("script"),
    log:
        PROJECT.log("script", "{slug}"),
    priority: first_topics_first
    group:
        chunk("script")
    localrule: waits("script")
    conda:
        "../envs/script.yaml"
    threads: cpus("script")
    resources:
        llm=1,
        shared_gpu=min(SHARED_GPU, 1),
        in_chunk=one_at_a_time("script"),
    params:
        python=RUN_PYTHON,
        spec=spec("script"),
        program=f"{PROGRAMS}/generate_script.py",
        record=PROJECT.record("script", "{slug}"),
    shell:
        "{params.python:q} {params.program:q} --spec {params.spec:q} --record {params.record:q}"
        " --output {output:q} > {log:q} 2>&1"
