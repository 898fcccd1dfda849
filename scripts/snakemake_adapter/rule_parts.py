"""The common parts of all stages' rules, ready for the directives in rules/*.smk."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_pipeline.core.stage import Stage
from audio_pipeline.files import PROGRAMS
from snakemake.io import report
from snakemake.ioflags import update

from snakemake_adapter import cluster
from snakemake_adapter.plan import Plan, cached_signature
from snakemake_adapter.session import Session

Function = Callable[[Any], Any]


class RuleParts:
    """The parts of one stage's rule.

    mark: the mark of a stale file; log, priority, group, local (localrule), threads, resources: for the directives of
    these names; params: python, scripts (the folder of the programs), topic (a line as in topics.txt), record, and
    inputs (the existing inputs as options).
    """

    def __init__(self, session: Session, plan: Plan, stage: Stage[Any]) -> None:
        self._session, self._plan, self._stage = session, plan, stage
        self._project, self._config = session.project, session.project.config
        name, computes = stage.name, stage.computes(self._config)
        position = {slug: number for number, slug in enumerate(self._project.topics)}
        self._priority = {slug: len(position) - number for slug, number in position.items()}
        self.target: Function = plan.due(name)
        self.mark: Function = plan.mark(name)
        self.log = self._project.log(name, "{slug}")
        self.group = "topics" if computes else None
        self.local = cluster.waits(session, stage)
        self.threads = self._threads()
        self.resources = self._resources()
        self.params = {
            "python": session.python,
            "scripts": str(PROGRAMS),
            "topic": self._topic_line(),
            "record": self._project.record(name, "{slug}"),
            "inputs": self._options(),
        }

    @property
    def priority(self) -> Function:
        """Prefer topics in the order of their file; on a shared GPU, put all texts before the pictures."""
        last = (
            len(self._priority) if self._session.shared_gpu and self._stage.service == "sd" else 0
        )

        @cached_signature
        def priority(wildcards: Any) -> int:
            return self._priority.get(wildcards.slug, 0) - last

        return priority

    def input(self, role: str) -> str | list[str] | Function:
        """Return the path of a role's file, [] if no topic has one, or a function if topics differ."""
        if self._project.is_uniform:
            any_slug = next(iter(self._project.topics))
            stage = self._project.inputs(self._stage.name, any_slug).get(role)
            return self._project.file(stage, "{slug}") if stage else []

        @cached_signature
        def path(wildcards: Any) -> str | list[str]:
            slug = self._plan.topic(wildcards.slug).slug
            source = self._project.all_inputs(self._stage.name, slug).get(role)
            return self._project.file(*source) if source else []

        return path

    def _options(self) -> Callable[[Any, Any], Any]:
        """Return the inputs as arguments of the program: --script FILE --audio FILE."""

        @cached_signature
        def options(wildcards: Any, input: Any) -> list[str]:
            paths = ((role, getattr(input, role, None)) for role in self._stage.sources)
            return [word for role, path in paths if path for word in (f"--{role}", str(path))]

        return options

    def _topic_line(self) -> Function:
        @cached_signature
        def topic_line(wildcards: Any) -> str:
            return self._plan.topic(wildcards.slug).line_text

        return topic_line

    def output(self, path: str) -> Any:
        """Return an output file that is kept until it is replaced, and listed in `snakemake --report`.

        path: in the output folder.
        """
        suffix = Path(path).suffix

        def labels(wildcards: Any) -> dict[str, str]:
            topic = self._plan.topic(wildcards.slug)
            language = self._project.language(self._stage.name, topic.slug)
            file = topic.slug + suffix
            return {"topic": _as_label(topic.text), "language": language, "file": file}

        category = self._stage.category or self._stage.noun[1].capitalize()
        file = f"{self._project.output}/{path}"
        return update(report(file, caption="report/file.rst", category=category, labels=labels))

    def _threads(self) -> Any:
        """Return the threads; 0 for jobs that only wait for a service or an embedded engine's process."""
        if self._stage.service is None:
            return self._stage.threads
        if self.local:
            return 0
        draws = self._project.settings_of(self._stage.name).engine == "card"

        @cached_signature
        def threads(wildcards: Any) -> int:
            # Slurm refuses 0. (The executor is not known before the jobs are planned.)
            return 1 if draws or self._session.on_cluster else 0

        return threads

    def _resources(self) -> dict[str, Any]:
        resources: dict[str, Any] = {}
        if service := self._stage.service:
            resources[service] = self._slots
            if service != "tts":
                gpu = self._session.shared_gpu
                resources["shared_gpu"] = gpu if service == "sd" else min(gpu, 1)

        @cached_signature
        def in_chunk(wildcards: Any) -> int:
            return int(cluster.is_one_at_a_time(self._session, self._stage))

        return {**resources, "in_chunk": in_chunk}

    @property
    def _slots(self) -> Any:
        """Return the slots of the service's cap that a job takes. On one machine, only the cores limit title cards."""
        if self._project.settings_of(self._stage.name).engine != "card":
            return 1

        @cached_signature
        def slots(wildcards: Any) -> int:
            return int(self._session.on_cluster)

        return slots


def _as_label(text: str) -> str:
    """Protect a label of `snakemake --report`, which puts labels into a script and expands braces as wildcards.

    Inserts U+2060, which is invisible and has no width, after each of these characters.
    """
    return re.sub("[<{]", "\\g<0>\u2060", text)
