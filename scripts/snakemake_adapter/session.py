"""One call of snakemake: the workflow as Snakemake has read it, the user's project, and how to speak to the user."""

import functools
import gc
import sys
from typing import Any, NoReturn

from audio_pipeline import project
from audio_pipeline.core import configuration
from audio_pipeline.errors import PipelineError
from audio_pipeline.files import PROGRAMS
from audio_pipeline.project import Project
from audio_pipeline.scheduling import caps


class Session:
    """workflow: Snakemake's; totals: service → jobs of the run at once, as the command line or the caps say."""

    def __init__(self, workflow: Any, project: Project) -> None:
        self.workflow, self.project = workflow, project
        for name, total in caps.totals(project.config).items():
            workflow.global_resources.setdefault(name, total)
        self.totals = {
            name: int(workflow.global_resources[name].value) for name in project.config.caps
        }
        # With gpu: shared, a language model job takes one of these, and a picture all. (Slurm has a meaning of its own
        # for "gpu".)
        self.shared_gpu = self.totals["llm"] if caps.is_gpu_shared(project.config) else 0
        workflow.global_resources.setdefault("shared_gpu", self.shared_gpu)

    @property
    def output(self) -> str:
        return self.project.output

    @property
    def is_real(self) -> bool:
        """True if jobs will run: neither a dry run, nor --touch, nor a look at the workflow."""
        workflow = self.workflow
        return bool(
            workflow.is_main_process
            and workflow.executor_plugin
            and not (workflow.dryrun or workflow.touch)
        )

    @functools.cached_property
    def python(self) -> list[str]:
        """The interpreter of the programs: with conda, its environment's."""
        methods = self.workflow.deployment_settings.deployment_method
        return ["python"] if "CONDA" in {each.name for each in methods} else [sys.executable]

    @functools.cached_property
    def on_cluster(self) -> bool:
        """True if jobs run on nodes, or this is a node's own Snakemake."""
        plugin = self.workflow.executor_plugin
        return bool(self.workflow.remote_exec or (plugin and plugin.common_settings.non_local_exec))

    def program(self, name: str) -> str:
        return str(PROGRAMS / f"{name}.py")

    def is_quiet(self) -> bool:
        """True if nothing is to be said unless something failed: --quiet, --quiet all. A dry run always speaks."""
        shown = self.workflow.output_settings
        about = {each.name for each in shown.quiet or ()}
        silent = "ALL" in about or {"PROGRESS", "RULES"} <= about
        return silent and not shown.dryrun

    def tell(self, text: str) -> None:
        """Print what a user should know, and need do nothing about."""
        if self.workflow.is_main_process and not self.is_quiet():
            print(text, file=sys.stderr)


def load(workflow: Any, config: dict[str, Any]) -> Session:
    """The session of a Snakefile. config: what --config and --configfile say."""
    gc.disable()  # until the first job: planning makes many objects, and next to no garbage
    try:
        found = project.load([("--configfile or --config", configuration.typed(config))])
    except PipelineError as error:
        stop(error)
    session = Session(workflow, found)
    for warning in found.warnings:
        session.tell(f"warning: {warning}")
    return session


def stop(error: object, code: int = 1) -> NoReturn:
    """End with the message alone: a traceback into these files would help nobody."""
    for line in str(error).splitlines():
        print(f"error: {line}", file=sys.stderr)
    sys.exit(code)
