"""Every class of error is in the tree of errors.py, and is handled as the tree says."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator

import audio_pipeline
import pytest
from audio_pipeline import errors
from audio_pipeline.cli import command_line
from audio_pipeline.core.production import produce
from audio_pipeline.errors import PipelineError, ServiceError
from audio_pipeline.http.client import Client
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.run.folder import RUN_VARIABLE
from audio_pipeline.run.request_log import FILE, RequestLog
from direct import ROOT

# The tree's terms for the handling of a service's error: tries of the client, attempts with another seed.
HANDLING = {
    "retried after a pause": (3, 1),
    "never retried": (1, 1),
    "retried with another seed": (1, 3),
}


def below(base: type[PipelineError]) -> Iterator[type[PipelineError]]:
    """Yield the package's classes below base; tests may define more."""
    for kind in base.__subclasses__():
        if kind.__module__.startswith("audio_pipeline."):
            yield kind
        yield from below(kind)


def tree() -> dict[str, tuple[str, str]]:
    """Return name → name of the base, and the description of the class in the docstring of errors.py."""
    found, path = {}, []
    for line in errors.__doc__.splitlines():
        if entry := re.fullmatch(r"([ │├└─]*)(\w+) {2,}(.*)", line):
            depth = len(entry[1]) // 4
            path = [*path[:depth], entry[2]]
            found[entry[2]] = (path[depth - 1] if depth else "Exception", entry[3])
    return found


for module in pkgutil.walk_packages(audio_pipeline.__path__, "audio_pipeline."):
    importlib.import_module(module.name)
ALL = list(dict.fromkeys(below(PipelineError)))
OF_SERVICES = list(dict.fromkeys(below(ServiceError)))
TREE = tree()
LEAVES = TREE.keys() - {base for base, _ in TREE.values()}


def leaf(kind: type[PipelineError]) -> type[PipelineError]:
    """Return a class of the tree, or the one that a class of another module refines."""
    return next(each for each in kind.__mro__ if each.__name__ in LEAVES)


def handling(kind: type[PipelineError]) -> tuple[int, int]:
    """Return the handling that the tree gives for a class, or for the class that it refines."""
    words_of = TREE[leaf(kind).__name__][1]
    (found,) = [counts for words, counts in HANDLING.items() if words in words_of]
    return found


def test_the_tree_lists_every_class_below_its_base():
    here = [PipelineError, *(kind for kind in ALL if kind.__module__ == errors.__name__)]
    assert {name: base for name, (base, _) in TREE.items()} == {
        kind.__name__: kind.__base__.__name__ for kind in here
    }


def test_errors_of_other_modules_refine_a_leaf_of_the_tree():
    elsewhere = [kind for kind in ALL if kind.__module__ != errors.__name__]
    assert elsewhere
    for kind in elsewhere:
        assert LEAVES & {base.__name__ for base in kind.__mro__}, kind


@pytest.mark.parametrize("name", sorted(TREE))
def test_a_program_ends_with_the_message_and_exit_code_1(name):
    def main() -> str:
        raise getattr(errors, name)("tea.txt: too cold")

    with pytest.raises(SystemExit) as ended:
        command_line.run(main)
    assert ended.value.code == "error: tea.txt: too cold"  # text as exit code: status 1


@pytest.mark.parametrize("kind", OF_SERVICES)
def test_an_error_of_a_service_has_an_outcome_in_the_request_log(kind, tmp_path, monkeypatch):
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path))
    (tmp_path / FILE).touch()
    with pytest.raises(kind), RequestLog("Thing", "http://127.0.0.1:9").request():
        raise kind("no")

    outcome = json.loads((tmp_path / FILE).read_text())[3]
    assert outcome not in ("ok", "other")
    documents = [
        (ROOT / "config/README.md").read_text(encoding="utf-8"),
        (ROOT / "scripts/audio_pipeline/reporting/metrics.py").read_text(encoding="utf-8"),
    ]
    assert all(re.search(rf"\b{outcome}\b", text) for text in documents)


@pytest.mark.parametrize("kind", OF_SERVICES)
def test_a_request_is_retried_as_the_tree_says(kind):
    tries = []

    def call() -> None:
        tries.append(kind)
        raise kind("no")

    http = HttpPolicy(1, tries=3)
    client = Client("Thing", "http://127.0.0.1:9", timeout_s=1, http=http, sleep=lambda _: None)
    with pytest.raises(kind):
        client.retry(call)
    assert len(tries) == handling(kind)[0]


@pytest.mark.parametrize("kind", OF_SERVICES)
def test_another_seed_is_tried_as_the_tree_says(kind, tmp_path):
    seeds = []

    def ask(request, attempt) -> None:
        seeds.append(attempt.seed)
        raise kind("no")

    output, record = tmp_path / "scripts/tea.txt", tmp_path / "records/script/tea.json"
    with pytest.raises(leaf(kind)):
        produce("script", output, record, {"seed": 42}, ask, attempts=3, wait_s=0)
    assert len(set(seeds)) == len(seeds) == handling(kind)[1]
