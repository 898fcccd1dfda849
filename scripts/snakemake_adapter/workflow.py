"""The interface for the Snakefile and its rules: the project, the plan, each stage's rule parts, and the run."""

from collections.abc import Callable
from typing import Any

from audio_pipeline.core.stage import Stage
from audio_pipeline.stages import registry

from snakemake_adapter import cluster, patches, session
from snakemake_adapter.plan import Plan
from snakemake_adapter.rule_parts import RuleParts
from snakemake_adapter.run import Run


class Workflow:
    """stages: the enabled stages, in order; targets: target name → stage name, for all stages."""

    def __init__(self, workflow: Any, config: dict[str, Any]) -> None:
        self._session = session.load(workflow, config)
        cluster.prepare_resources(self._session)
        self.run = Run(self._session)
        self._plan = Plan(self._session, self.run.begin_early)
        if workflow.is_main_process:
            in_lines = self.run.display is not None
            patches.apply(patches.Situation(self._session, self._plan.marks_folder, in_lines))
        self.stages: dict[str, Stage[Any]] = self._session.project.stages
        self.targets = {stage.target: name for name, stage in registry.every().items()}

    def everything(self) -> Callable[[Any], Any]:
        """Return the input function of the target that makes all files."""
        return self._plan.due(*self.stages)

    def due(self, stage: str) -> Callable[[Any], Any]:
        """Return the input function of a stage's target."""
        return self._plan.due(stage)

    def parts(self, stage: str) -> RuleParts:
        """Return the parts of a stage's rule that all stages have in common."""
        return RuleParts(self._session, self._plan, self.stages[stage])
