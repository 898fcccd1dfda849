"""Run the stage programs of a run in forks of one warm process, which has imported what they need.

Started at the beginning of a run on one machine (rules/dispatch.smk) and ended with it, like the embedded engines
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
from audio_pipeline.text import language_detection
from audio_pipeline.workers.client import SOCKET
from audio_pipeline.workers.pool import Workers

# In a thread: it takes as long as all else, and half of that outside of Python's lock. It imports nothing, nor does it
# hold a lock that a process forked meanwhile would need.
model = threading.Thread(target=language_detection.load)
FOR_LANGUAGES = ("py3langid", "zipfile", "encodings.cp437")
FOR_SCRIPTS = (
    "audio_pipeline.cli.command_line",
    "audio_pipeline.stages.script",
    "audio_pipeline.core.production",
    "audio_pipeline.text.cleaning",
    "audio_pipeline.text.script_checks",
    "audio_pipeline.engines.ollama",
    "audio_pipeline.engines.openai",
    "audio_pipeline.scheduling.server_pool",
    "jinja2.sandbox",
)
FOR_MEDIA = (
    "audio_pipeline.stages.audio",
    "audio_pipeline.sound.sound_checks",
    "audio_pipeline.engines.piper",
    "audio_pipeline.stages.image",
    "audio_pipeline.engines.stable_diffusion",
    "audio_pipeline.pictures.title_card",
    "audio_pipeline.pictures.png_parameters",
    "audio_pipeline.pictures.thumbnails",
    "audio_pipeline.stages.subtitles",
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
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        temporary = run / "jobs.tmp"
        listening.bind(str(temporary))
        listening.listen(64)
        temporary.rename(run / SOCKET)
        workers = Workers(listening)
        # Workers end when their channels do, after the job at hand.
        threading.Thread(target=lambda: (wait_for_end_of(run), os._exit(0)), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        workers.serve(preparations())


def preparations() -> Iterator[None]:
    """What the first scripts can be asked for without, in steps; they are written meanwhile."""
    for name in FOR_MEDIA:
        with contextlib.suppress(Exception):  # the job that needs it will tell
            __import__(name)
        yield
    while model.is_alive():
        model.join(0.02)
        yield
    gc.freeze()


if __name__ == "__main__":
    main()
