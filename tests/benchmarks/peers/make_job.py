"""One job of the Makefile: wait for a slot of the service, then send the request."""

import fcntl
import sys
from contextlib import ExitStack
from pathlib import Path

import asking

SERVICE = {"script": "llm", "audio": "tts", "image": "sd"}


def place(service: str, held: ExitStack) -> None:
    """Hold one of the service's slots. They are assigned round-robin under one lock, so that no job has to poll."""
    cap = asking.PLAN["caps"][service]
    with open(f"{service}.turn", "a+") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        gate.seek(0)
        turn = int(gate.read() or 0)
        gate.truncate(0)
        gate.write(str((turn + 1) % cap))
        gate.flush()
        place = held.enter_context(open(f"{service}.{turn}", "w"))
        fcntl.flock(place, fcntl.LOCK_EX)


def main() -> None:
    stage, *paths = sys.argv[1:]
    if stage in ("script", "image"):
        paths[0] = Path(paths[0]).read_text(encoding="utf-8").strip()  # the topic itself
    with ExitStack() as held:
        place(SERVICE[stage], held)
        getattr(asking, stage)(*paths)


main()
