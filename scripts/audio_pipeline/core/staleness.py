"""The rule that decides whether a file is kept or made; the plan and the job both ask here.

| file    | record                                     | verdict                                             |
|---------|--------------------------------------------|-----------------------------------------------------|
| missing | any or none                                | missing: make it (a next take if it has a record)   |
| there   | none                                       | placed by hand: keep                                |
| there   | the same request                           | current: keep                                       |
| there   | another request, but of another file       | edited by hand: keep, and say so                    |
| there   | another request, of this file              | stale: make it again; the old one stays until then  |
| there   | of a file that the user had deleted        | stale: it came back from a backup                   |
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
    """The states of a file. PLACED, EDITED: by hand; FOLLOWS: it is made again if what it is made from changes."""

    MISSING = "missing"
    PLACED = "placed"
    CURRENT = "current"
    EDITED = "edited"
    STALE = "stale"
    FOLLOWS = "follows"

    @property
    def is_due(self) -> bool:
        """True if the file is made by the next run, whatever happens before."""
        return self in (State.MISSING, State.STALE)


@dataclass(frozen=True)
class Verdict:
    """state; reason: what changed, in words, for a stale file; matching_record: the record's entry that the file is.

    unconfirmed: the record still holds the entry that lost beside the one that the file is.
    """

    state: State
    reason: str = ""
    matching_record: Record | None = None
    unconfirmed: bool = False

    @property
    def keep(self) -> bool:
        return not self.state.is_due


def judge(
    path: str | Path, known: Record | None, wanted: Request, optional: Collection[str] = ()
) -> Verdict:
    """Judge whether the file is to be kept. It is only read where its record is about another request.

    known: the file's record; wanted: the request that would make the file now; optional: keys
    that a request of this stage may have besides.
    """
    if not os.path.isfile(path):
        return Verdict(State.MISSING)
    if known is None:
        return Verdict(State.PLACED)
    if known.request == wanted and known.previous is None and not known.deleted:
        return Verdict(State.CURRENT, matching_record=known)
    matching_record = known.describes(sha256_of(path))
    if matching_record is None:
        return Verdict(State.EDITED)
    found = functools.partial(
        Verdict, matching_record=matching_record, unconfirmed=known.previous is not None
    )
    if matching_record.deleted:
        return found(State.STALE, "deleted")
    changed = differences(matching_record.request, wanted)
    if not changed:
        return found(State.CURRENT)
    if "engine" in changed:
        changed = ["engine"]  # with it, most of the rest
    return found(State.STALE, " and ".join(_names(changed, {*wanted, *optional})) + " changed")


def _names(changed: list[str], known: Collection[str]) -> list[str]:
    """The keys that may name a reason, which becomes a part of a path: not those that a stranger's record made up."""
    return list(dict.fromkeys(key if key in known else "request" for key in changed))
