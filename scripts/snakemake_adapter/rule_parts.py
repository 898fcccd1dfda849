"""What the rules of all stages share, each ready for its directive: see rules/*.smk."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_pipeline.core.stage import Stage
from snakemake.io import report
from snakemake.ioflags import update

from snakemake_adapter import cluster
from snakemake_adapter.plan import Plan, asked_often
from snakemake_adapter.session import Session

Function = Callable[[Any], Any]


class RuleParts:
    """The parts of one stage's rule; `input: **s.inputs` and so on, with this as `s`.

    inputs: a file for each role, and the mark of a stale file; outputs: `file`, and one named by its ending for each
    file beside it; log, priority, group, local (localrule), threads, resources, params: as the directives' names say.
    params: python, program, topic (a line as in topics.txt), record, and the inputs as options, those that there are.
    """

    def __init__(self, session: Session, plan: Plan, stage: Stage[Any]) -> None:
        self._session, self._plan, self._stage = session, plan, stage
        self._project, self._config = session.project, session.project.config
        name, computes = stage.name, stage.computes(self._config)
        position = {slug: number for number, slug in enumerate(self._project.topics)}
        self._priority = {slug: len(position) - number for slug, number in position.items()}
        self.target: Function = plan.due(name)
        inputs = {role: self._input(role) for role in stage.sources}
        self.inputs: dict[str, Any] = {role: one for role, one in inputs.items() if one}
        self.inputs["mark"] = plan.mark(name)
        self.outputs = {"file": self._output("")} | {
            ending[1:]: self._output(ending) for ending in stage.beside
        }
        self.log = self._project.log(name, "{slug}")
        self.group = "topics" if computes else None
        self.local = cluster.waits(session, stage)
        self.threads = self._threads()
        self.resources = self._resources()
        self.params = {
            "python": session.python,
            "program": session.program(stage.rule),
            "topic": self._topic_line(),
            "record": self._project.record(name, "{slug}"),
            "inputs": self._options(),
        }

    @property
    def priority(self) -> Function:
        """Topics are finished in the order of the file; on a shared GPU, all texts are made before the pictures."""
        last = (
            len(self._priority) if self._session.shared_gpu and self._stage.service == "sd" else 0
        )

        @asked_often
        def of(wildcards: Any) -> int:
            return self._priority.get(wildcards.slug, 0) - last

        return of

    def _input(self, role: str) -> str | Function | None:
        """The file of a role. Returns None if no topic has one, and a function if they differ."""
        if self._project.is_uniform:
            any_slug = next(iter(self._project.topics))
            stage = self._project.inputs(self._stage.name, any_slug).get(role)
            return self._project.file(stage, "{slug}") if stage else None

        @asked_often
        def of(wildcards: Any) -> str | list[str]:
            slug = self._plan.topic(wildcards.slug).slug
            stage = self._project.inputs(self._stage.name, slug).get(role)
            return self._project.file(stage, slug) if stage else []

        return of

    def _options(self) -> Callable[[Any, Any], Any]:
        """The inputs as arguments of the program: --script FILE --audio FILE."""

        @asked_often
        def of(wildcards: Any, input: Any) -> list[str]:
            found = ((role, getattr(input, role, None)) for role in self._stage.sources)
            return [word for role, file in found if file for word in (f"--{role}", str(file))]

        return of

    def _topic_line(self) -> Function:
        @asked_often
        def of(wildcards: Any) -> str:
            return self._plan.topic(wildcards.slug).line_text

        return of

    def _output(self, ending: str) -> Any:
        """An output file: it stays until the new one takes its place, and has its place in `snakemake --report`."""
        path = self._project.file(self._stage.name, "{slug}")
        if ending:
            path = path.rpartition(".")[0] + ending
        suffix = Path(path).suffix

        def labels(wildcards: Any) -> dict[str, str]:
            topic = self._plan.topic(wildcards.slug)
            language = self._project.language(self._stage.name, topic.slug)
            file = topic.slug + suffix
            return {"topic": _as_label(topic.text), "language": language, "file": file}

        category = self._stage.category or self._stage.noun[1].capitalize()
        return update(report(path, caption="report/file.rst", category=category, labels=labels))

    def _threads(self) -> Any:
        """0: it waits for a service, or for the embedded engine, which is another process."""
        if self._stage.service is None:
            return self._stage.threads
        if self.local:
            return 0
        draws = self._project.settings_of(self._stage.name).engine == "card"

        @asked_often
        def of(wildcards: Any) -> int:
            # Slurm refuses 0. (Which executor it is, is not known before the jobs are planned.)
            return 1 if draws or self._session.on_cluster else 0

        return of

    def _resources(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if service := self._stage.service:
            found[service] = self._slots
            if service != "tts":
                whole = self._session.shared_gpu
                found["shared_gpu"] = whole if service == "sd" else min(whole, 1)

        @asked_often
        def in_chunk(wildcards: Any) -> int:
            return int(cluster.is_one_at_a_time(self._session, self._stage))

        return {**found, "in_chunk": in_chunk}

    @property
    def _slots(self) -> Any:
        """Of the service's cap. On one machine cards are bound by its cores alone."""
        if self._project.settings_of(self._stage.name).engine != "card":
            return 1

        @asked_often
        def of(wildcards: Any) -> int:
            return int(self._session.on_cluster)

        return of


def _as_label(text: str) -> str:
    """The text as it is, in `snakemake --report`: that puts labels into a script, and takes braces for wildcards.

    Behind each of these signs comes U+2060, which is not seen and has no width.
    """
    return re.sub("[<{]", "\\g<0>\u2060", text)
