"""A run for cron and systemd timers: nothing is written unless something failed. Takes the arguments of snakemake.

Snakemake names the profile that it uses on every run, whatever --quiet says: so what profiles/default holds is given
as arguments here, and no profile is used.
"""

import os
import sys
from pathlib import Path

import yaml

WORKFLOW = Path(__file__).resolve().parents[1]


def defaults() -> list[str]:
    """The profile as arguments. The last one takes exactly one value, so that what follows is not taken for its."""
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
