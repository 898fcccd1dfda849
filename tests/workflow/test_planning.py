"""What a plan shows, what it asks Snakemake for, and the undocumented names of scripts/snakemake_adapter/patches.py."""

import hashlib
import inspect

import pytest
from snakemake import api  # noqa: F401  the others can only be imported after it
from snakemake.dag import DAG
from snakemake.io import _IOFile
from snakemake.iocontainers import AttributeGuard
from snakemake.jobs import Job
from snakemake.resources import Resource
from stub_project import EVERY, Studio

NONE: tuple[set, set, set] = (set(), set(), set())
# Digests of what scripts/snakemake_adapter/patches.py replaces or wraps. Another one: read it, see whether the change
# still holds and is needed, measure (make bench), and write the new digest here.
KNOWN = {
    (Job, "conda_env_spec"): "4a98328beada",
    (Job, "is_valid"): "74609fe12019",
    (Job, "is_pipe_or_service_input"): "e1e6678cceb7",
    (Job, "log_info"): "f24bb879faed",
    (Job, "scheduler_resources"): "14e0deb3be34",
    (DAG, "check_directory_outputs"): "d5a17c047b46",
    (_IOFile, "is_storage"): "430c5832e179",
    (AttributeGuard, "__init__"): "737c90384074",
    (Resource, "evaluate"): "3c11c1b2a9f5",
}


@pytest.mark.parametrize("owner, name", KNOWN, ids=lambda each: getattr(each, "__name__", each))
def test_snakemake_is_what_the_faster_plans_were_written_for(owner: type, name: str) -> None:
    had = vars(owner)[name]
    source = inspect.getsource(had.fget if isinstance(had, property) else had)
    assert hashlib.sha256(source.encode()).hexdigest()[:12] == KNOWN[owner, name]


def shown(studio: Studio, *arguments: str) -> list[str]:
    lines = studio.succeed("-n", *arguments).output.splitlines()
    return sorted(line for line in lines if line.startswith("data/output/"))


def test_a_dry_run_shows_a_line_for_each_file_with_its_reason(empty: Studio) -> None:
    assert shown(empty) == sorted(
        f"data/output/{file}  (missing)"
        for slug in ("alpha-waves", "beta-decay", "gamma-rays")
        for file in (f"scripts/{slug}.txt", f"audio/{slug}.wav", f"images/{slug}.png")
    )


def test_a_dry_run_tells_a_change_from_what_follows_it(studio: Studio) -> None:
    (studio.folder / "config/script.j2").write_text(
        "Write about {{ topic }}.{% if 'Beta' in topic %} Be brief.{% endif %}"
    )
    script = "data/output/scripts/beta-decay.txt"
    assert shown(studio) == [
        f"data/output/audio/beta-decay.wav  (after {script})",
        f"data/output/images/beta-decay.png  (after {script})",
        f"{script}  (script: prompt changed)",
    ]


def test_a_dry_run_names_the_file_that_a_hand_changed(studio: Studio) -> None:
    studio.file("script", "beta").write_text("Something else, by hand.\n")
    assert shown(studio) == [
        "data/output/audio/beta-decay.wav  (audio: text changed)",
        "data/output/images/beta-decay.png  (image: prompt changed)",
    ]


@pytest.mark.parametrize("option", ["-p", "--verbose"])
def test_a_dry_run_can_show_all_that_snakemake_does(empty: Studio, option: str) -> None:
    run = empty.succeed("-n", option)
    assert "rule generate_script:" in run.output and "reason: Missing output files" in run.output


def test_a_quiet_dry_run_shows_no_line_for_each_file(empty: Studio) -> None:
    assert shown(empty, "--quiet", "rules") == []


@pytest.mark.parametrize(
    "gone", [("script",), ("script", "audio"), ("script", "audio", "image"), ("audio",)]
)
def test_whatever_files_of_a_topic_are_missing_they_are_made(studio: Studio, gone) -> None:
    studio.same_words = True
    for stage in gone:
        studio.file(stage, "beta").unlink()
    studio.succeed()
    assert [studio.file(stage, "beta").is_file() for stage in ("script", "audio", "image")] == [
        True
    ] * 3
    assert "script" not in gone or studio.asked()[0] == {"beta"}
    assert studio.run().nothing_to_do


@pytest.mark.parametrize(
    "target, asked", [("scripts", (EVERY, set(), set())), ("images", (EVERY, set(), EVERY))]
)
def test_a_target_makes_what_it_needs_and_no_more(empty: Studio, target: str, asked) -> None:
    empty.succeed(target)
    assert empty.asked() == asked


def test_a_topic_that_failed_half_way_is_finished_by_the_next_run(empty: Studio) -> None:
    empty.succeed("scripts")
    assert empty.asked() == (EVERY, set(), set())
    empty.succeed()
    assert empty.asked() == (set(), EVERY, EVERY)
    assert empty.run().nothing_to_do and empty.asked() == NONE


def test_two_targets_at_once_tell_once_of_a_file_that_a_hand_changed(studio: Studio) -> None:
    studio.file("script", "beta").write_text("Something else, by hand.\n")
    (studio.folder / "config/script.j2").write_text("Tell about {{ topic }}.")
    run = studio.succeed("-n", "scripts", "audio")
    assert run.output.count("scripts/beta-decay.txt was edited by hand") == 1
    assert "data/output/scripts/alpha-waves.txt  (script: prompt changed)" in run.output
