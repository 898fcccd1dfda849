"""Ready jobs passed to the scheduler: the next ones of each queue, limited to the room there is."""

from dataclasses import dataclass

from snakemake_adapter.ready_queue import ReadyJobs


@dataclass(frozen=True)
class Job:
    queue: str
    number: int


def ready(*jobs: Job) -> ReadyJobs:
    return ReadyJobs(jobs, lambda job: job.queue, lambda job: (0.0, job.number))


SCRIPTS = [Job("script", number) for number in range(5)]


def test_the_first_of_each_queue_are_found_in_order():
    jobs = ready(*reversed(SCRIPTS), Job("audio", 9), Job("audio", 3))
    places = {"script": 2, "audio": 1}
    assert jobs.first(lambda job: places[job.queue]) == [*SCRIPTS[:2], Job("audio", 3)]


def test_looking_takes_nothing_away():
    jobs = ready(*SCRIPTS)
    assert jobs.first(lambda _: 2) == jobs.first(lambda _: 2) == SCRIPTS[:2]
    assert jobs == set(SCRIPTS)


def test_a_queue_without_a_place_gives_none_and_keeps_its_jobs():
    jobs = ready(*SCRIPTS)
    assert jobs.first(lambda _: 0) == []
    assert jobs.first(lambda _: 9) == SCRIPTS


def test_jobs_that_have_begun_are_passed_over_however_they_left():
    jobs = ready(*SCRIPTS)
    jobs -= {SCRIPTS[0]}
    jobs.remove(SCRIPTS[1])
    jobs.discard(SCRIPTS[2])
    assert jobs.first(lambda _: 9) == SCRIPTS[3:]
    jobs.clear()
    assert jobs.first(lambda _: 9) == []


def test_a_job_that_is_ready_again_is_found_once():
    jobs = ready(*SCRIPTS)
    jobs.remove(SCRIPTS[0])
    jobs.add(SCRIPTS[0])
    jobs.update([SCRIPTS[0]], [SCRIPTS[1]])
    assert jobs.first(lambda _: 9) == SCRIPTS


def test_a_smaller_set_is_still_one_that_knows_its_queues():
    jobs = ready(*SCRIPTS)
    jobs -= {SCRIPTS[4]}
    assert isinstance(jobs, ReadyJobs)
