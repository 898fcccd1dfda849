"""Select the files to request from Snakemake, and the existing ones that it must make again."""

import dataclasses
import difflib
import functools
import inspect
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from audio_pipeline import files
from audio_pipeline.core import production
from audio_pipeline.core.staleness import State, Verdict, kept_edits
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import PipelineError
from audio_pipeline.planning.up_to_date import UpToDateTopics

from snakemake_adapter import cluster
from snakemake_adapter.claim import claim_folder
from snakemake_adapter.session import Session, stop

_LOCK_WAIT_S = 60

F = TypeVar("F", bound=Callable[..., Any])


def cached_signature(function: F) -> F:
    """Decorate a function that Snakemake calls for each job: looking up signatures takes a tenth of the planning.

    `_overwrite_params` is undocumented; without it, `__signature__` still saves most of that time.
    """
    decorated: Any = function
    decorated.__signature__ = inspect.signature(function)
    decorated._overwrite_params = decorated.__signature__.parameters
    return function


class Plan:
    """The files that are due. begin_early: called with a stage as soon as it is known that there will be jobs."""

    def __init__(self, session: Session, begin_early: Callable[[str], None]) -> None:
        self._session, self._begin_early = session, begin_early
        self._workflow, self._project = session.workflow, session.project
        self._marks: set[str] = set()  # written by this plan
        # by (stage, slug), without the matching record, to save memory
        self._verdicts: dict[tuple[str, str], Verdict | None] = {}

    def topic(self, slug: str) -> Topic:
        """Return the topic of a requested file. Ends the run if there is none."""
        topics, path = self._project.topics, self._project.config.topics
        if slug not in topics:
            near = difflib.get_close_matches(slug, topics, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"add a line to {path}"
            stop(f"no topic in {path} has the slug {slug!r}; {hint}")
        return topics[slug]

    def due(self, *stages: str) -> Callable[[Any], Any]:
        """Return the input function of a target: the files of the topics that have something missing or stale."""
        enabled = [stage for stage in stages if stage in self._project.stages]

        def due_files(wildcards: Any) -> Any:
            requested: dict[str, list[str]] = {}
            everything = self._needs_everything()
            if not everything and self._any_missing(enabled):
                self._begin_early(next(iter(self._project.stages)))  # while all topics are examined
            for slug in self._project.topics if everything else self._unfinished(enabled):
                requested[slug] = (
                    self._stages_of(slug, enabled) if everything else self._targets(slug, enabled)
                )
            due = [
                file
                for slug, names in requested.items()
                for stage in names
                for file in self._project.files(stage, slug)
            ]
            # An input that exists makes Snakemake report that there is nothing to be done.
            return due or self._project.config.topics

        return due_files

    def mark(self, stage: str) -> Callable[[Any], list[str]]:
        """Return an input function that gives a stale file one more input: a mark that is newer than the file.

        The mark is named after the reason, so that `snakemake -n` shows it. Jobs on cluster nodes need no mark: the
        main process has planned them.
        """

        @cached_signature
        def marks(wildcards: Any) -> list[str]:
            if not self._workflow.is_main_process:
                cluster.keep_chunk_together(self._workflow)
                return []
            self._before_planning()
            slug = wildcards.slug
            self.topic(slug)
            path = self._project.file(stage, slug)
            _clamp_time(path)
            verdict = self._verdict(stage, slug)
            if verdict and verdict.state is State.MISSING and os.path.isdir(path):
                reason = "not a file"  # Snakemake accepts folders; the job reports it
            elif verdict and verdict.state is State.MISSING and os.path.exists(path):
                stop(f"{path}: is a FIFO or a device; move it elsewhere")
            elif verdict and verdict.state is State.STALE:
                reason = verdict.reason
            else:
                return []
            return [self._newer_mark(f"{stage}: {reason}", os.stat(path).st_mtime)]

        return marks

    @property
    def marks_folder(self) -> str:
        return f"{self._session.output}/records/.stale/"

    def _verdict(self, stage: str, slug: str) -> Verdict | None:
        """Return the cached result of `_compute_verdict`."""
        if (stage, slug) not in self._verdicts:
            self._remember(stage, slug, self._compute_verdict(stage, slug))
        return self._verdicts[stage, slug]

    def _remember(self, stage: str, slug: str, verdict: Verdict | None) -> None:
        if verdict and verdict.matching_record:
            verdict = dataclasses.replace(verdict, matching_record=None)
        self._verdicts[stage, slug] = verdict

    def _compute_verdict(self, stage: str, slug: str) -> Verdict | None:
        """Return `Project.verdict`; in a real plan, confirm unconfirmed records, and report edited files."""
        path, record = self._project.file(stage, slug), self._project.record(stage, slug)
        workflow = self._workflow
        try:
            verdict = self._project.verdict(stage, slug)
            if verdict and verdict.unconfirmed and not workflow.dryrun and workflow.is_main_process:
                production.confirm(stage, Path(path), Path(record), _LOCK_WAIT_S)
        except PipelineError as error:
            stop(error)
        if verdict and verdict.state is State.EDITED:
            self._session.report(f"kept: {path} {kept_edits(verdict.reason)}")
        return verdict

    def _newer_mark(self, name: str, than: float) -> str:
        """Write a mark with a modification time after `than` (seconds since 1970), at most once per plan."""
        mark = f"{self.marks_folder}{name}"
        try:
            os.makedirs(os.path.dirname(mark), exist_ok=True)
            while mark not in self._marks or os.stat(mark).st_mtime <= than:
                # New content: Snakemake compares small inputs by checksum.
                with files.open_or_create(mark) as file:
                    file.truncate(0)
                    file.write(str(time.time()).encode())
                self._marks.add(mark)
                if os.stat(mark).st_mtime <= than:
                    time.sleep(0.05)  # file systems with coarse timestamps
        except OSError as error:
            output = self._session.output
            stop(
                f"{mark}: cannot be written ({error.strerror}); free some space, or make {output} writable"
            )
        return mark

    @functools.cache  # noqa: B019  one plan per process
    def _before_planning(self) -> None:
        """Refuse settings that would lose files, and a second run in the same output folder."""
        workflow = self._workflow
        execution, dag = workflow.execution_settings, workflow.dag_settings
        if execution is None or not workflow.is_main_process:
            return
        triggers = {trigger.name for trigger in dag.rerun_triggers}
        if not (execution.keep_incomplete and dag.force_incomplete) or triggers != {"MTIME"}:
            stop(
                "the profile lacks keep-incomplete: true, rerun-incomplete: true or rerun-triggers: [mtime]; "
                "add them, as in profiles/default/config.yaml"
            )
        limits = {"cores": workflow.resource_settings.cores, **self._session.totals}
        for name in (name for name, value in limits.items() if value == 0):
            option = "--cores 0" if name == "cores" else f"--resources {name}=0"
            stop(f"{option}: no job could start; expected 1 or more")
        if workflow.storage_settings and workflow.storage_settings.default_storage_provider:
            stop(
                "--default-storage-provider is not supported: outputs are compared with the records in their folder; "
                "remove it, and copy the output folder to the storage after the run"
            )
        if execution.lock and workflow.executor_plugin is not None and not workflow.dryrun:
            claim_folder(self._session)

    def _needs_everything(self) -> bool:
        """True if the DAG needs finished topics too: for all but a plain run or dry run (-F, --touch, …).

        Uses undocumented names of Snakemake; min_version and tests/workflow guard them.
        """
        dag = self._workflow.dag_settings
        plain = self._workflow.executor_plugin is not None and not self._workflow.touch
        forced = dag.forceall or dag.forcetargets or dag.forcerun
        return not plain or bool(dag.batch or forced or dag.until or dag.omit_from)

    def _stages_of(self, slug: str, stages: Iterable[str]) -> list[str]:
        """Return those of the stages that apply to the topic."""
        return [stage for stage in stages if self._project.has(stage, slug)]

    def _any_missing(self, stages: list[str]) -> bool:
        """True if a file of a new topic is missing: then there will be jobs."""
        new = self._up_to_date.unseen_slugs()
        files = (self._project.file(s, slug) for slug in new for s in self._stages_of(slug, stages))
        return not all(map(os.path.exists, files))

    def _targets(self, slug: str, stages: list[str]) -> list[str]:
        """Return the stages to request: Snakemake finds the sources of missing files by itself.

        The sources of an existing file are requested too, since Snakemake does not make those again.
        """
        applicable = self._stages_of(slug, stages)
        missing = [
            name for name in applicable if not os.path.exists(self._project.file(name, slug))
        ]
        implied = {source for name in missing for source in self._project.sources(name, slug)}
        return [stage for stage in applicable if stage not in implied]

    @functools.cached_property
    def _up_to_date(self) -> UpToDateTopics:
        return UpToDateTopics(self._project)

    def _unfinished(self, stages: list[str]) -> list[str]:
        """Return the slugs of topics with a missing or stale file in these stages or in their sources."""
        due, cache = [], self._up_to_date
        for slug in self._project.topics:
            if cache.knows(slug):
                continue
            verdicts = {
                stage: self._verdicts.get((stage, slug)) or self._compute_verdict(stage, slug)
                for stage in self._project.stages_of(slug)
            }
            records = {
                stage: verdict.matching_record
                for stage, verdict in verdicts.items()
                if verdict and verdict.state is State.CURRENT and verdict.matching_record
            }
            if len(records) == len(verdicts):
                cache.add(slug, {stage: record.request for stage, record in records.items()})
                continue
            for stage, verdict in verdicts.items():
                self._remember(stage, slug, verdict)
            applicable = self._stages_of(slug, stages)
            needed = {name for stage in applicable for name in self._project.needed(stage, slug)}
            outdated = [
                stage
                for stage, verdict in verdicts.items()
                if stage in needed and not (verdict and verdict.keep)
            ]
            if outdated:
                self._begin_early(outdated[0])
                due.append(slug)
        if self._workflow.is_main_process and not self._workflow.dryrun:
            cache.store()
        return self._with_translations(due)

    def _with_translations(self, due: list[str]) -> list[str]:
        """Add the translations of topics that are due, as they may follow; Snakemake makes only those that do."""
        translations = self._project.translations
        more = {each for slug in due for each in translations.get(slug, ())}
        return [slug for slug in self._project.topics if slug in {*due, *more}] if more else due


def _clamp_time(path: str) -> None:
    """Set a modification time in the future (clock skew, a copy) to now; Snakemake would delete good files for it."""
    try:
        if os.stat(path).st_mtime > time.time() + 1:
            os.utime(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        stop(
            f"{path}: modified in the future, and its time cannot be reset ({error.strerror}); make it writable"
        )
