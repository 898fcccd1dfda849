"""The undocumented names of Snakemake that scripts/snakemake_adapter/patches.py replaces are as it expects them."""

import hashlib
import importlib
import inspect

import pytest
from snakemake import api  # noqa: F401  the others can only be imported after it
from snakemake_adapter import patches
from snakemake_adapter.patches import Patch


@pytest.mark.parametrize("patch", patches.PATCHES, ids=lambda patch: f"{patch.of}.{patch.name}")
def test_what_is_replaced_is_what_the_patch_was_written_for(patch: Patch) -> None:
    importlib.import_module(patch.of.partition(":")[0])  # also a plugin that no run has loaded
    assert bool(patch.reads) is (patch.name not in vars(patch.owner))
    had = vars(patch.owner)[patch.reads or patch.name]
    source = inspect.getsource(had.fget if isinstance(had, property) else had)
    assert hashlib.sha256(source.encode()).hexdigest()[:12] == patch.digest
    assert patch.without and patch.gain and patch.unneeded


def test_a_name_that_is_gone_is_left_alone() -> None:
    for of in ("snakemake.jobs:Job", "snakemake.jobs:Gone", "snakemake.gone", "snakemake.dag"):
        Patch(of, "gone", "", "", "", "", lambda had, situation: pytest.fail("replaced")).apply(
            None
        )
