"""Output of a run in a terminal, and in a log."""

import os
import re
import signal

import pytest
import yaml
from bad_replies import status
from project import SNAKEMAKE
from stub_project import Studio
from terminal import Terminal

COLOUR = re.compile(rb"\x1b\[[0-9;]*[34][0-9][0-9;]*m")
HOSTILE = status(400, b'{"error": "\\u001b[2J\\u001b]0;owned\\u0007 [bold]not markup[/bold]"}')
FIRST_TWO = "(alpha-waves|beta-decay)"  # they wait for the language model together


def shown(studio: Studio, *arguments: str, **options) -> Terminal:
    """Run plain snakemake in a terminal."""
    (studio.folder / "config/config.yaml").write_text(yaml.safe_dump(studio.config))
    return Terminal([*SNAKEMAKE, "--cores", "4", *arguments], studio.folder, **options)


def bar_of(terminal: Terminal, stage: str) -> str:
    """Return the last bar of a stage."""
    return next(
        line for line in reversed(terminal.lines) if re.match(rf"{stage}\s+[━╸╺-]", line)
    )  # fmt: skip


def test_a_terminal_shows_a_bar_for_each_stage_and_in_the_end_the_right_numbers(
    empty: Studio,
) -> None:
    with shown(empty) as terminal:
        assert terminal.wait() == 0
        for stage in ("script", "audio", "image"):
            assert bar_of(terminal, stage).endswith(" 3/3")
        assert "9 of 9 files" in terminal.text
        assert "[9/9]" not in terminal.text and terminal.is_sane


def test_a_terminal_shows_jobs_at_work_pace_and_the_last_failure(empty: Studio) -> None:
    empty.tts.fault, empty.tts.fault_times = HOSTILE, 1
    empty.llm.latency_s = 2
    with shown(empty, columns=200) as terminal:
        terminal.wait(lambda: "at work: script alpha-waves" in terminal.text)
        terminal.wait(lambda: re.search(f"last failure: audio {FIRST_TWO}", terminal.text))
        terminal.wait(lambda: re.search("script .* 1/3 .*/min, about .* left", terminal.text))
        assert terminal.wait() == 1
        assert bar_of(terminal, "audio").endswith(" 2/3 1 failed")
        assert len(re.findall(f"audio {FIRST_TWO} FAILED: ", terminal.text)) == 1
        assert re.search(f"failed: audio {FIRST_TWO}: Piper at ", terminal.text)
        assert "[bold]not markup[/bold]" in terminal.text and terminal.is_sane
        assert b"\x1b[2J" not in terminal.raw and b"\x1b]0" not in terminal.raw


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "SIGKILL"])
def test_a_run_that_is_ended_leaves_the_terminal_as_it_was(how: str, empty: Studio) -> None:
    empty.llm.latency_s = 3
    with shown(empty) as terminal:
        terminal.wait(lambda: "at work: script" in terminal.text)
        if how == "Ctrl-C":
            terminal.type(b"\x03")
        else:
            os.kill(terminal.process.pid, getattr(signal, how))
        code = terminal.wait()
        assert code == (-signal.SIGKILL if how == "SIGKILL" else 1)
        assert terminal.is_sane
        if how != "SIGKILL":
            assert "stopping: what is finished stays" in terminal.text
            assert "of 9 files" in terminal.text and "Traceback" not in terminal.text


def test_a_narrow_terminal_that_changes_its_size_ends_with_the_right_numbers(
    empty: Studio,
) -> None:
    empty.llm.latency_s = 1
    with shown(empty, columns=40, rows=12) as terminal:
        terminal.wait(lambda: "at work: script" in terminal.text)
        terminal.resize(24, 5)
        terminal.wait(lambda: "image alpha" in terminal.text or empty.sd.asked())
        terminal.resize(90, 30)
        assert terminal.wait() == 0
        assert bar_of(terminal, "image").endswith(" 3/3") and terminal.is_sane


def test_no_color_is_heeded(empty: Studio) -> None:
    with shown(empty, NO_COLOR="1") as terminal:
        assert terminal.wait() == 0
        assert bar_of(terminal, "script").endswith(" 3/3")
        assert not COLOUR.search(terminal.raw)


@pytest.mark.parametrize("variable", [{"TERM": "dumb"}, {"CI": "true", "NO_COLOR": "1"}])
def test_a_terminal_that_cannot_draw_or_is_a_log_gets_lines(
    variable: dict[str, str], empty: Studio
) -> None:
    with shown(empty, **variable) as terminal:
        assert terminal.wait() == 0
        assert "[9/9]" in terminal.text and b"\x1b" not in terminal.raw


def test_a_log_gets_lines_without_an_escape_byte(empty: Studio) -> None:
    empty.sd.fault = HOSTILE
    run = empty.run()
    assert run.code == 1
    assert "[9/9]" in run.output and "failed: image " in run.output
    assert "\x1b" not in run.output and "\x07" not in run.output


def test_a_quiet_run_in_a_terminal_shows_nothing_of_itself(empty: Studio) -> None:
    with shown(empty, "--quiet", "all", columns=200) as terminal:
        assert terminal.wait() == 0
        (line,) = terminal.text.splitlines()
        assert line.startswith("Using workflow specific profile")
