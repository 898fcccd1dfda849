"""Refuse a target behind --configfile in one line: Snakemake would read it as another configuration file.

It does so before it reads the Snakefile, and ends with a page of traceback. So `make setup` calls this with --install,
which puts a line into the environment by which Python looks here first, whenever it starts snakemake.
"""

import os
import site
import sys

HOOK = "audio-pipeline-arguments.pth"
OPTIONS = ("--configfile", "--configfiles")
CONFIGURATION = (".yaml", ".yml", ".json")
MEDIA = (".txt", ".wav", ".png", ".srt", ".vtt", ".mp4")  # what there is to be made


def fault(arguments: list[str]) -> str | None:
    """What is wrong with the words behind --configfile, or None."""
    taken = False
    for word in arguments:
        if word.startswith("-"):
            taken = word in OPTIONS
        elif taken and word.endswith(CONFIGURATION):
            if not os.path.exists(word):
                return f"--configfile {word}: no such file"
        elif taken and (word.endswith(MEDIA) or not os.path.exists(word)):
            return (
                f"{word!r} stands behind --configfile, which takes all words that follow: put the target first, "
                f"or behind --, as in: snakemake {word} --cores 4 --configfile …"
            )
    return None


def check() -> None:
    if line := fault(sys.orig_argv[1:]):
        print(f"error: {line}", file=sys.stderr, flush=True)
        os._exit(1)  # Python is only starting


def install() -> None:
    program = os.path.abspath(__file__)
    line = (
        f"import os, sys; p = {program!r}; "
        "'snakemake' in map(os.path.basename, sys.orig_argv[:3]) and os.path.exists(p) and "
        "exec(open(p, encoding='utf-8').read(), {'__name__': 'hook', '__file__': p})\n"
    )
    with open(os.path.join(site.getsitepackages()[0], HOOK), "w", encoding="utf-8") as file:
        file.write(line)


if __name__ == "__main__":
    install() if "--install" in sys.argv else check()
elif __name__ == "hook":
    check()
