"""Conventions of the repository that no linter knows."""

import re
import subprocess

from direct import ROOT


def test_make_help_lists_each_target_once():
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    )

    listed = re.findall(r"^make (?:(\S+) )?", shown.stdout, re.M)
    assert [name or "run" for name in listed] == phony[1].split()
