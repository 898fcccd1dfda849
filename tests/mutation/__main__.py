"""Mutation testing of the modules that decide what is made, kept and recorded.

cosmic-ray changes one thing in a copy of a module, and a test must fail. A surviving mutant shows a gap in the tests:
kill it with a test, or explain in equivalent.yaml why it changes nothing.

make mutation                          all modules, in about ten minutes on two cores
make mutation ARGS="record topics"     some of them
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import MutationSpec, TestOutcome

REPOSITORY = Path(__file__).parents[2]
COPIED = ("Makefile", "config", "rules", "scripts", "tests")
MODULE = "scripts/audio_pipeline/core/{}.py"
# Tests of each module, run once per mutant: about a second.
TESTS = {
    "staleness": "tests/unit/test_staleness.py tests/unit/production",
    "production": "tests/unit/production",
    "record": "tests/unit/test_record.py tests/unit/production",
    "topics": "tests/unit/topics",
}
TIMEOUT_S = 60
EXPLAINED = Path(__file__).with_name("equivalent.yaml")


@dataclass(frozen=True)
class Mutant:
    """Changed line. was, becomes: without indentation; becomes is empty if the line is removed."""

    module: str
    was: str
    becomes: str


def command(module: str) -> str:
    return (
        f"{sys.executable} -m pytest -c tests/pytest.ini -q -x -p no:cacheprovider {TESTS[module]}"
    )


def mutations(module: str) -> Iterator[MutationSpec]:
    """Yield all mutations of a module by cosmic-ray's operators without arguments."""
    path = Path(MODULE.format(module))
    tree = get_ast_from_path(path)
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():
            continue
        operator = kind()
        found = (place for node in ast_nodes(tree) for place in operator.mutation_positions(node))
        for number, (start, end) in enumerate(found):
            yield MutationSpec(path, name, number, start, end)


def copy_repository(folder: str) -> None:
    """Copy the repository and work in the copy: mutants are written into the files."""
    copy = Path(tempfile.mkdtemp(dir=folder))
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    os.chdir(copy)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # halves the time of a short run


def check_unchanged(module: str) -> str:
    """Run the tests on the unchanged module. Returns an empty text if they pass."""
    outcome, said = run_tests(command(module), TIMEOUT_S)
    return "" if outcome is TestOutcome.SURVIVED else said


def survivor(module: str, mutation: MutationSpec) -> Mutant | None:
    """Return the mutant if the tests pass with it, None if one fails."""
    result = mutate_and_test([mutation], command(module), TIMEOUT_S)
    if result.test_outcome is TestOutcome.INCOMPETENT:
        raise RuntimeError(result.output)
    if result.is_killed or result.diff is None:
        return None
    lines = [line for line in result.diff.splitlines() if not line.startswith(("---", "+++"))]
    was, becomes = (
        " ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+"
    )
    return Mutant(module, was, becomes)


def run(modules: list[str], processes: int) -> int:
    """Print the surviving mutants. Returns 1 if one is unexplained, or an explanation is out of date."""
    explained = {
        Mutant(each["module"], each["was"], becomes)
        for each in yaml.safe_load(EXPLAINED.read_text(encoding="utf-8"))
        for becomes in each["becomes"]
        if each["module"] in modules
    }
    survived: set[Mutant] = set()
    with tempfile.TemporaryDirectory() as folder:
        pool = ProcessPoolExecutor(
            processes, multiprocessing.get_context("fork"), copy_repository, (folder,)
        )
        with pool:
            for module, said in zip(modules, pool.map(check_unchanged, modules), strict=True):
                if said:
                    print(f"error: the tests of {module} fail without a mutation:\n{said}")
                    return 1
            for module in modules:
                places = list(mutations(module))
                results = pool.map(survivor, [module] * len(places), places)
                found = [mutant for mutant in results if mutant]
                known = sum(mutant in explained for mutant in found)
                killed = len(places) - len(found)
                print(
                    f"{module}: {len(places)} mutants, {killed} killed, {known} equivalent, "
                    f"{len(found) - known} survived",
                    flush=True,
                )
                for mutant in found:
                    if mutant not in explained:
                        print(f"  - {mutant.was}\n  + {mutant.becomes}", flush=True)
                survived.update(found)
    for mutant in explained - survived:
        print(f"{EXPLAINED.name}: {mutant} is killed or gone; remove its entry")
    return int(survived != explained)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], help="all by default")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    os.chdir(REPOSITORY)
    sys.exit(run(arguments.modules or list(TESTS), arguments.processes))
