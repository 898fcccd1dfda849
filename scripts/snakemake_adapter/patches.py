"""The table of patches to Snakemake 9.27 and its Slurm plugin 2.8, for what no setting does: PATCHES.

In a version where a patched name is missing, that patch is skipped. A test per row (tests/workflow/test_patches.py)
fails when the replaced source has changed: read it, check that the patch is still correct and needed, measure (make
bench ARGS="--only patches"), and write the new digest into the row.
"""

import functools
import importlib
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from snakemake_adapter import slurm_log
from snakemake_adapter.session import Session

_NO_FLAGS: dict[str, Any] = {}
_applied = False


@dataclass(frozen=True)
class Patch:
    """A function or property that is replaced.

    of: its module, with :class if any; name: its name; digest: the first digits of the SHA-256 of its source, or of the
    source of `reads` if upstream lacks the name; without: what happens without the patch; gain: how much more processor
    time a dry run of 6,000 new topics takes without it, or the test that fails then; unneeded: what upstream would have
    to do; replace: returns the replacement of the original.
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
        """The class or module. Returns None if the plugin is not loaded or the version lacks it."""
        module, _, kind = self.of.partition(":")
        if module.startswith("snakemake_executor_plugin") and module not in sys.modules:
            return None
        try:
            imported = importlib.import_module(module)
        except ImportError:
            return None
        return getattr(imported, kind, None) if kind else imported

    def apply(self, situation: "Situation") -> None:
        owner = self.owner
        if owner is not None and (self.name in vars(owner)) is not bool(self.reads):
            setattr(owner, self.name, self.replace(vars(owner).get(self.name), situation))


@dataclass(frozen=True)
class Situation:
    """The context of the patches. marks: the folder of the marks; in_lines: `-n` shows one line per job."""

    session: Session
    marks: str
    in_lines: bool


def apply(situation: Situation) -> None:
    """Apply all patches, once per process."""
    global _applied
    if not _applied:
        _applied = True
        for patch in PATCHES:
            patch.apply(situation)


def _conda_env_spec(original: Any, situation: Situation) -> Any:
    return property(lambda job: job.rule.expand_conda_env(job.wildcards_dict))


def _is_valid(original: Any, situation: Situation) -> Any:
    """Check only that the names of log and benchmark can be formatted."""
    return lambda job: (job.log, job.benchmark)


def _check_directory_outputs(original: Any, situation: Situation) -> Any:
    """Skip the check: no output is a folder."""
    return lambda dag: None


def _is_storage(original: Any, situation: Situation) -> Any:
    def is_storage(self: Any) -> bool:
        return bool(getattr(self._file, "_flags", _NO_FLAGS).get("storage_object"))

    return property(is_storage)


def _scheduler_resources(original: property, situation: Situation) -> Any:
    """Skip the resources in a dry run, where no job waits for cores or slots."""

    def resources(self: Any) -> Any:
        assert original.fget
        return {} if self.dag.workflow.dryrun else original.fget(self)

    return property(resources)


def _log_info(original: Callable[..., Any], situation: Situation) -> Any:
    @functools.wraps(original)
    def in_a_line(self: Any, *arguments: Any, **options: Any) -> Any:
        if not self.dag.workflow.dryrun or not situation.in_lines:
            return original(self, *arguments, **options)
        quiet = situation.session.workflow.output_settings.quiet or ()
        if not self.rule.norun and not any(option.name == "RULES" for option in quiet):
            line = f"{', '.join(self.output)}  ({_reason_of(self, situation.marks)})"
            logging.getLogger("snakemake.logging").info(line)

    return in_a_line


def _reason_of(job: Any, marks: str) -> str:
    """Return the reason why a job would run. A mark is named after its reason (plan.py)."""
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


def _log_error(original: Callable[..., None], situation: Situation) -> Any:
    """Keep an executor's message about a failed group as `reason` of the event."""

    @functools.wraps(original)
    def with_reason(self: Any, msg: Any = None, aux_logs: Any = None, **options: Any) -> None:
        original(self, msg, aux_logs, reason=msg, **options)

    return with_reason


