# Purpose: plans of thousands of jobs in less time and memory: Snakemake does without what no job here needs
# Inputs:  Snakemake's own classes (9.27): undocumented names, which tests/workflow/test_planning.py guards
# Outputs: the same plans; `snakemake -n` shows a line for each job, in place of Snakemake's ten

# Each of these is a part of the time that 10,000 topics take. Upstream they would be: an environment found without its
# params, the check for folders left out where there are none, one look for pipes a job, and no shell command, params
# and resources of jobs that are only shown.

import logging


def conda_env_spec(self):
    """Its environment depends on no params: they need not be built to find it."""
    return self.rule.expand_conda_env(self.wildcards_dict)


def is_valid(self):
    """Whether its log can be named: it is named once, and not anew each time."""
    return self.log, self.benchmark


def is_pipe_or_service_input(self, path):
    """There is none. Snakemake would ask each job for each file of `all`."""
    return False


def check_directory_outputs(self):
    """Nothing to check: no output is a folder. Snakemake would sort and compare all paths."""


def is_storage(self):
    """What Snakemake's own says, but quickly: it is asked thirty times a job."""
    return bool(getattr(self._file, "_flags", NO_FLAGS).get("storage_object"))


NO_FLAGS = {}


@functools.cache
def shared(cls, name=None):
    """One guard of each name for all: each list of files or wildcards has two."""
    return object.__new__(cls)


def without_resources(scheduler_resources):
    """In a dry run no job waits for another's cores or turns: what it would hold need not be found out."""

    def of(self):
        return {} if self.dag.workflow.dryrun else scheduler_resources.fget(self)

    return of


def in_a_line(log_info):
    """What `snakemake -n` shows of a job; with -p, --verbose or a logger of the user's, all that Snakemake does."""

    @functools.wraps(log_info)
    def told(self, *arguments, **options):
        if not self.dag.workflow.dryrun or display is None:
            return log_info(self, *arguments, **options)
        if not self.rule.norun and not any(
            each.name == "RULES" for each in workflow.output_settings.quiet or ()
        ):
            logging.getLogger("snakemake.logging").info(
                f"{', '.join(self.output)}  ({why(self)})"
            )

    return told


def why(job):
    """Why a job would be done. A mark is named by its reason (see stale)."""
    reason, marks = job.dag.reason(job), f"{OUT}/records/.stale/"
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


def mend():
    from snakemake.dag import DAG
    from snakemake.io import _IOFile
    from snakemake.iocontainers import AttributeGuard
    from snakemake.jobs import Job
    from snakemake.resources import Resource

    if hasattr(Job.log_info, "__wrapped__"):
        return  # by an earlier look at this file
    replaced = (
        (Job, conda_env_spec),
        (Job, is_valid),
        (Job, is_pipe_or_service_input),
        (DAG, check_directory_outputs),
        (_IOFile, is_storage),
    )
    for owner, function in replaced:
        had = vars(owner)[function.__name__]
        change = property(function) if isinstance(had, property) else function
        setattr(owner, function.__name__, change)
    Job.scheduler_resources = property(without_resources(Job.scheduler_resources))
    Job.log_info = in_a_line(Job.log_info)
    AttributeGuard.__new__ = shared
    asked_often(Resource.evaluate)


if workflow.is_main_process:
    try:
        mend()
    except (ImportError, AttributeError, KeyError):
        pass  # another Snakemake: it is as slow, and says as much, as it always did
