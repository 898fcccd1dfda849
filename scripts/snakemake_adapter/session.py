"""One call of snakemake: its workflow object, the user's project, and messages to the user."""

import functools
import gc
import sys
from typing import Any, NoReturn

from audio_pipeline import project
from audio_pipeline.core import schema
from audio_pipeline.errors import PipelineError
from audio_pipeline.files import PROGRAMS
from audio_pipeline.project import Project
from audio_pipeline.scheduling import caps


class Session:
    """One call of snakemake. workflow: Snakemake's; totals: service → concurrent jobs, by command line or caps."""

    def __init__(self, workflow: Any, project: Project) -> None:
        self.workflow, self.project = workflow, project
        for name, total in caps.totals(project.config).items():
            workflow.global_resources.setdefault(name, total)
        self.totals = {
            name: int(workflow.global_resources[name].value) for name in project.config.caps
        }
        # With gpu: shared, a language model's job takes one of these, a picture all. (Slurm reserves the name "gpu".)
        self.shared_gpu = self.totals["llm"] if caps.is_gpu_shared(project.config) else 0
        workflow.global_resources.setdefault("shared_gpu", self.shared_gpu)

    @property
    def output(self) -> str:
        return self.project.output

    @property
    def is_real(self) -> bool:
        """True if jobs will run: not with -n, --touch or options that only show the workflow."""
        workflow = self.workflow
        return bool(
            workflow.is_main_process
            and workflow.executor_plugin
            and not (workflow.dryrun or workflow.touch)
        )

    @functools.cached_property
    def python(self) -> list[str]:
        """The interpreter that runs the programs; with conda, that of its environment."""
        methods = self.workflow.deployment_settings.deployment_method
        return ["python"] if "CONDA" in {method.name for method in methods} else [sys.executable]

    @functools.cached_property
    def on_cluster(self) -> bool:
        """True if jobs run on cluster nodes, or this is the Snakemake of a node."""
        plugin = self.workflow.executor_plugin
        return bool(self.workflow.remote_exec or (plugin and plugin.common_settings.non_local_exec))

    def program(self, name: str) -> str:
        return str(PROGRAMS / f"{name}.py")

    def is_quiet(self) -> bool:
        """True if only failures are to be shown: --quiet, --quiet all. A dry run is never quiet."""
        settings = self.workflow.output_settings
        quiet = {option.name for option in settings.quiet or ()}
        silent = "ALL" in quiet or {"PROGRESS", "RULES"} <= quiet
        return silent and not settings.dryrun

    def report(self, text: str) -> None:
        """Print a line for the user that asks for no action."""
        if self.workflow.is_main_process and not self.is_quiet():
            print(text, file=sys.stderr)


def load(workflow: Any, config: dict[str, Any]) -> Session:
    """Load the session of a Snakefile. config: the values of --config and --configfile."""
    gc.disable()  # until the first job: planning creates many objects, but hardly any garbage
    try:
        loaded = project.load([("--configfile or --config", schema.typed(config))])
    except PipelineError as error:
        stop(error)
    session = Session(workflow, loaded)
    for warning in loaded.warnings:
        session.report(f"warning: {warning}")
    return session


def stop(error: object, code: int = 1) -> NoReturn:
    """Exit with the message alone, without a traceback."""
    for line in str(error).splitlines():
        print(f"error: {line}", file=sys.stderr)
    sys.exit(code)