def _rule(original: Any, situation: Situation) -> Any:
    return property(lambda chunk: next(iter(chunk.jobs)).rule)


def _query_job_status(original: Callable[..., Any], situation: Situation) -> Any:
    @functools.wraps(original)
    async def query(*arguments: Any, **options: Any) -> Any:
        states, seconds = await original(*arguments, **options)
        for number, state in (states or {}).items():
            if state in slurm_log.WAITED_FOR:
                states[number] = "FAILED"
        return states, seconds

    return query


def _next_seconds(original: property, situation: Situation) -> Any:
    """Limit the polling interval to --seconds-between-status-checks."""

    def pause_s(self: Any) -> Any:
        assert original.fget
        settings = self.workflow.remote_execution_settings
        return min(original.fget(self), settings.seconds_between_status_checks)

    return property(pause_s, original.fset)


PATCHES = [
    Patch(
        "snakemake.jobs:Job",
        "conda_env_spec",
        "4a98328beada",
        without="each job's params are built once more",
        gain="11 %",
        unneeded="when it is evaluated without params",
        replace=_conda_env_spec,
    ),
    Patch(
        "snakemake.jobs:Job",
        "is_valid",
        "74609fe12019",
        without="each job's log path is formatted once more",
        gain="2 %",
        unneeded="when it is formatted once",
        replace=_is_valid,
    ),
    Patch(
        "snakemake.jobs:Job",
        "scheduler_resources",
        "14e0deb3be34",
        without="a dry run evaluates resources that no job waits for",
        gain="21 %",
        unneeded="when dry runs skip it",
        replace=_scheduler_resources,
    ),
    Patch(
        "snakemake.jobs:Job",
        "log_info",
        "f24bb879faed",
        without="`-n` shows ten lines per job, without the workflow's reason",
        gain="101 %",
        unneeded="when there is a one-line format",
        replace=_log_info,
    ),
    Patch(
        "snakemake.dag:DAG",
        "check_directory_outputs",
        "d5a17c047b46",
        without="all paths are sorted and compared",
        gain="8 %",
        unneeded="when it is skipped if no output is a folder",
        replace=_check_directory_outputs,
    ),
    Patch(
        "snakemake.io:_IOFile",
        "is_storage",
        "430c5832e179",
        without="a slow property is read thirty times per job",
        gain="3 %",
        unneeded="when it is cached",
        replace=_is_storage,
    ),
    Patch(
        "snakemake.jobs:GroupJob",
        "log_error",
        "06f181dd9ac4",
        without="the executor's message about a failed chunk is lost",
        gain="test_a_chunk_that_sbatch_refuses_is_told_with_the_reason",
        unneeded="when the event has it",
        replace=_log_error,
    ),
    Patch(
        "snakemake.jobs:GroupJob",
        "rule",
        "06f181dd9ac4",
        without="the run waits for ever for a chunk that cannot be submitted",
        gain="test_a_chunk_that_cannot_be_submitted_is_told_and_not_waited_for",
        unneeded="when the plugin names a chunk",
        replace=_rule,
        reads="log_error",
    ),
    Patch(
        "snakemake_executor_plugin_slurm",
        "query_job_status",
        "e0a595a37ef2",
        without="the run waits for ever for jobs in the states PREEMPTED and REVOKED",
        gain="test_a_job_that_has_to_give_way_ends_the_wait_and_is_told",
        unneeded="when they count as failed",
        replace=_query_job_status,
    ),
    Patch(
        "snakemake_interface_executor_plugins.executors.remote:RemoteExecutor",
        "next_seconds_between_status_checks",
        "e371ad38e629",
        without="the polling interval grows by 10 s each time",
        gain="test_the_queue_is_polled_as_often_as_the_option_says",
        unneeded="when there is a limit",
        replace=_next_seconds,
    ),
]
