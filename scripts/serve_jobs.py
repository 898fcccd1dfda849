"""Run stage programs in forks of one warm process, which has imported their modules.

Started and ended with a run on one machine (snakemake_adapter/run.py), like the embedded engines
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
from collections.abc import Iterable, Iterator
from pathlib import Path

from audio_pipeline.run.folder import wait_for_end_of
from audio_pipeline.text import language_detection
from audio_pipeline.workers.client import SOCKET
from audio_pipeline.workers.pool import Workers

# In a thread: it takes as long as the other imports together, half of it without the GIL. So those follow in `main`.
model = threading.Thread(target=language_detection.load)
FOR_LANGUAGES = ("py3langid", "zipfile", "encodings.cp437")
FOR_ALL = (
    "audio_pipeline.cli.command_line",
    "audio_pipeline.core.production",
    "audio_pipeline.scheduling.server_pool",
)
FOR_STAGE = {
    "script": (
        "audio_pipeline.makers.writing",
        "audio_pipeline.text.cleaning",
        "audio_pipeline.text.script_checks",
        "audio_pipeline.engines.ollama",
        "audio_pipeline.engines.comfyui",
        "audio_pipeline.engines.openai",
        "jinja2.sandbox",
    ),
    "audio": (
        "audio_pipeline.makers.speaking",
        "audio_pipeline.sound.sound_checks",
        "audio_pipeline.sound.levelling",
        "audio_pipeline.engines.piper",
        "numpy.fft",
    ),
    "image": (
        "audio_pipeline.makers.drawing",
        "audio_pipeline.engines.stable_diffusion",
        "audio_pipeline.pictures.title_card",
        "audio_pipeline.pictures.png_parameters",
        "audio_pipeline.pictures.thumbnails",
        "PIL.BmpImagePlugin",  # these five: PIL.Image.preinit
        "PIL.GifImagePlugin",
        "PIL.JpegImagePlugin",
        "PIL.PngImagePlugin",
        "PIL.PpmImagePlugin",
        "PIL.ImageStat",
        "PIL.WebPImagePlugin",
    ),
    "subtitles": ("audio_pipeline.makers.subtitling",),
    "storyboard": ("audio_pipeline.makers.storyboarding",),
    "scenes": ("audio_pipeline.makers.scene_drawing",),
    "video": ("audio_pipeline.makers.filming",),
}
TEXT = "It began on 3 May 1995 with 12.5 km, the 2nd of 1/2 and $5.99. **So it was.**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    parser.add_argument(
        "--first",
        default="script",
        help="the stage of the first jobs, for which to import before they come (script)",
    )
    arguments = parser.parse_args()
    run, first = arguments.run, arguments.first
    os.environ.update(OPENBLAS_NUM_THREADS="1")  # other threads would not survive a fork
    gc.disable()  # jobs are short, and share memory pages until one is written to
    if first == "script":
        import_all(FOR_LANGUAGES)
        tempfile.gettempdir()  # the first call takes a lock
        model.start()
    import_all(FOR_ALL)
    from audio_pipeline.stages import registry

    registry.every()
    import_all(FOR_STAGE.get(first, ()))
    if first == "script":
        model.join()
    elif first == "audio":
        compile_spoken_form()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        temporary = run / "jobs.tmp"
        listening.bind(str(temporary))
        listening.listen(64)
        temporary.rename(run / SOCKET)
        workers = Workers(listening)
        # Workers finish their current job, then exit when their channels close.
        threading.Thread(target=exit_after, args=(run,), daemon=True).start()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        workers.serve(preparations())


def exit_after(run: Path) -> None:
    """End this process with the run."""
    wait_for_end_of(run)
    os._exit(0)


def preparations() -> Iterator[None]:
    """Import in steps what other jobs need, while the first ones are at work."""
    for names in FOR_STAGE.values():
        for name in names:
            import_all([name])
            yield
    # The first calls compile patterns, which takes 0.25 s in all.
    for compiles in (language_detection.load, compile_spoken_form, compile_checks):
        with contextlib.suppress(Exception):  # the job that needs it reports the error
            compiles()
        yield
    gc.freeze()


def import_all(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # the job that needs it reports the error
            __import__(name)


def compile_spoken_form() -> None:
    from audio_pipeline.text import spoken_form

    spoken_form.spoken(TEXT, "en")


def compile_checks() -> None:
    from audio_pipeline.text import cleaning, script_checks

    cleaning.spoken_words(TEXT, "en")
    case = script_checks.Case("en")
    for name in ("markup", "refusal", "repetition"):
        script_checks.CHECKS[name](TEXT, case)


if __name__ == "__main__":
    main()
