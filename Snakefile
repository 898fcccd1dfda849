"""Topics in, narrated media out: scripts, speech and pictures, each a file that is made only when it must be.

snakemake --cores 4                               everything
snakemake --cores 4 data/output/audio/SLUG.wav    one file
snakemake -n                                      what would be done, and why
"""

from snakemake.utils import min_version

min_version("9.27")


report: "rules/report/workflow.rst"


include: "rules/common.smk"
include: "rules/cluster.smk"
include: "rules/cluster_generic.smk"
include: "rules/dispatch.smk"
include: "rules/display.smk"
include: "rules/gallery.smk"
include: "rules/planning.smk"


rule all:
    input:
        due(*STAGES),


rule scripts:
    input:
        due("script"),


rule audio:
    input:
        due("audio"),


rule images:
    input:
        due("image"),


rule subtitles:
    input:
        due("subtitles"),


rule videos:
    input:
        due("video"),


include: "rules/script.smk"
include: "rules/prompt.smk"
include: "rules/audio.smk"
include: "rules/image.smk"
include: "rules/subtitles.smk"
include: "rules/video.smk"


localrules:
    all,
    scripts,
    audio,
    images,
    subtitles,
    videos,


onstart:
    plan_ends()
    run_begins()


onsuccess:
    run_ends(success=True)


onerror:
    run_ends(success=False)
