"""The undocumented names of Snakemake that scripts/snakemake_adapter/patches.py replaces are as expected."""

import hashlib
import importlib
import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake import api  # noqa: F401  the next imports need it first
from snakemake_adapter import patches
from snakemake_adapter.patches import Patch, Situation


@pytest.mark.parametrize("patch", patches.PATCHES, ids=lambda patch: f"{patch.of}.{patch.name}")
def test_what_is_replaced_is_what_the_patch_was_written_for(patch: Patch) -> None:
    importlib.import_module(patch.of.partition(":")[0])  # also a plugin that no run has loaded
    assert bool(patch.reads) is (patch.name not in vars(patch.owner))
    had = vars(patch.owner)[patch.reads or patch.name]
    source = inspect.getsource(had.fget if isinstance(had, property) else had)
    assert hashlib.sha256(source.encode()).hexdigest()[:12] == patch.digest
    assert patch.without and patch.unneeded


@pytest.mark.parametrize("patch", patches.PATCHES, ids=lambda patch: f"{patch.of}.{patch.name}")
def test_each_patch_has_a_measured_gain_or_a_test_that_fails_without_it(patch: Patch) -> None:
    tests = Path(__file__).parents[1].rglob("test_*.py")
    is_tested = any(f"def {patch.gain}(" in path.read_text(encoding="utf-8") for path in tests)
    assert re.fullmatch(r"[1-9]\d* %", patch.gain) or is_tested


def test_the_queue_is_polled_as_often_as_the_option_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snakemake's plugins request a pause that grows by 10 s with each poll."""
    (patch,) = (one for one in patches.PATCHES if one.name.startswith("next_seconds"))
    monkeypatch.setattr(patch.owner, patch.name, vars(patch.owner)[patch.name])
    patch.apply(Situation(None, "", in_lines=True))
    settings = SimpleNamespace(seconds_between_status_checks=20)
    workflow = SimpleNamespace(remote_execution_settings=settings)
    executor = SimpleNamespace(workflow=workflow, _next_seconds_between_status_checks=None)
    pause = vars(patch.owner)[patch.name]
    for asked, expected in ((None, 20), (5, 5), (70, 20)):
        pause.fset(executor, asked)
        assert pause.fget(executor) == expected


def test_a_name_that_is_gone_is_left_alone() -> None:
    for of in ("snakemake.jobs:Job", "snakemake.jobs:Gone", "snakemake.gone", "snakemake.dag"):
        Patch(of, "gone", "", "", "", "", lambda had, situation: pytest.fail("replaced")).apply(
            None
        )
