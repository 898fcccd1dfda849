"""Which files Snakemake is asked for, and which of them it must make again although they are there."""

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
from audio_pipeline.core.staleness import State, Verdict
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import PipelineError
from audio_pipeline.planning.up_to_date import UpToDateTopics

from snakemake_adapter import cluster
from snakemake_adapter.claim import claim_folder
from snakemake_adapter.session import Session, stop

_LOCK_WAIT_S = 60

F = TypeVar("F", bound=Callable[..., Any])


def asked_often(function: F) -> F:
    """Decorate what Snakemake calls for each job: it looks up the signature each time, a tenth of the planning.

    Where it does not know the second name, which is undocumented, any more, the first still spares it the most.
    """
    described: Any = function
    described.__signature__ = inspect.signature(function)
    described._overwrite_params = described.__signature__.parameters
    return function


class Plan:
    """begin_early: called as soon as it is known that there will be jobs."""

    def __init__(self, session: Session, begin_early: Callable[[], None]) -> None:
        self._session, self._begin_early = session, begin_early
        self._workflow, self._project = session.workflow, session.project
        self._marks: set[str] = set()  # written by this plan
        # (stage, slug) → what was found of a file, without its record, which is not needed any more
        self._verdicts: dict[tuple[str, str], Verdict | None] = {}

    def topic(self, slug: str) -> Topic:
        """The topic of a file that was asked for. Ends the run if there is none."""
        topics, path = self._project.topics, self._project.config.topics
        if slug not in topics:
            near = difflib.get_close_matches(slug, topics, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"add a line to {path}"
            stop(f"no topic in {path} has the slug {slug!r}; {hint}")
        return topics[slug]

    def due(self, *stages: str) -> Callable[[Any], Any]:
        """Input function of a target: the files of the topics that have something missing or stale."""
        wanted = [stage for stage in stages if stage in self._project.stages]

        def of(wildcards: Any) -> Any:
            asked: dict[str, list[str]] = {}
            everything = self._asks_for_everything()
            if not everything and self._any_missing(wanted):
                self._begin_early()  # while all topics are looked at
            for slug in self._project.topics if everything else self._unfinished(wanted):
                asked[slug] = (
                    self._mine(slug, wanted) if everything else self._missing(slug, wanted)
                )
            found = [
                file
                for slug, these in asked.items()
                for stage in these
                for file in self._project.files(stage, slug)
            ]
            if found:
                self._begin_early()
            # Nothing: an input that is there, so that Snakemake says that nothing is to be done.
            return found or self._project.config.topics

        return of

    def mark(self, stage: str) -> Callable[[Any], list[str]]:
        """Input function: a file that its record shows to be stale gets one more input, a mark newer than the file.

        The mark's name is the reason, so that `snakemake -n` shows it. A job on another node runs for a plan that has
        seen the mark already, and needs none.
        """

        @asked_often
        def of(wildcards: Any) -> list[str]:
            if not self._workflow.is_main_process:
                cluster.keep_chunk_together(self._workflow)
                return []
            self._before_planning()
            slug = wildcards.slug
            self.topic(slug)
            path = self._project.file(stage, slug)
            _clamp_time(path)
            found = self._verdict(stage, slug)
            if found and found.state is State.MISSING and os.path.isdir(path):
                reason = "not a file"  # for Snakemake it is one; the job will tell
            elif found and found.state is State.MISSING and os.path.exists(path):
                stop(f"{path}: is a FIFO or a device; move it elsewhere")
            elif found and found.state is State.STALE:
                reason = found.reason
            else:
                return []
            return [self._newer_mark(f"{stage}: {reason}", os.stat(path).st_mtime)]

        return of

    @property
    def marks_folder(self) -> str:
        return f"{self._session.output}/records/.stale/"

    def _verdict(self, stage: str, slug: str) -> Verdict | None:
        """`_judged`, once a plan."""
        if (stage, slug) not in self._verdicts:
            self._remember(stage, slug, self._judged(stage, slug))
        return self._verdicts[stage, slug]

    def _remember(self, stage: str, slug: str, found: Verdict | None) -> None:
        if found and found.matching_record:
            found = dataclasses.replace(found, matching_record=None)
        self._verdicts[stage, slug] = found

    def _judged(self, stage: str, slug: str) -> Verdict | None:
        """`Project.verdict`; a real plan confirms what the last jobs left unconfirmed, and names what is kept."""
        path, record = self._project.file(stage, slug), self._project.record(stage, slug)
        workflow = self._workflow
        try:
            found = self._project.verdict(stage, slug)
            if found and found.unconfirmed and not workflow.dryrun and workflow.is_main_process:
                production.confirm(stage, Path(path), Path(record), _LOCK_WAIT_S)
        except PipelineError as error:
            stop(error)
        if found and found.state is State.EDITED:
            self._session.tell(f"kept: {path} was edited by hand; delete it to make it again")
        return found

    def _newer_mark(self, name: str, than: float) -> str:
        """Write a mark, once a plan, with a time after `than` (seconds since 1970)."""
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
                    time.sleep(0.05)  # file systems with coarse time stamps
        except OSError as error:
            output = self._session.output
            stop(
                f"{mark}: cannot be written ({error.strerror}); free some space, or make {output} writable"
            )
        return mark

    @functools.cache  # noqa: B019  one plan a process
    def _before_planning(self) -> None:
        """Refuse what would lose files: a profile without the settings below, or a second run in the same folder."""
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
        given = {"cores": workflow.resource_settings.cores, **self._session.totals}
        for name in (name for name, value in given.items() if value == 0):
            option = "--cores 0" if name == "cores" else f"--resources {name}=0"
            stop(f"{option}: nothing could begin; expected 1 or more")
        if workflow.storage_settings and workflow.storage_settings.default_storage_provider:
            stop(
                "--default-storage-provider is not supported: outputs are compared with records that lie beside them; "
                "take it out, and copy the output folder to the storage when a run has ended"
            )
        if execution.lock and workflow.executor_plugin is not None and not workflow.dryrun:
            claim_folder(self._session)

    def _asks_for_everything(self) -> bool:
        """True if finished topics must be in the DAG too: in all but a plain run or dry run, it would show (-F, …).

        The names are Snakemake's undocumented ones: min_version and tests/workflow guard them.
        """
        dag = self._workflow.dag_settings
        plain = self._workflow.executor_plugin is not None and not self._workflow.touch
        forced = dag.forceall or dag.forcetargets or dag.forcerun
        return not plain or bool(dag.batch or forced or dag.until or dag.omit_from)

    def _mine(self, slug: str, stages: Iterable[str]) -> list[str]:
        """Those of the stages of which the topic gets a file."""
        return [stage for stage in stages if self._project.has(stage, slug)]

    def _any_missing(self, stages: list[str]) -> bool:
        """True if a new topic's file is not there: then there will be jobs."""
        new = self._current.unseen_slugs()
        files = (
            self._project.file(stage, slug) for slug in new for stage in self._mine(slug, stages)
        )
        return not all(map(os.path.exists, files))

    def _missing(self, slug: str, stages: list[str]) -> list[str]:
        """Those of the stages that Snakemake must be told of: what a missing file is made from, it finds by itself.

        (It does not look for what is missing, but a file that is there was made from: that is asked for.)
        """
        mine = self._mine(slug, stages)
        missing = [one for one in mine if not os.path.exists(self._project.file(one, slug))]
        found = {source for one in missing for source in self._project.sources(one, slug)}
        return [stage for stage in mine if stage not in found]

    @functools.cached_property
    def _current(self) -> UpToDateTopics:
        return UpToDateTopics(self._project)

    def _unfinished(self, stages: list[str]) -> list[str]:
        """Slugs of the topics that have something missing or stale in these stages, or in what they are made from."""
        due, current = [], self._current
        for slug in self._project.topics:
            if current.knows(slug):
                continue
            found = {
                stage: self._verdicts.get((stage, slug)) or self._judged(stage, slug)
                for stage in self._project.stages_of(slug)
            }
            records = {
                stage: one.matching_record
                for stage, one in found.items()
                if one and one.state is State.CURRENT and one.matching_record
            }
            if len(records) == len(found):
                current.add(slug, {stage: record.request for stage, record in records.items()})
                continue
            for stage, one in found.items():
                self._remember(stage, slug, one)
            mine = self._mine(slug, stages)
            needed = {each for stage in mine for each in self._project.needed(stage, slug)}
            if not all((one := found[stage]) and one.keep for stage in needed):
                due.append(slug)
        if self._workflow.is_main_process and not self._workflow.dryrun:
            current.store()
        return due


def _clamp_time(path: str) -> None:
    """A file from the future (clock skew, a copy) would make Snakemake delete good files: set its time to now."""
    try:
        if os.stat(path).st_mtime > time.time() + 1:
            os.utime(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        stop(
            f"{path}: its time is in the future and cannot be set ({error.strerror}); make it writable"
        )
