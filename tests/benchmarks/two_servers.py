"""Speed-up of two equal servers over one: python tests/benchmarks/two_servers.py [--topics 40] [--latency-s 1]

Real runs of the workflow (scripts only) with stub servers that take the same time for every text. The time measured is
from the first request to the end of the last one, at the servers; the start of Snakemake is left out.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "scripts")]

from project import Project  # noqa: E402
from service_stubs import OllamaStub  # noqa: E402


def texts_per_s(servers: int, topics: int, latency_s: float, folder: Path) -> float:
    with contextlib.ExitStack() as stack:
        stubs = [stack.enter_context(OllamaStub(latency_s=latency_s)) for _ in range(servers)]
        config = {
            "script": {
                "engine": "ollama",
                "model": "gemma3:4b",
                "url": [stub.url for stub in stubs],
            },
            "audio": {"engine": "piper"},
            "image": {"engine": "none"},
        }
        lines = "".join(f"Topic {n}\n" for n in range(topics))
        run = Project(folder / str(servers), lines, config).run("scripts", timeout_s=3600)
        if run.code:
            sys.exit(run.output)
        spans = [span for stub in stubs for span in stub.spans]
        seconds = max(end for _, end in spans) - min(begun for begun, _ in spans)
        shares = " and ".join(str(len(stub.spans)) for stub in stubs)
    print(f"{servers} server(s): {topics} texts ({shares}) in {seconds:.1f} s")
    return topics / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=40)
    parser.add_argument("--latency-s", type=float, default=1.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, two = (
            texts_per_s(n, arguments.topics, arguments.latency_s, Path(folder)) for n in (1, 2)
        )
    print(
        f"ratio {two / one:.2f}, with a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
