"""Output of a plan, and the jobs requested of Snakemake."""

import pytest
from stub_project import EVERY, Studio

NONE: tuple[set, set, set] = (set(), set(), set())


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
