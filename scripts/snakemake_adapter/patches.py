"""What this workflow replaces in Snakemake 9.27 and in its Slurm plugin 2.8, where no setting does it: PATCHES.

Another version, where something has another name, is as slow, and says as much, as it always did. A test of each row
(tests/workflow/test_patches.py) fails when what it replaces has changed: read that, see whether the patch still holds
and is needed, measure (make bench ARGS="--only patches"), and write the new digest into the row.
"""

import functools
import importlib
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from snakemake_adapter import slurm_log
from snakemake_adapter.plan import asked_often
from snakemake_adapter.session import Session

_NO_FLAGS: dict[str, Any] = {}
_applied = False


@dataclass(frozen=True)
class Patch:
    """A function or property that is replaced.

    of: its module, and class if it is in one; name: its own; digest: the first digits of the SHA-256 of its source, or
    of that of `reads`, if upstream has nothing of this name; without: what happens without the patch; gain: share of a
    dry run's processor time for 1,000 new topics, or the test that fails without it; unneeded: when upstream does this.
    replace: makes what takes its place of what was there.
    """

    of: str
    name: str
    digest: str
    without: str
    gain: str
    unneeded: str
    replace: Callable[[Any, "Situation"], Any]
    reads: str = ""

    @property
    def owner(self) -> Any:
        """The class or module. Returns None if there is none: a plugin that is not loaded, another version."""
        module, _, kind = self.of.partition(":")
        if module.startswith("snakemake_executor_plugin") and module not in sys.modules:
            return None
        try:
            found = importlib.import_module(module)
        except ImportError:
            return None
        return getattr(found, kind, None) if kind else found

    def apply(self, situation: "Situation") -> None:
        owner = self.owner
        if owner is not None and (self.name in vars(owner)) is not bool(self.reads):
            setattr(owner, self.name, self.replace(vars(owner).get(self.name), situation))


@dataclass(frozen=True)
class Situation:
    """What patches ask for. marks: the folder of the marks; in_lines: `-n` shows a line for each job."""

    session: Session
    marks: str
    in_lines: bool


def apply(situation: Situation) -> None:
    """Apply all, once a process."""
    global _applied
    if situation.session.workflow.is_main_process and not _applied:
        _applied = True
        for patch in PATCHES:
            patch.apply(situation)


def _conda_env_spec(had: Any, situation: Situation) -> Any:
    return property(lambda job: job.rule.expand_conda_env(job.wildcards_dict))


def _is_valid(had: Any, situation: Situation) -> Any:
    """True if its log can be named."""
    return lambda job: (job.log, job.benchmark)


def _is_pipe_or_service_input(had: Any, situation: Situation) -> Any:
    """There is none."""
    return lambda job, path: False


def _check_directory_outputs(had: Any, situation: Situation) -> Any:
    """Nothing to check: no output is a folder."""
    return lambda dag: None


def _is_storage(had: Any, situation: Situation) -> Any:
    def is_storage(self: Any) -> bool:
        return bool(getattr(self._file, "_flags", _NO_FLAGS).get("storage_object"))

    return property(is_storage)


def _shared_guard(had: Any, situation: Situation) -> Any:
    """One guard of each name for all."""
    return functools.cache(lambda kind, name=None: object.__new__(kind))


def _scheduler_resources(had: property, situation: Situation) -> Any:
    """In a dry run no job waits for another's cores or slots: what it would hold need not be known."""

    def of(self: Any) -> Any:
        assert had.fget
        return {} if self.dag.workflow.dryrun else had.fget(self)

    return property(of)


def _evaluate(had: Any, situation: Situation) -> Any:
    return asked_often(had)


def _log_info(had: Callable[..., Any], situation: Situation) -> Any:
    @functools.wraps(had)
    def in_a_line(self: Any, *arguments: Any, **options: Any) -> Any:
        if not self.dag.workflow.dryrun or not situation.in_lines:
            return had(self, *arguments, **options)
        quiet = situation.session.workflow.output_settings.quiet or ()
        if not self.rule.norun and not any(each.name == "RULES" for each in quiet):
            line = f"{', '.join(self.output)}  ({_why(self, situation.marks)})"
            logging.getLogger("snakemake.logging").info(line)

    return in_a_line


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


def _log_error(had: Callable[..., None], situation: Situation) -> Any:
    """Keep what an executor says of a group that failed, as `reason` of the event."""

    @functools.wraps(had)
    def with_reason(self: Any, msg: Any = None, aux_logs: Any = None, **others: Any) -> None:
        had(self, msg, aux_logs, reason=msg, **others)

    return with_reason


