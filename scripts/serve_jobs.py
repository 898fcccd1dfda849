"""Run the stage programs of a run in forks of one warm process, which has imported what they need.

Started at the beginning of a run on this machine (rules/display.smk) and ended with it, like the embedded engines
(audio_pipeline/embedded.py). A job is a connection: it brings its working directory, its arguments and its standard
output and error; it gets the exit code. A client that dies takes its job with it.
"""

import argparse
import os
import random
import runpy
import selectors
import signal
import socket
import sys
import threading
from pathlib import Path

PRELOADED = (
    "audio_pipeline.command_line",
    "audio_pipeline.language_model",
    "audio_pipeline.speech",
    "audio_pipeline.picture",
    "audio_pipeline.production",
    "audio_pipeline.cleaning",
    "audio_pipeline.script_checks",
    "audio_pipeline.sound_checks",
    "audio_pipeline.transport",
    "audio_pipeline.ollama",
    "audio_pipeline.openai",
    "audio_pipeline.piper",
    "audio_pipeline.stable_diffusion",
    "audio_pipeline.subtitles",
    "audio_pipeline.title_card",
    "audio_pipeline.turns",
    "jinja2.sandbox",
    "PIL.Image",
    "PIL.PngImagePlugin",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    parser.add_argument("--languages", nargs="*", default=[], help="of the topics")
    arguments = parser.parse_args()
    run = arguments.run
    # One thread: others would not be there after a fork, and jobs share the cores with the engines.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1"}
    for name in PRELOADED:
        __import__(name)
    for language in arguments.languages:
        rehearse(language)
    with socket.socket(socket.AF_UNIX) as listening:
        temporary = run / "jobs.tmp"
        listening.bind(str(temporary))
        listening.listen(64)
        temporary.rename(run / "jobs.sock")
        serve(listening, run)


def rehearse(language: str) -> None:
    """Have patterns compiled and tables read once, for all jobs to come."""
    import py3langid
    from audio_pipeline import cleaning, spoken_form

    text = "It began on 3 May 1995 with 12.5 km, the 2nd of 1/2 and $5.99. **So it was.**"
    for rehearsed in (cleaning.spoken_words, spoken_form.spoken):
        try:
            rehearsed(text, language)
        except Exception:  # the job that meets it will tell
            continue
    py3langid.rank(text)


def serve(listening: socket.socket, run: Path) -> None:
    from audio_pipeline.embedded import wait_for_end_of

    wake, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=lambda: (wait_for_end_of(run), os._exit(0)), daemon=True).start()
    jobs: dict[int, socket.socket] = {}  # process → its client
    with selectors.DefaultSelector() as ready:
        ready.register(listening, selectors.EVENT_READ)
        ready.register(wake, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is listening:
                    client, _ = listening.accept()
                    pid = begin(client, [listening, wake, waker, *jobs.values()])
                    if pid:
                        jobs[pid] = client
                        ready.register(client, selectors.EVENT_READ, pid)
                elif key.fileobj is wake:
                    wake.recv(4096)
                elif not key.fileobj.recv(1):  # the client has gone
                    os.kill(key.data, signal.SIGTERM)
                    ready.unregister(key.fileobj)
            reap(jobs, ready)


def reap(jobs: dict[int, socket.socket], ready: selectors.BaseSelector) -> None:
    """Tell the clients of the jobs that have ended how they ended."""
    while jobs:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        client = jobs.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        try:
            ready.unregister(client)
            client.sendall(bytes([code if code >= 0 else 128 - code]))
        except (KeyError, OSError):
            pass  # nobody is there to be told
        client.close()


def begin(client: socket.socket, others: list[socket.socket]) -> int:
    """Fork for a job; the child's number, 0 for a client that could not say what it wants."""
    try:
        client.settimeout(5)  # it sends all at once
        head, descriptors, *_ = socket.recv_fds(client, 4, 2)
        size, job = int.from_bytes(head, "big"), b""
        while len(job) < size and (piece := client.recv(size - len(job))):
            job += piece
        client.settimeout(None)
        if len(job) < size or len(descriptors) != 2:
            raise OSError("broken off")
    except OSError:
        client.close()
        return 0
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        return pid
    try:
        for other in others:
            other.close()
        work(job.decode("utf-8", "surrogateescape").split("\0"), descriptors)
    finally:
        os._exit(70)  # not reached


def work(job: list[str], descriptors: list[int]) -> None:
    """In the child: be the program, to its end."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(
                number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            )
        os.dup2(descriptors[0], 1)
        os.dup2(descriptors[1], 2)
        random.seed()
        directory, program, *arguments = job
        os.chdir(directory)
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
