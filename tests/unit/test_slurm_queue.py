"""Reason for a Slurm job's wait, from the output of squeue and sinfo."""

import pytest
from snakemake_adapter.slurm_queue import (
    Ended,
    Node,
    Waiting,
    can_never_begin,
    ended,
    explain,
    largest_node,
    waiting,
)

SMALL = Node(4, 9000)


def job(reason: str, cpus: int = 2, mem_mb: int = 4000) -> Waiting:
    return Waiting("7", "main", reason, cpus, mem_mb, "30:00")


def test_the_jobs_of_the_run_are_read():
    told = "7|main|Resources|2|4000M|30:00\n8|gpu|Licenses|12|3G|1:00:00\nslurm_load_jobs error\n"

    assert waiting("a-run", lambda command: told if "--name=a-run" in command else "") == [
        Waiting("7", "main", "Resources", 2, 4000, "30:00"),
        Waiting("8", "gpu", "Licenses", 12, 3072, "1:00:00"),
    ]


@pytest.mark.parametrize(
    ("told", "node"),
    [
        ("4|9000\n8|500+\n", Node(8, 9000)),
        ("16+|1024\n", Node(16, 1024)),
        ("", None),
        ("error\n", None),
    ],
)
def test_the_largest_node_is_read(told, node):
    assert largest_node("main", lambda _: told) == node


@pytest.mark.parametrize(
    ("found", "never"),
    [
        (job("PartitionConfig", cpus=12), True),
        (job("Resources", cpus=12), True),
        (job("None", mem_mb=99_000), True),
        (job("Resources"), False),
        (
            job("PartitionConfig"),
            False,
        ),  # another reason of the partition's, which may change
        (job("Licenses", cpus=12), False),
        (job("JobHeldUser", cpus=12), False),
    ],
)
def test_only_what_no_node_can_hold_is_hopeless(found, never):
    assert can_never_begin(found, SMALL) is never
    assert not can_never_begin(found, None)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Resources", "all nodes that could run it are busy"),
        ("Priority", "other jobs are ahead of it in the queue"),
        ("PartitionConfig", "its partition has no node that could run it"),
        ("None", "Slurm has not considered it yet"),
        ("BeginTime", "Slurm puts a job off for two minutes when its node has failed"),
        ("PartitionTimeLimit", "more time than its partition allows"),
        ("PartitionDown", "its partition is closed"),
        ("Licenses", "waits for a licence"),
        ("JobHeldUser", "scontrol release 7"),
        (
            "launch failed requeued held",
            "its node could not start it, and it is held: look at sinfo -R, then scontrol",
        ),
        ("JobHoldMaxRequeue", "its node could not start it"),
        ("ReqNodeNotAvail, UnavailableNodes:n1", "down or reserved: sinfo -R"),
        ("AssocGrpCpuLimit", "a limit of your account or QOS (AssocGrpCpuLimit)"),
        ("QOSMaxJobsPerUserLimit", "a limit of your account or QOS"),
        ("SomethingNew", "Slurm's reason is SomethingNew"),
    ],
)
def test_the_reason_is_told_in_words_with_what_was_asked_for_and_what_there_is(reason, said):
    text = explain(job(reason), SMALL)

    assert said in text and "asks for 2 CPUs, 4000 MB and 30:00" in text
    assert "the largest node of main has 4 CPUs and 9000 MB" in text and "lower threads" not in text


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"squeue": "FAILED|600M|30:00|n1\n", "sinfo": "none\n"}, Ended("FAILED", 600, "30:00", "n1")),
        (
            {"squeue": "CANCELLED|4G|1:00:00|n1\n", "sinfo": "SlurmdSpoolDir is full\n"},
            Ended("CANCELLED", 4096, "1:00:00", "n1", "SlurmdSpoolDir is full"),
        ),
        ({"squeue": "DEADLINE|600M|30:00|\n"}, Ended("DEADLINE", 600, "30:00")),
        ({"squeue": "", "sinfo": ""}, None),
        ({"squeue": "slurm_load_jobs error: Invalid job id specified\n"}, None),
    ],
)  # fmt: skip
def test_how_a_job_ended_is_asked(told, found):
    assert ended("7", lambda command: told[command[0]]) == found


def test_what_is_too_much_is_named_with_what_to_lower():
    assert "lower threads in the profile" in explain(job("PartitionConfig", cpus=12), SMALL)
    assert "lower mem_mb in the profile" in explain(job("PartitionConfig", mem_mb=10**5), SMALL)
