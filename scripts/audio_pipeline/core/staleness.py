"""The rules by which the plan and the job decide whether a file is kept or made.

| file    | record                                     | verdict                                             |
|---------|--------------------------------------------|-----------------------------------------------------|
| missing | any or none                                | missing: make it (a next take if it has a record)   |
| exists  | none                                       | placed by hand: keep                                |
| exists  | the same request                           | current: keep                                       |
| exists  | another request, another file's SHA-256    | edited by hand: keep, and say so; stale if its      |
|         |                                            | maker merges edits (Stage.merges)                   |
| exists  | another request, this file's SHA-256       | stale: make it again; the old one stays until then  |
| exists  | of a file that the user had deleted        | stale: it was restored from a backup                |
| exists  | says that another take is wanted           | stale                                               |
"""

import functools
import os
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request, differences
from audio_pipeline.files import sha256_of


class State(StrEnum):
    """The states of a file. PLACED, EDITED: by hand; FOLLOWS: it is made again if one of its inputs changes."""

    MISSING = "missing"
    PLACED = "placed"
    CURRENT = "current"
    EDITED = "edited"
    STALE = "stale"
    FOLLOWS = "follows"

    @property
    def is_due(self) -> bool:
        """True if the next run makes the file in any case."""
        return self in (State.MISSING, State.STALE)


@dataclass(frozen=True)
class Verdict:
    """The state of a file.

    reason: for a stale file, the change in words; matching_record: the record's entry that describes the file;
    unconfirmed: True if the record has further entries, which do not.
    """

    state: State
    reason: str = ""
    matching_record: Record | None = None
    unconfirmed: bool = False

    @property
    def keep(self) -> bool:
        return not self.state.is_due


def judge(
    path: str | Path,
    record: Record | None,
    request: Request,
    optional: Collection[str] = (),
    *,
    merges: bool = False,
) -> Verdict:
    """Return the state of a file, which is read only if its record has another request.

    record: the file's; request: that would make the file now; optional: further keys that requests of this stage may
    have; merges: True if the maker keeps edits of the present file.
    """
    if not os.path.isfile(path):
        return Verdict(State.MISSING)
    if record is None:
        return Verdict(State.PLACED)
    if (
        record.request == request
        and record.previous is None
        and not record.deleted
        and not record.again
    ):
        return Verdict(State.CURRENT, matching_record=record)
    matching_record = record.describes(sha256_of(path))
    if matching_record is None:
        changed = differences(record.request, request)
        if not merges or not (
            changed or record.previous
        ):  # with a previous entry, a crash is possible
            return Verdict(State.EDITED, _reason(changed, request, optional) if changed else "")
        return Verdict(State.STALE, _reason(changed, request, optional))
    verdict = functools.partial(
        Verdict, matching_record=matching_record, unconfirmed=record.previous is not None
    )
    if matching_record.deleted:
        return verdict(State.STALE, "deleted")
    if matching_record.again:
        return verdict(State.STALE, "another take wanted")
    changed = differences(matching_record.request, request)
    if not changed:
        return verdict(State.CURRENT)
    return verdict(State.STALE, _reason(changed, request, optional))


def kept_edits(reason: str) -> str:
    """Return what is said of an edited file that is kept although its request changed. reason: of its verdict."""
    of_translation = (
        ", and its original has changed since" if reason.startswith("original ") else ""
    )
    return f"was edited by hand{of_translation}; delete it to make it again"


def _reason(changed: list[str], request: Request, optional: Collection[str]) -> str:
    """Return what changed, in words. A reason becomes part of a path, and records may come from strangers."""
    if "engine" in changed:
        changed = ["engine"]  # most other keys change with it
    valid = {*request, *optional}
    names = dict.fromkeys(key if key in valid else "request" for key in changed)
    return f"{' and '.join(names) or 'request'} changed"