def _rule(had: Any, situation: Situation) -> Any:
    return property(lambda chunk: next(iter(chunk.jobs)).rule)


def _query_job_status(had: Callable[..., Any], situation: Situation) -> Any:
    @functools.wraps(had)
    async def query(*arguments: Any, **others: Any) -> Any:
        states, seconds = await had(*arguments, **others)
        for number, state in (states or {}).items():
            if state in slurm_log.WAITED_FOR:
                states[number] = "FAILED"
        return states, seconds

    return query


def _next_seconds(had: property, situation: Situation) -> Any:
    """Look at the queue at most every --seconds-between-status-checks."""

    def pause_s(self: Any) -> Any:
        assert had.fget
        settings = self.workflow.remote_execution_settings
        return min(had.fget(self), settings.seconds_between_status_checks)

    return property(pause_s, had.fset)


PATCHES = [
    Patch(
        "snakemake.jobs:Job",
        "conda_env_spec",
        "4a98328beada",
        without="each job's params are built once more",
        gain="? %",
        unneeded="when it is found without params",
        replace=_conda_env_spec,
    ),
    Patch(
        "snakemake.jobs:Job",
        "is_valid",
        "74609fe12019",
        without="each job's log is named once more",
        gain="? %",
        unneeded="when it is named once",
        replace=_is_valid,
    ),
    Patch(
        "snakemake.jobs:Job",
        "is_pipe_or_service_input",
        "e1e6678cceb7",
        without="each job looks at each file of `all`",
        gain="? %",
        unneeded="when it is one look a job",
        replace=_is_pipe_or_service_input,
    ),
    Patch(
        "snakemake.jobs:Job",
        "scheduler_resources",
        "14e0deb3be34",
        without="a dry run evaluates resources that no job waits for",
        gain="? %",
        unneeded="when dry runs leave it out",
        replace=_scheduler_resources,
    ),
    Patch(
        "snakemake.jobs:Job",
        "log_info",
        "f24bb879faed",
        without="`-n` shows ten lines a job, and no reason in the words of the workflow",
        gain="? %",
        unneeded="when there is a format of one line",
        replace=_log_info,
    ),
    Patch(
        "snakemake.dag:DAG",
        "check_directory_outputs",
        "d5a17c047b46",
        without="all paths are sorted and compared",
        gain="? %",
        unneeded="when it is left out where no output is a folder",
        replace=_check_directory_outputs,
    ),
    Patch(
        "snakemake.io:_IOFile",
        "is_storage",
        "430c5832e179",
        without="a slow property is asked thirty times a job",
        gain="? %",
        unneeded="when it is cached",
        replace=_is_storage,
    ),
    Patch(
        "snakemake.iocontainers:AttributeGuard",
        "__new__",
        "737c90384074",
        without="there are two guards for each list of files",
        gain="? %",
        unneeded="when they are shared",
        replace=_shared_guard,
        reads="__init__",
    ),
    Patch(
        "snakemake.resources:Resource",
        "evaluate",
        "3c11c1b2a9f5",
        without="its signature is looked up for each job",
        gain="? %",
        unneeded="when it is cached",
        replace=_evaluate,
    ),
    Patch(
        "snakemake.jobs:GroupJob",
        "log_error",
        "06f181dd9ac4",
        without="what is said of a failed chunk is lost",
        gain="tests/cluster: the reason of a chunk that ended is told",
        unneeded="when the event has it",
        replace=_log_error,
    ),
    Patch(
        "snakemake.jobs:GroupJob",
        "rule",
        "06f181dd9ac4",
        without="a chunk that cannot be submitted is waited for for ever",
        gain="tests/cluster: a chunk that the queue refuses",
        unneeded="when the plugin names a chunk",
        replace=_rule,
        reads="log_error",
    ),
    Patch(
        "snakemake_executor_plugin_slurm",
        "query_job_status",
        "e0a595a37ef2",
        without="jobs in the states PREEMPTED and REVOKED are waited for for ever",
        gain="tests/cluster: a job that is preempted",
        unneeded="when they count as failed",
        replace=_query_job_status,
    ),
    Patch(
        "snakemake_interface_executor_plugins.executors.remote:RemoteExecutor",
        "next_seconds_between_status_checks",
        "e371ad38e629",
        without="the queue is looked at 10 s later each time",
        gain="tests/cluster: the end of a chunk is seen within seconds",
        unneeded="when there is a limit",
        replace=_next_seconds,
    ),
]
