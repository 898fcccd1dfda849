"""Check snakemake's arguments, and report in one line what would otherwise end in a long traceback.

Detects a target after an option that takes all following words, and an unreadable configuration. `make setup` calls
this with --install, which adds a .pth file to the environment, so that Python runs the check when it starts snakemake.
"""

import os
import site
import sys

HOOK = "audio-pipeline-arguments.pth"
OPTIONS = ("--configfile", "--configfiles")
# These take all following words too, each with a "=" (or encoded by Snakemake itself, base64//…).
PAIRS = (
    "--config", "-C", "--resources", "--res", "--default-resources", "--default-res", "--set-resources",
    "--set-threads", "--set-resource-scopes",
)  # fmt: skip
CONFIGURATION = (".yaml", ".yml", ".json")
MEDIA = (".txt", ".wav", ".png", ".srt", ".vtt", ".mp4")  # endings of targets


def fault(arguments: list[str]) -> str | None:
    """Return an error message if the arguments or the configuration are wrong. Returns None if they are not."""
    option = ""
    for word in arguments:
        if word.startswith("-"):
            option = word
        elif option in PAIRS and "=" not in word and not word.startswith("base64//"):
            return misplaced(word, option)
        elif option in OPTIONS and word.endswith(CONFIGURATION):
            if line := unreadable(word):
                return line
        elif option in OPTIONS and (word.endswith(MEDIA) or not os.path.exists(word)):
            return misplaced(word, option)
    return None


def misplaced(word: str, option: str) -> str:
    return (
        f"{word!r} follows {option}, which takes all following words: put the target first, "
        f"or after --, as in: snakemake {word} --cores 4 {option} …"
    )


def unreadable(path: str) -> str | None:
    """Return an error message if a configuration is unreadable. Skips pipes, as of <(…): they can be read only once."""
    if not os.path.exists(path):
        return f"--configfile {path}: no such file"
    if not os.path.isfile(path) and not os.path.isdir(path):
        return None
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    before = set(sys.modules)
    try:
        from audio_pipeline.core import yaml_files
        from audio_pipeline.errors import PipelineError

        try:
            yaml_files.read_layer(path)
        except PipelineError as error:
            return str(error)
    finally:
        # The run may use another checkout, with its own package.
        del sys.path[0]
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "audio_pipeline":
                del sys.modules[name]
    return None


def check() -> None:
    if line := fault(sys.orig_argv[1:]):
        print(f"error: {line}", file=sys.stderr, flush=True)
        os._exit(1)  # the interpreter is still starting up


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
