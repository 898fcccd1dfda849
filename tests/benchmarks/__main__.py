"""Measure this project against its peers, print one table, and append it to RESULTS.md.

make bench                                          all rows but `scale` (an hour)
make bench ARGS="--only noop --topics 1000"         a row, with sizes of your own
make bench ARGS="--only scale"                      10,000 topics made for real, with failures (over 20 minutes)
make bench ARGS="--python /somewhere/bin/python"    Snakemake from another environment
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "scripts"))

import report
from benchmark import Benchmark
from contestants import ALL_PEERS
from measurement import CommandFailed
from rows_engines import engines
from rows_films import films
from rows_making import cpu, makespan
from rows_paying import pay
from rows_planning import added, noop, patches, plan, prompt
from rows_scale import scale
from stub_services import Services

# In this order: `added` and `prompt` go on with the finished projects of `noop`.
ROWS = {
    "makespan": makespan,
    "cpu": cpu,
    "noop": noop,
    "added": added,
    "prompt": prompt,
    "plan": plan,
    "patches": patches,
    "pay": pay,
    "films": films,
    "engines": engines,
    "scale": scale,
}


def main() -> None:
    arguments = read_arguments()
    rows = [name for name in ROWS if name in arguments.only]
    with Services() as services, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bout = Benchmark(
            services, Path(folder), arguments.python, arguments.topics, arguments.peers
        )
        found, failed = [], False
        for name in rows:
            try:
                for row in ROWS[name](bout):
                    report.tell(str(row))
                    found.append(row)
            except CommandFailed as error:
                failed = True
                report.tell(f"error: {name}: {error}")
                found.append(report.Row(name, f"failed: {str(error).splitlines()[0][:200]}"))
    text = report.section(found, arguments.python)
    print(text)
    if not arguments.print_only:
        report.append(text)
    sys.exit(failed)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = [name for name in ROWS if name != "scale"]
    peers = [kind.name for kind in ALL_PEERS]
    parser.add_argument("--only", action="append", choices=ROWS, help="a row; may be repeated")
    parser.add_argument(
        "--topics", action="append", type=int, default=[], help="a size; may be repeated"
    )
    parser.add_argument(
        "--peers", action="append", choices=[*peers, "none"], help="a peer; may be repeated"
    )
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="the interpreter with Snakemake (default: this one)",
    )
    parser.add_argument("--print-only", action="store_true", help="leave RESULTS.md as it is")
    arguments = parser.parse_args()
    arguments.only = arguments.only or usual
    return arguments


if __name__ == "__main__":
    main()
