"""Run snakemake for cron and systemd timers, without output unless something failed. Takes snakemake's arguments.

Snakemake prints the name of its profile even with --quiet: so the contents of profiles/default are passed as arguments
instead.
"""

import os
import sys
from pathlib import Path

import yaml

WORKFLOW = Path(__file__).resolve().parents[1]


def defaults() -> list[str]:
    """Return the profile as arguments. The last one takes exactly one value, lest it take the user's arguments."""
    profile = yaml.safe_load((WORKFLOW / "profiles/default/config.yaml").read_text())
    arguments = []
    for key, value in {**profile, "quiet": ["host", "progress", "rules"]}.items():
        if value is True:
            arguments.append(f"--{key}")
        else:
            arguments += [f"--{key}", *map(str, value if isinstance(value, list) else [value])]
    return [*arguments, "--snakefile", str(WORKFLOW / "Snakefile"), "--workflow-profile", "none"]


def main() -> None:
    command = [sys.executable, "-m", "snakemake", *defaults(), *sys.argv[1:]]
    os.execv(sys.executable, command)


if __name__ == "__main__":
    main()
