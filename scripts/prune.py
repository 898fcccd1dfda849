"""List the files of topics that are no longer in topics.txt, and unused answers; with --delete, remove them.

Files that were placed or edited by hand, as their records show, are kept. Answers in the cache are unused if no file of
this project was made from them, and none was read for cache.keep_days.
"""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

from audio_pipeline import files, locks
from audio_pipeline.cli.command_line import run
from audio_pipeline.core import cached_files
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


def _prune_cache(project: Project, delete: bool) -> Iterator[str]:
    """Yield a line for each kind of unused answers, after removing them if `delete` is True."""
    cache = project.config.cache
    if not cache.folder:
        return
    stored = Path(project.output, "records").glob("*/*.json")
    named = {key for path in stored for key in cached_files.keys_of(records.load(path))}
    by_kind: dict[str, list[cached_files.Entry]] = {}
    for entry in cached_files.unused(Path(cache.folder), cache.keep_days, named):
        by_kind.setdefault(entry.kind, []).append(entry)
    for kind, unused in by_kind.items():
        kept = 0
        for entry in unused if delete else ():
            try:
                # The description first: an answer without it counts as none.
                for path in sorted(entry.paths, reverse=True):
                    path.unlink(missing_ok=True)
            except OSError:
                kept += 1
        noun = f"{len(unused) - kept} answer{'s' * (len(unused) - kept != 1)} of the kind {kind}"
        size = cached_files.size(sum(entry.size for entry in unused))
        yield f"{'removed' if delete else 'would remove'} {noun} from {cache.folder}, {size}"
        if kept:
            yield f"kept {kept} of the kind {kind}: they belong to another user"


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
                record = records.load(project.record(stage, slug))
                if record:
                    for path in registry.every()[stage].removable(Path(file), record):
                        path.unlink()
                for name in (
                    *project.files(stage, slug),
                    project.record(stage, slug),
                    project.log(stage, slug),
                    *project.derived(stage, slug),
                ):
                    Path(name).unlink(missing_ok=True)
                if folder := project.folder(stage, slug):
                    with contextlib.suppress(OSError):  # it has files that were made by hand
                        folder.rmdir()
    lines += _prune_cache(project, arguments.delete)
    if not lines:
        days = f"{project.config.cache.keep_days:g} days"
        return f"nothing to prune: every file belongs to a topic, and no answer has been unused for {days}"
    if not arguments.delete:
        lines.append("run again with --delete to remove them")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
