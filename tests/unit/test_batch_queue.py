"""Jobs of a scheduler known only by the command that lists its queue."""

import os
import subprocess
from pathlib import Path

import pytest
from snakemake_adapter import batch_queue
from snakemake_adapter.batch_queue import Sent

PRINTED = [
    ("12\n", "12"),  # qsub -terse
    ('Your job 12 ("chunk.sh") has been submitted', "12"),
    ("12.server.example.org", "12.server.example.org"),  # PBS
    ("Job <7> is submitted to queue <normal>.", "7"),  # LSF
    ("Job <123> is submitted to default queue <normal>.", "123"),
    ("1 job(s) submitted to cluster 12.", "12"),  # HTCondor
    ("Submitted batch job 31", "31"),
    ("ƒ2eZ9aXb", "ƒ2eZ9aXb"),  # Flux
    ("", None),
    ("your jobs are many", None),
    ("not a job /home/me/12/chunk.sh", None),
]


@pytest.mark.parametrize("printed, number", PRINTED)
def test_the_number_of_a_job_is_read_from_what_a_submit_command_prints(printed, number):
    assert batch_queue.number(printed) == number


GRID_ENGINE = """job-ID  prior   name       user         state submit/start at     queue   slots ja-task-ID
-----------------------------------------------------------------------------------------------------------------
     12 0.50000 snakejob.t root         Eqw   11/27/2026 19:04:18 all.q@vm                           2
    123 0.50000 snakejob.t root         r     11/27/2026 19:04:18 all.q@vm                           2
"""
PBS = """
server:
                                                            Req'd  Req'd   Elap
Job ID          Username Queue    Jobname    SessID NDS TSK Memory Time  S Time
--------------- -------- -------- ---------- ------ --- --- ------ ----- - -----
12.server.exa*  me       workq    chunk.sh      --    1   2    4gb 01:30 Q   --
"""
ROWS = [
    ("12", GRID_ENGINE, "Eqw"),
    ("123", GRID_ENGINE, " r "),
    ("1", GRID_ENGINE, None),
    ("2", GRID_ENGINE, None),
    ("12.server.example.org", PBS, " Q "),
    ("1.server.example.org", PBS, None),
    ("12", "12\n123\n", "12"),
    ("12", "", None),
]


@pytest.mark.parametrize("number, queue, has", ROWS)
def test_a_job_is_found_in_the_queue_by_its_whole_number(number, queue, has):
    row = batch_queue.row_of(number, queue.splitlines())
    assert (has in row) if has else row is None


def sent(folder: Path) -> Sent:
    return Sent("12", folder / "12.log", folder / "12.jobfailed", minutes=3, since=0)


def test_a_job_that_is_missing_before_it_began_was_deleted_there(tmp_path):
    job = sent(tmp_path)
    job.look(10, ["12 qw"])
    assert job.missing is None
    job.look(20, [])
    job.look(30, [])
    assert job.missing == 20
    assert "before it began" in job.why_gone()


def test_a_queue_that_does_not_answer_says_nothing_of_a_job(tmp_path):
    job = sent(tmp_path)
    job.look(10, None)
    assert job.missing is None


def test_a_job_that_is_listed_again_was_never_gone(tmp_path):
    job = sent(tmp_path)
    job.look(10, [])
    job.look(20, ["12 r"])
    assert job.missing is None


@pytest.mark.parametrize("gone, told", [(60, "deleted, or killed"), (195, "it ran out of time")])
def test_a_job_that_is_gone_when_its_time_is_over_ran_out_of_it(tmp_path, gone, told):
    job = sent(tmp_path)
    job.log.touch()
    job.look(10, ["12 r"])
    job.look(gone, [])
    assert told in job.why_gone()


def test_a_queue_is_asked_by_its_command():
    assert batch_queue.rows("printf '12 r\\n13 qw\\n'") == ["12 r", "13 qw"]
    assert batch_queue.rows("false") is None
    assert batch_queue.is_installed("true --with arguments")


@pytest.mark.parametrize("command", ["no-such-program-here", "qstat 'half", " "])
def test_what_is_no_command_is_said_to_be_none(command):
    assert not batch_queue.is_installed(command)
    assert batch_queue.rows(command) is None


def test_why_a_job_was_not_taken_is_one_printable_line():
    said = "Unable to run job: error: no \x1b[31msuitable queues\nExiting.\n"
    assert batch_queue.refusal(said).startswith(
        "the scheduler refused it: Unable to run job: error: no "
    )
    assert "\x1b" not in batch_queue.refusal(said) and "\n" not in batch_queue.refusal(said)
    assert len(batch_queue.refusal("x" * 100_000)) < 500
    assert "no reason given" in batch_queue.refusal("Exiting.\n")


def test_a_node_keeps_its_own_variables_but_for_the_path(tmp_path):
    given = {
        "PATH": os.environ["PATH"] + ":/opt/with a space",
        "OWN": "of the user",
        "ODD": 'it\'s $HOME `id` "x"\nand more',
        "EMPTY": "",
        "BASH_FUNC_module%%": "() { :; }",
        "PWD": "/elsewhere",
    }
    (tmp_path / "environment").write_text(batch_queue.settings(given))
    told = subprocess.run(
        ["sh", "-c", f". {tmp_path}/environment; env -0"],
        env={"PATH": "/bin:/usr/bin", "OWN": "of the node"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seen = dict(entry.split("=", 1) for entry in told.split("\0") if entry)
    assert seen["OWN"] == "of the node"
    assert (seen["PATH"], seen["ODD"], seen["EMPTY"]) == (
        given["PATH"],
        given["ODD"],
        "",
    )
    assert seen["PWD"] == str(tmp_path) and "BASH_FUNC_module%%" not in seen


def test_cancelling_goes_on_after_a_failure(tmp_path):
    command = f"sh -c 'echo \"$@\" >>{tmp_path}/numbers; exit 1' qdel"
    batch_queue.cancel(command, ["1", "2", "3"], at_once=2)
    assert (tmp_path / "numbers").read_text() == "1 2\n3\n"
