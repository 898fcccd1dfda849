"""Conventions of the repository that no linter checks."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from direct import ROOT

MOST_LINES = 400
HEAD = 25  # lines in which a longer file explains its length
CODE = {".py", ".smk", ".js", ".css", ".sh"}
REASON = re.compile(r"^\W*Long because \w", re.M)


def long_files(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path and head of the files with too many lines."""
    for folder in ("scripts", "rules", "tests"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in CODE and path.is_file():
                lines = path.read_text(encoding="utf-8").splitlines()
                if len(lines) > MOST_LINES:
                    yield str(path.relative_to(root)), "\n".join(lines[:HEAD])


def test_a_long_file_says_why_it_is_long():
    assert [path for path, head in long_files(ROOT) if not REASON.search(head)] == []


def test_a_long_file_is_found(tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/long.py").write_text('"""Much."""\n' + "x = 1\n" * MOST_LINES)
    (tmp_path / "scripts/short.py").write_text("x = 1\n" * MOST_LINES)

    assert [path for path, _ in long_files(tmp_path)] == ["scripts/long.py"]


def test_make_help_lists_each_target_once():
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    )

    listed = re.findall(r"^make (?:(\S+) )?", shown.stdout, re.M)
    assert [name or "run" for name in listed] == phony[1].split()
