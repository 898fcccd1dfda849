import pytest
from audio_pipeline import slurm_log

ENDS = [
    (
        "slurmstepd: error: *** JOB 31 ON n1 CANCELLED AT 2026-11-22T12:00:00 ***",
        "it was cancelled",
    ),
    (
        "slurmstepd: error: *** JOB 31 ON n1 CANCELLED AT 2026-11-22T12:00:00 DUE TO TIME LIMIT ***",
        "it ran out of time",
    ),
    ("slurmstepd: error: Detected 1 oom_kill event in StepId=31.batch.", "it ran out of memory"),
    ("slurmstepd: error: StepId=31.0 exceeded memory limit (9 > 8)", "it ran out of memory"),
    (
        "slurmstepd: error: *** JOB 31 ON n2 CANCELLED AT 2026-11-22T12:00:00 DUE TO NODE FAILURE ***",
        "its node failed",
    ),
    ("srun: error: n1: task 0: Killed", "it was killed"),
    ("Traceback", slurm_log.UNKNOWN),
]


@pytest.mark.parametrize("text, told", ENDS)
def test_what_ended_a_job_is_read_from_its_log(text, told, tmp_path):
    (tmp_path / "31.log").write_text(f"Building DAG of jobs...\n{text}\n")
    assert slurm_log.reason([tmp_path / "31.log"]).startswith(told)


def test_a_log_that_is_not_there_tells_nothing(tmp_path):
    assert slurm_log.reason([tmp_path / "31.log"]) == slurm_log.UNKNOWN


def test_why_sbatch_refused_is_taken_from_what_the_executor_says():
    message = (
        "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: nope\n"
        "sbatch: error: Batch job submission failed: Invalid partition name specified'.\n    sbatch call:\n"
    )
    assert slurm_log.refusal(message) == "sbatch refused it: invalid partition specified: nope"
    assert slurm_log.refusal("SLURM-job '31' failed, SLURM status is: 'FAILED'.") is None
