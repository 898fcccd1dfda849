"""Reason for the end of a Slurm job, from its state and its log."""

import time

import pytest
from audio_pipeline.reporting.progress import UNKNOWN
from snakemake_adapter import slurm_log
from snakemake_adapter.slurm_queue import Ended

AT = "CANCELLED AT 2026-11-22T12:00:00"
# Output of Slurm 22.05 on a cluster, with cgroups and without.
ENDS = [
    (f"slurmstepd: error: *** JOB 31 ON n1 {AT} ***", "it was cancelled"),
    (f"slurmstepd-n1: error: *** STEP 31.0 ON n1 {AT} ***", "it was cancelled"),
    (f"slurmstepd: error: *** JOB 31 ON n1 {AT} DUE TO TIME LIMIT ***", "it ran out of time"),
    (
        "slurmstepd-n1: error: Detected 1 oom-kill event(s) in StepId=1.0. Some of your processes may have been killed "
        "by the cgroup out-of-memory handler.",
        "it ran out of memory",
    ),
    ("slurmstepd: error: Detected 1 oom_kill event in StepId=31.batch.", "it ran out of memory"),
    ("srun: error: n1: task 0: Out Of Memory", "it ran out of memory"),
    (
        "slurmstepd-n1: error: StepId=1.0 exceeded memory limit (759088128 > 629145600), being killed\n"
        "slurmstepd-n1: error: Exceeded job memory limit\n"
        f"slurmstepd-n1: error: *** STEP 1.0 ON n1 {AT} ***\nsrun: error: n1: task 0: Killed",
        "it ran out of memory",
    ),
    (
        f"slurmstepd: error: *** JOB 31 ON n2 {AT} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***",
        "its node failed",
    ),
    (f"slurmstepd: error: *** JOB 31 ON n1 {AT} DUE TO PREEMPTION ***", "a job of higher priority"),
    ("srun: error: n1: task 0: Killed", "it was killed"),
    ("/var/spool/slurmd/job00031/slurm_script: line 4: 2230 Killed    python -m", "it was killed"),
    ("/var/spool/slurmd/job00031/slurm_script: line 4: 2230 Terminated", "it was cancelled"),
    (
        "OSError: [Errno 28] No space left on device: '/scratch/n1/audio-pipeline-x/run.alive'",
        "a disk of its node is full at /scratch/n1/audio-pipeline-x/run.alive: free some space there",
    ),
    ("OSError: [Errno 122] Disk quota exceeded: '/home/me/x'", "a disk of its node is full at /home/me/x"),
    ("OSError: [Errno 28] No space left on device", "a disk of its node is full: free"),
    ("slurmstepd-n1: error: write: No space left on device", "a disk of its node is full: free"),
    ("Traceback", UNKNOWN),
]  # fmt: skip
# The log also contains topics and their files.
TOPICS = [
    "    input: data/output/scripts/the-room-killer.txt",
    '    python generate_script.py --spec \'{"topic": {"text": "Out Of Memory: how the brain forgets"}}\'',
    "    Killed in action: 2230 Killed",
    "    wildcards: slug=cancelled-at-dawn",
    "    OSError: [Errno 28] No space left on device: '/x'",
    "error: the script names 'DUE TO TIME LIMIT'",
]


@pytest.mark.parametrize("text, told", ENDS)
def test_what_ended_a_job_is_read_from_its_log(text, told, tmp_path):
    (tmp_path / "31.log").write_text(f"Building DAG of jobs...\n{text}\nElapsed time: 3 s\n")
    assert slurm_log.reason([tmp_path / "31.log"]).startswith(told)


@pytest.mark.parametrize("line", TOPICS)
def test_what_a_topic_says_is_no_reason(line, tmp_path):
    (tmp_path / "31.log").write_text(f"Building DAG of jobs...\n{line}\nElapsed time: 3 s\n")
    assert slurm_log.reason([tmp_path / "31.log"], "", Ended("FAILED")) == UNKNOWN


MEMORY = "(it asked for 600 MB): raise mem_mb of generate_script in the profile (set-resources)"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("OUT_OF_MEMORY", f"it ran out of memory {MEMORY}"),
        ("TIMEOUT", "it ran out of time (it asked for 30:00): raise runtime (minutes) in the profile"),
        ("NODE_FAIL", "its node n1 failed: run again"),
        ("BOOT_FAIL", "its node n1 did not boot: run again"),
        ("DEADLINE", "its deadline passed before it was done: run again"),
        ("PREEMPTED", "a job of higher priority took its node n1: run again"),
        ("REVOKED", "another cluster of the federation took it: run again"),
        ("CANCELLED", slurm_log.CANCELLED),
        ("FAILED", UNKNOWN),
        ("SOMETHING_NEW", UNKNOWN),
    ],
)  # fmt: skip
def test_each_last_state_of_a_job_is_explained(state, told):
    ended = Ended(state, 600, "30:00", "n1")
    assert slurm_log.reason([], "", ended, "generate_script").startswith(told)
    if told != UNKNOWN:
        by_message = slurm_log.reason([], f"SLURM-job '31' failed, SLURM status is: '{state}'.")
        assert by_message.split(" (")[0].split(":")[0] in told.replace(" n1", "")


def test_the_state_goes_before_what_the_log_says_when_it_says_more(tmp_path):
    log = tmp_path / "31.log"
    log.write_text(f"slurmstepd: error: *** JOB 31 ON n1 {AT} ***\n")
    assert slurm_log.reason([log], "", Ended("PREEMPTED")).startswith("a job of higher priority")
    log.write_text("slurmstepd: error: Detected 1 oom_kill event in StepId=31.batch.\n")
    for state in ("FAILED", "CANCELLED"):
        assert slurm_log.reason([log], "", Ended(state)).startswith("it ran out of memory")


@pytest.mark.parametrize("state", ["CANCELLED", "NODE_FAIL", "BOOT_FAIL"])
def test_a_node_that_is_out_of_service_is_named_with_the_reason(state):
    ended = Ended(state, 600, "30:00", "n1", "SlurmdSpoolDir is full")
    told = "its node n1 is out of service (SlurmdSpoolDir is full): run again, on other nodes"
    assert slurm_log.reason([], "", ended).startswith(told)


def test_a_log_that_is_not_there_tells_nothing(tmp_path):
    assert slurm_log.reason([tmp_path / "31.log"]) == UNKNOWN


@pytest.mark.parametrize(
    "piece", ["OSError: [Errno 28] ", "slurmd: ", "/a: line 1: ", "'", "slurmd"]
)
def test_a_long_log_is_read_in_time_that_grows_with_its_length(piece, tmp_path):
    log = tmp_path / "31.log"

    def seconds(times: int) -> float:
        log.write_text(piece * times + "\n" + (piece + "\n") * times)
        return min(_timed(lambda: slurm_log.reason([log])) for _ in range(3))

    assert seconds(20_000) < 6 * max(seconds(10_000), 0.002)


def _timed(call) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def test_why_there_is_no_job_is_taken_from_what_the_executor_says():
    message = (
        "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: nope\n"
        "sbatch: error: Batch job submission failed: Invalid partition name specified'.\n    sbatch call:\n"
    )
    assert slurm_log.refusal(message) == "sbatch refused it: invalid partition specified: nope"
    message = "Job submission failed with exception: No such account.For further error details see the log"
    assert slurm_log.refusal(message) == "it could not be submitted: No such account."
    assert slurm_log.refusal("SLURM-job '31' failed, SLURM status is: 'FAILED'.") is None
