parts = PIPELINE.parts("echo")


rule make_echo:
    """Say the script of a topic again: data/output/echoes/SLUG.txt."""
    input: **parts.inputs
    output: **parts.outputs
    log: parts.log
    priority: parts.priority
    group: parts.group
    localrule: parts.local
    threads: parts.threads
    resources: **parts.resources
    params: **parts.params
    shell:
        "{params.python:q} {params.program:q} --topic {params.topic:q} --script {input.script:q}"
        " --record {params.record:q} --output {output.file:q} > {log:q} 2>&1"
