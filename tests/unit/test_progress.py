"""Progress of a run, and the lines that show it."""

import pytest
from audio_pipeline.engines.embedded import KILLED_ADVICE
from audio_pipeline.reporting import display, progress
from audio_pipeline.reporting.display import Lines, Silence, printable
from audio_pipeline.reporting.progress import UNKNOWN, Job, Progress


@pytest.fixture
def clock(monkeypatch):
    """Return a clock controlled by the test."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def job(tmp_path, clock):
    def of(stage: str, slug: str, said: str = "made it") -> Job:
        log = tmp_path / f"{stage}-{slug}.log"
        log.write_bytes(said.encode())
        return Job(stage, slug, [str(log)], clock[0])

    return of


def test_a_file_is_in_one_state_at_a_time(job):
    run = Progress({"script": 4})
    for number, said in enumerate(["made it", "kept it", "error: no"]):
        run.begin(number, job("script", str(number), said))
    run.finish(0)
    run.finish(1)
    run.fail(2)

    assert run.states("script") == {
        "waiting": 1, "running": 0, "made": 1, "kept": 1, "failed": 1
    }  # fmt: skip
    assert (run.total, run.finished, run.waiting) == (4, 2, 1)


def test_a_job_that_succeeds_at_its_second_try_has_not_failed(job):
    run = Progress({"script": 1})
    run.begin(1, job("script", "a", "error: no"))
    run.fail(1)
    run.begin(1, job("script", "a"))
    run.finish(1)

    assert run.states("script")["failed"] == 0 and run.finished == 1


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("starting\nerror: no model\nafterwards", "no model"),
        ("not asked: it is down", "it is down"),
        ("error: \x1b[2J\x1b]0;owned\x07\u202eold", "[2J ]0;owned old"),
        ("", "it ended without a message"),
        ("error: " + "x" * 5000, "x" * 1000 + "…"),
    ],
)
def test_the_cause_of_a_failure_is_one_printable_line(job, said, cause):
    run = Progress({"script": 1})
    run.begin(1, job("script", "a", said))

    assert run.fail(1).cause == cause


def test_a_job_that_was_made_before_its_chunk_failed_has_not_failed(job):
    run = Progress({"script": 2})
    run.on_nodes = {1, 2}
    for number, said in ((1, "made it"), (2, "")):
        run.begin(number, job("script", str(number), said))
        run.fail(number, ("it was cancelled: run again", ["slurm.log"]))

    assert run.finished == 1
    ((failed,),) = run.failures_by_cause()
    assert (failed.cause, failed.logs) == ("it was cancelled: run again", ["slurm.log"])


def test_what_a_check_warned_of_is_shown_with_its_file_and_summed_up_at_the_end(job, capsys):
    run, lines = Progress({"script": 2, "audio": 2}), Lines("out")
    lines.begin(run)
    said = "warning: the sound is \x1b[2Jfast\nwarning: it ends early\nmade it"
    for number, (stage, log) in enumerate(
        [("script", "made it"), ("audio", said), ("audio", said)]
    ):
        run.begin(number, job(stage, str(number), log))
        lines.warned(run.finish(number))
    lines.end()

    err = capsys.readouterr().err
    assert "warning: audio 1: the sound is [2Jfast\nwarning: audio 1: it ends early\n" in err
    assert 'with warnings: 2 recordings: make status ARGS="--list warned" lists them' in err


def test_a_quiet_run_keeps_warnings_to_itself(job, capsys):
    run, lines = Progress({"audio": 1}), Silence("out")
    lines.begin(run)
    run.begin(1, job("audio", "a", "warning: it is fast\nmade it"))
    lines.warned(run.finish(1))
    lines.end()

    assert capsys.readouterr().err == ""


MEMORY = "it ran out of memory: raise mem_mb"


@pytest.mark.parametrize(
    ("said", "of_cluster", "cause"),
    [
        ("", MEMORY, MEMORY),
        (f"error: Piper at http://x refused the connection; {KILLED_ADVICE}", MEMORY, MEMORY),
        (f"error: {KILLED_ADVICE}", UNKNOWN, KILLED_ADVICE),
        ("error: the script has 3 words; expected 12", MEMORY, "the script has 3 words; expected 12"),
    ],
)  # fmt: skip
def test_a_cluster_explains_a_job_that_cannot_say_itself_what_ended_it(
    job, said, of_cluster, cause
):
    run = Progress({"audio": 1})
    run.begin(1, job("audio", "a", said))

    failed = run.fail(1, (of_cluster, [".snakemake/slurm_logs/31.log"]))

    assert failed.cause == cause
    assert (failed.logs == [".snakemake/slurm_logs/31.log"]) == (cause == of_cluster)


def test_a_job_without_a_log_failed_without_a_message():
    run = Progress({"script": 1})
    run.begin(1, Job("script", "a", ["/nowhere/a.log"]))

    assert run.fail(1).cause == "it ended without a message"


def test_pace_and_time_left_count_from_the_first_job_of_the_stage(job, clock):
    run = Progress({"script": 10, "audio": 10})
    assert run.left_s("script") is None
    run.begin(1, job("script", "a"))
    run.begin(2, job("script", "b", "error: no"))
    clock[0] += 20
    run.finish(1)
    run.fail(2)

    assert run.rate("script") == pytest.approx(0.1)
    assert run.left_s("script") == pytest.approx(80)
    assert run.left_s("audio") is None
    run.begin(3, job("audio", "a"))
    clock[0] += 1
    run.finish(3)
    assert run.left_s("audio") == run.left_s("script")  # it waits for scripts


def test_a_long_run_sums_up_at_most_every_half_minute(job, clock, capsys):
    run, lines = Progress({"script": 5, "audio": 5}), Lines("out")
    lines.begin(run)
    for number in range(4):
        run.begin(number, job("script", str(number)))
        clock[0] += 20
        lines.made(run.finish(number))
    summed = [line for line in capsys.readouterr().err.splitlines() if line.startswith("---")]

    assert summed == [
        "--- script 2/5, audio 0/5, about 60 s left",
        "--- script 4/5, audio 0/5, about 20 s left",
    ]


def test_what_is_no_jobs_fault_keeps_its_lines_and_nothing_that_a_terminal_obeys():
    assert printable("one\n\x1b[2Jtwo\rthree") == "one\n [2Jtwo three"


@pytest.mark.parametrize(
    ("terminal", "variables", "drawn"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
        (True, {"TERM": "xterm", "CI": "1"}, False),
    ],
)
def test_bars_are_for_terminals_that_can_draw_them(monkeypatch, terminal, variables, drawn):
    class Stream:
        def isatty(self):
            return terminal

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("TERM", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert display.in_terminal(Stream()) is drawn
