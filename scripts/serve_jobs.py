"""Run the stage programs of a run in forks of one warm process, which has imported what they need.

Started at the beginning of a run on one machine (rules/dispatch.smk) and ended with it, like the embedded engines
(audio_pipeline/embedded.py).
"""

import argparse
import contextlib
import gc
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from audio_pipeline import languages
from audio_pipeline.embedded import wait_for_end_of
from audio_pipeline.warm_jobs import SOCKET
from audio_pipeline.workers import Workers, code_of

rehearsed: set[str] = set()  # programs
# In a thread: it takes as long as all else, and half of that outside of Python's lock. It imports nothing, nor does it
# hold a lock that a process forked meanwhile would need.
model = threading.Thread(target=languages.load)
FOR_LANGUAGES = ("py3langid", "zipfile", "encodings.cp437")
FOR_SCRIPTS = (
    "audio_pipeline.command_line",
    "audio_pipeline.language_model",
    "audio_pipeline.production",
    "audio_pipeline.cleaning",
    "audio_pipeline.script_checks",
    "audio_pipeline.ollama",
    "audio_pipeline.openai",
    "audio_pipeline.turns",
    "jinja2.sandbox",
)
FOR_MEDIA = (
    "audio_pipeline.speech",
    "audio_pipeline.sound_checks",
    "audio_pipeline.piper",
    "audio_pipeline.picture",
    "audio_pipeline.stable_diffusion",
    "audio_pipeline.title_card",
    "audio_pipeline.infotext",
    "audio_pipeline.thumbnails",
    "audio_pipeline.subtitles",
    "PIL.BmpImagePlugin",  # these five: PIL.Image.preinit
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.PpmImagePlugin",
    "PIL.ImageStat",
    "PIL.WebPImagePlugin",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    parser.add_argument("--languages", nargs="*", default=[], help="of the topics")
    arguments = parser.parse_args()
    run = arguments.run
    # One thread: others would not be there after a fork, and jobs share the cores with the engines.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1"}
    gc.disable()  # jobs are short, and share these pages as long as nobody writes to them
    for name in FOR_LANGUAGES:
        __import__(name)
    tempfile.gettempdir()  # takes a lock at its first call
    model.start()
    for name in FOR_SCRIPTS:
        __import__(name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        temporary = run / "jobs.tmp"
        listening.bind(str(temporary))
        listening.listen(64)
        temporary.rename(run / SOCKET)
        workers = Workers(listening, first_look)
        # Workers end when their channels do, after the job at hand.
        threading.Thread(target=lambda: (wait_for_end_of(run), os._exit(0)), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        workers.serve(preparations(arguments.languages))


def preparations(topics_languages: list[str]) -> Iterator[None]:
    """What the first scripts can be asked for without, in steps; they are written meanwhile."""
    for name in FOR_MEDIA:
        with contextlib.suppress(Exception):  # the job that needs it will tell
            __import__(name)
        yield
    for language in topics_languages:
        rehearse(language)
        yield
    while model.is_alive():
        model.join(0.02)
        yield
    gc.freeze()


def rehearse(language: str) -> None:
    """Have patterns compiled and tables read once, for all jobs to come."""
    from audio_pipeline import cleaning, script_checks, spoken_form

    text = "It began on 3 May 1995 with 12.5 km, the 2nd of 1/2 and $5.99. **So it was.**"
    case = script_checks.Case(language, {})
    for rehearsed in (
        lambda: cleaning.spoken_words(text, language),
        lambda: spoken_form.spoken(text, language),
        lambda: script_checks.check_markup(text, case),
        lambda: script_checks.check_refusal(text, case),
        lambda: script_checks.check_repetition(text, case),
    ):
        try:
            rehearsed()
        except Exception:  # the job that meets it will tell
            continue


def first_look(words: list[str]) -> None:
    """At the first job of each program: rehearse it."""
    if words[1] == str(languages.PROGRAM):
        model.join()
        return
    if words[1] not in rehearsed:
        rehearsed.add(words[1])
        rehearse_program(*words)


def rehearse_program(directory: str, path: str, *arguments: str) -> None:
    """Let a program come as far as its request, with the first job's arguments: its templates are then compiled."""
    from audio_pipeline import production

    produce, production.produce = production.produce, lambda *_, **__: ""
    try:
        os.chdir(directory)
        sys.argv = [path, *arguments]
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            exec(code_of(path), {"__name__": "__main__"})
    except (Exception, SystemExit):  # the job will tell
        pass
    finally:
        production.produce = produce


if __name__ == "__main__":
    main()
