"""Run the stage programs of a run in forks of one warm process, which has imported what they need.

Started at the beginning of a run on one machine (snakemake_adapter/run.py) and ended with it, like the embedded engines
(audio_pipeline/engines/embedded.py).
"""

import argparse
import contextlib
import gc
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from audio_pipeline.run.folder import wait_for_end_of
from audio_pipeline.stages import registry
from audio_pipeline.text import cleaning, language_detection, script_checks, spoken_form
from audio_pipeline.workers.client import SOCKET
from audio_pipeline.workers.pool import Workers

# In a thread: it takes as long as all else, and half of that outside of Python's lock.
model = threading.Thread(target=language_detection.load)
FOR_LANGUAGES = ("py3langid", "zipfile", "encodings.cp437")
FOR_SCRIPTS = (
    "audio_pipeline.cli.command_line",
    "audio_pipeline.project",
    "audio_pipeline.makers.writing",
    "audio_pipeline.core.production",
    "audio_pipeline.text.cleaning",
    "audio_pipeline.text.script_checks",
    "audio_pipeline.engines.ollama",
    "audio_pipeline.engines.openai",
    "audio_pipeline.scheduling.server_pool",
    "jinja2.sandbox",
)
FOR_MEDIA = (
    "audio_pipeline.makers.speaking",
    "audio_pipeline.sound.sound_checks",
    "audio_pipeline.engines.piper",
    "audio_pipeline.makers.drawing",
    "audio_pipeline.engines.stable_diffusion",
    "audio_pipeline.pictures.title_card",
    "audio_pipeline.pictures.png_parameters",
    "audio_pipeline.pictures.thumbnails",
    "audio_pipeline.makers.subtitling",
    "PIL.BmpImagePlugin",  # these five: PIL.Image.preinit
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.PpmImagePlugin",
    "PIL.ImageStat",
    "PIL.WebPImagePlugin",
)
TEXT = "It began on 3 May 1995 with 12.5 km, the 2nd of 1/2 and $5.99. **So it was.**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    run = parser.parse_args().run
    # One thread: others would not be there after a fork, and jobs share the cores with the engines.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1"}
    gc.disable()  # jobs are short, and share these pages as long as nobody writes to them
    for name in FOR_LANGUAGES:
        __import__(name)
    tempfile.gettempdir()  # takes a lock at its first call
    model.start()
    for name in FOR_SCRIPTS:
        __import__(name)
    registry.every()
    model.join()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        temporary = run / "jobs.tmp"
        listening.bind(str(temporary))
        listening.listen(64)
        temporary.rename(run / SOCKET)
        workers = Workers(listening)
        # Workers end when their channels do, after the job at hand.
        threading.Thread(target=exit_after, args=(run,), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        workers.serve(preparations())


def exit_after(run: Path) -> None:
    """End this process with the run."""
    wait_for_end_of(run)
    os._exit(0)


def preparations() -> Iterator[None]:
    """What the first scripts can be asked for without, in steps; they are written meanwhile."""
    for name in FOR_MEDIA:
        with contextlib.suppress(Exception):  # the job that needs it will tell
            __import__(name)
        yield
    # Their patterns are compiled at the first call, a quarter of a second in all.
    for compiles in (cleaning.spoken_words, spoken_form.spoken, check):
        with contextlib.suppress(Exception):
            compiles(TEXT, "en")
        yield
    gc.freeze()


def check(text: str, language: str) -> None:
    case = script_checks.Case(language)
    for name in ("markup", "refusal", "repetition"):
        script_checks.CHECKS[name](text, case)


if __name__ == "__main__":
    main()
