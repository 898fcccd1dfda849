parts = PIPELINE.parts("echo")


rule make_echo:
    """Say the script of a topic again: data/output/echoes/SLUG.txt."""
    input: script=parts.input("script"), mark=parts.mark
    output: file=parts.output("echoes/{slug}.txt")
    log: parts.log
    priority: parts.priority
    group: parts.group
    localrule: parts.local
    threads: parts.threads
    resources: **parts.resources
    params: **parts.params
    shell:
        "{params.python:q} {params.scripts:q}/make_echo.py --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
