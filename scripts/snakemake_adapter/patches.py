"""What this workflow replaces in Snakemake 9.27 and in its Slurm plugin 2.8, where no setting does it.

| what                          | without it                                      | unneeded when                     |
|-------------------------------|-------------------------------------------------|-----------------------------------|
| Job.conda_env_spec            | each job's params are built once more           | it is found without params        |
| Job.is_valid                  | each job's log is named once more               | upstream names it once            |
| Job.is_pipe_or_service_input  | each job looks at each file of `all`            | it is one look a job              |
| Job.scheduler_resources       | a dry run evaluates unneeded resources          | dry runs leave it out             |
| Job.log_info                  | `-n` shows ten lines a job                      | there is a format of one line     |
| DAG.check_directory_outputs   | all paths are sorted and compared               | left out where there is no folder |
| _IOFile.is_storage            | a slow property is asked thirty times a job     | it is cached                      |
| AttributeGuard.__new__        | two guards for each list of files               | they are shared                   |
| Resource.evaluate             | its signature is looked up for each job         | it is cached                      |
| GroupJob.log_error            | what is said of a failed chunk is lost          | the event has it                  |
| GroupJob.rule                 | a chunk not submitted is waited for for ever    | the plugin names a chunk          |
| slurm.query_job_status        | PREEMPTED, REVOKED jobs are waited for for ever | they count as failed              |
| RemoteExecutor.next_seconds_… | the queue is looked at 10 s later each time     | there is a limit                  |

Gains: tests/benchmarks ("patches"). tests/workflow/test_planning.py has the digest of each thing that is replaced.
"""

import functools
import logging
import sys
from collections.abc import Callable
from typing import Any

from snakemake.dag import DAG
from snakemake.io import _IOFile
from snakemake.iocontainers import AttributeGuard
from snakemake.jobs import GroupJob, Job
from snakemake.resources import Resource
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from snakemake_adapter import slurm_log
from snakemake_adapter.plan import asked_often
from snakemake_adapter.session import Session

_NO_FLAGS: dict[str, Any] = {}
_PAUSE = "next_seconds_between_status_checks"
_QUERY = "query_job_status"


def apply(session: Session, marks: str, in_lines: bool) -> None:
    """Apply all, once a process. marks: the folder of the marks; in_lines: `-n` shows a line for each job.

    Another Snakemake, where something has another name, is as slow, and says as much, as it always did.
    """
    if not session.workflow.is_main_process or hasattr(GroupJob.log_error, "__wrapped__"):
        return
    for patch in (
        _plan_faster,
        functools.partial(_show_in_lines, session, marks, in_lines),
        _mend_clusters,
    ):
        try:
            patch()
        except (AttributeError, KeyError):
            continue


def _plan_faster() -> None:
    for owner, function in (
        (Job, conda_env_spec),
        (Job, is_valid),
        (Job, is_pipe_or_service_input),
        (DAG, check_directory_outputs),
        (_IOFile, is_storage),
    ):
        had: Any = vars(owner)[function.__name__]
        change: Any = function
        if isinstance(had, property):
            change = property(change)
        setattr(owner, function.__name__, change)
    Job.scheduler_resources = property(_without_resources(Job.scheduler_resources))
    AttributeGuard.__new__ = _shared
    asked_often(Resource.evaluate)


def conda_env_spec(self: Any) -> Any:
    """Its environment depends on no params: they need not be built to find it."""
    return self.rule.expand_conda_env(self.wildcards_dict)


def is_valid(self: Any) -> Any:
    """True if its log can be named: it is named once, and not anew each time."""
    return self.log, self.benchmark


def is_pipe_or_service_input(self: Any, path: Any) -> bool:
    """There is none. Snakemake would ask each job for each file of `all`."""
    return False


def check_directory_outputs(self: Any) -> None:
    """Nothing to check: no output is a folder. Snakemake would sort and compare all paths."""


def is_storage(self: Any) -> bool:
    """What Snakemake's own says, but quickly: it is asked thirty times a job."""
    return bool(getattr(self._file, "_flags", _NO_FLAGS).get("storage_object"))


@functools.cache
def _shared(cls: type, name: str | None = None) -> Any:
    """One guard of each name for all: each list of files or wildcards has two."""
    return object.__new__(cls)


def _without_resources(scheduler_resources: property) -> Callable[[Any], Any]:
    """In a dry run no job waits for another's cores or slots: what it would hold need not be found out."""

    def of(self: Any) -> Any:
        assert scheduler_resources.fget
        return {} if self.dag.workflow.dryrun else scheduler_resources.fget(self)

    return of


def _show_in_lines(session: Session, marks: str, in_lines: bool) -> None:
    log_info = Job.log_info

    @functools.wraps(log_info)
    def in_a_line(self: Any, *arguments: Any, **options: Any) -> Any:
        if not self.dag.workflow.dryrun or not in_lines:
            return log_info(self, *arguments, **options)
        quiet = session.workflow.output_settings.quiet or ()
        if not self.rule.norun and not any(each.name == "RULES" for each in quiet):
            line = f"{', '.join(self.output)}  ({_why(self, marks)})"
            logging.getLogger("snakemake.logging").info(line)

    Job.log_info = in_a_line


def _why(job: Any, marks: str) -> str:
    """Why a job would be done. A mark is named by its reason (plan.py)."""
    reason = job.dag.reason(job)
    changed = sorted(reason.updated_input)
    if named := [path[len(marks) :] for path in changed if path.startswith(marks)]:
        return ", ".join(named)
    if changed:
        return f"{', '.join(changed)} changed"
    if reason.missing_output:
        return "missing"
    if reason.updated_input_run:
        return f"after {', '.join(sorted(reason.updated_input_run))}"
    return str(reason)


def _mend_clusters() -> None:
    GroupJob.log_error = _with_reason(GroupJob.log_error)
    if not hasattr(GroupJob, "rule"):
        GroupJob.rule = property(lambda chunk: next(iter(chunk.jobs)).rule)
    if plugin := sys.modules.get("snakemake_executor_plugin_slurm"):
        setattr(plugin, _QUERY, _with_ends(getattr(plugin, _QUERY)))
    if hasattr(RemoteExecutor, _PAUSE):
        setattr(RemoteExecutor, _PAUSE, _no_later(getattr(RemoteExecutor, _PAUSE)))


def _with_reason(log_error: Callable[..., None]) -> Callable[..., None]:
    """Keep what an executor says of a group that failed, as `reason` of the event."""

    @functools.wraps(log_error)
    def told(self: Any, msg: Any = None, aux_logs: Any = None, **others: Any) -> None:
        log_error(self, msg, aux_logs, reason=msg, **others)

    return told


def _with_ends(query: Callable[..., Any]) -> Callable[..., Any]:
    """Take some states of a job for its end."""

    @functools.wraps(query)
    async def queried(*arguments: Any, **others: Any) -> Any:
        states, seconds = await query(*arguments, **others)
        for number, state in (states or {}).items():
            if state in slurm_log.WAITED_FOR:
                states[number] = "FAILED"
        return states, seconds

    return queried


def _no_later(pause: property) -> property:
    """Look at the queue at most every --seconds-between-status-checks."""

    def pause_s(self: Any) -> Any:
        assert pause.fget
        settings = self.workflow.remote_execution_settings
        return min(pause.fget(self), settings.seconds_between_status_checks)

    return property(pause_s, pause.fset)
