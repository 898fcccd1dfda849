"""Make narrated media from topics: scripts, speech, pictures and videos, each made only if missing or stale.

snakemake --cores 4                               everything
snakemake --cores 4 data/output/audio/SLUG.wav    one file
snakemake -n                                      list the jobs, with reasons
"""

from snakemake.utils import min_version

min_version("9.27")


report: "rules/report/workflow.rst"


include: "rules/common.smk"


rule all:
    input:
        PIPELINE.everything(),
    localrule: True


# A target for each stage: scripts, audio, images, …
for target, stage in PIPELINE.targets.items():

    rule:
        name:
            target
        input:
            PIPELINE.due(stage),
        localrule: True


for stage in PIPELINE.stages:

    include: f"rules/{stage}.smk"


onstart:
    PIPELINE.run.begin()


onsuccess:
    PIPELINE.run.end(success=True)


onerror:
    PIPELINE.run.end(success=False)
