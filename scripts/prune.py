"""List the files of topics that are no longer in topics.txt; with --delete, remove them.

Files that were placed or edited by hand, as their records show, are kept.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from audio_pipeline import files, locks
from audio_pipeline.cli.command_line import run
from audio_pipeline.core import record as records
from audio_pipeline.project import Project, load_by_arguments
from audio_pipeline.stages import registry


def orphans(project: Project) -> Iterator[tuple[str, str, bool]]:
    """Yield stage and slug of each record without a topic, and True if its file is unchanged or missing."""
    for stage in registry.every():
        for path in sorted(Path(project.output, "records", stage).glob("*.json")):
            record = records.load(path)
            if record is None or path.stem in project.topics:
                continue
            file = Path(project.file(stage, path.stem))
            unchanged = not file.exists() or bool(record.describes(files.sha256_of(file)))
            yield stage, path.stem, unchanged


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delete", action="store_true", help="remove them")
    project, arguments = load_by_arguments(parser)
    lines = []
    for stage, slug, unchanged in orphans(project):
        file = project.file(stage, slug)
        if not unchanged:
            lines.append(f"kept {file}: edited by hand")
            continue
        lines.append(f"{'removed' if arguments.delete else 'would remove'} {file}")
        if arguments.delete:
            with locks.exclusive(Path(project.output, "records"), f"{stage}/{slug}", timeout_s=10):
                for path in (
                    *project.files(stage, slug),
                    project.record(stage, slug),
                    project.log(stage, slug),
                    *project.derived(stage, slug),
                ):
                    Path(path).unlink(missing_ok=True)
    if not lines:
        return "nothing to prune: every file belongs to a topic"
    if not arguments.delete:
        lines.append("run again with --delete to remove them")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
