"""Production of one file: check its record, ask for a new answer if needed, check that, then replace the file."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audio_pipeline import files, locks, sanitize
from audio_pipeline.core import record as records
from audio_pipeline.core.attempts import Attempt, first_good, seed_of
from audio_pipeline.core.record import Record, UsedAnswer
from audio_pipeline.core.request import Request, digest
from audio_pipeline.core.staleness import State, Verdict, judge
from audio_pipeline.errors import InputError, StorageError


@dataclass(frozen=True)
class Artifact:
    """A file that passed its checks.

    data: its bytes, or the path of a temporary file beside it; model: as the service names it; checks: names of those
    passed; service: details from the service (version, model digest, tokens, …), JSON values; on_stored: called after
    the file and record are written; requested: answers that were requested for it; answers, takes: see Record.
    """

    data: bytes | Path
    model: str
    checks: list[str]
    service: dict[str, Any] = field(default_factory=dict)
    on_stored: Callable[[], None] | None = None
    requested: int = 1
    answers: list[UsedAnswer] = field(default_factory=list)
    takes: dict[str, list[int]] = field(default_factory=dict)


# Makes the file and checks it. Raises BadAnswer: to be called again with another seed.
# If it has a method is_cached(request, number), that is True if this number's answer need not be requested.
Ask = Callable[[Request, Attempt], Artifact]


@dataclass(frozen=True)
class Choice:
    """Takes that the user wants. take: of the whole file, None for the present one; units: of single answers."""

    take: int | None = None
    units: Mapping[str, int] = field(default_factory=dict)


def produce(
    stage: str,
    output: Path,
    record: Path,
    request: Request,
    ask: Ask,
    *,
    attempts: int,
    wait_s: float,
    inputs: Mapping[str, Any] | None = None,
    choice: Choice | None = None,
    merges: bool = False,
    outdated: Callable[[str, Record | None], str] = lambda path, record: "",
) -> str:
    """Make `output` from `request` unless it is current, and return a line that says what was done.

    attempts: at most this many answers are requested until one passes its checks; wait_s: longest wait for another
    process's lock; inputs: role → `files.fingerprint` of the files that it is made from, for the record; choice: takes
    to use, for which a current file is made again too; merges: True if `ask` keeps edits of the present file;
    outdated: returns why a current file is made again, or "".
    Raises PipelineError: the file could not be made; an old file is left unchanged.
    """
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        before = records.load(record)
        verdict = judge(output, before, request, merges=merges)
        if verdict.state is State.CURRENT and outdated(str(output), before):
            verdict = replace(verdict, state=State.STALE)
        if choice and verdict.state is State.CURRENT:
            verdict = _verdict_of_content(output, before, verdict)
        if verdict.keep and not (choice and verdict.matching_record):
            current = verdict.state is State.CURRENT
            why = "the same request" if current else f"{verdict.state} by hand"
            return f"kept {output}: {why}"
        _remove_leftovers(output, record)
        old, attempt = next_attempt(before, verdict)
        previous = before if merges and not old and verdict.state is State.STALE else old
        if verdict.state is State.MISSING and before and old and old.deleted > before.deleted:
            records.store(record, old)  # so that a restored backup does not count as current
        latest = max(attempt.number, before.latest if before else 0)
        if choice:
            take = attempt.number if choice.take is None else choice.take
            attempt = replace(attempt, number=take, is_new_take=False, chosen=choice.units)
        take = attempt.number
        _check_writable(output)
        started, waited_s = time.monotonic(), locks.waited_s()
        artifact, seed, requested = _first_good(stage, request, ask, attempt, attempts)
        model = sanitize.excerpt(artifact.model) or request["engine"]
        new = Record(
            request=request,
            request_sha256=digest(request),
            sha256=_sha256(artifact.data),
            engine=request["engine"],
            model=model,
            seed=seed,
            take=take,
            attempts=requested,
            seconds=round(time.monotonic() - started - (locks.waited_s() - waited_s), 3),
            checks=artifact.checks,
            time=records.now(),
            service=sanitize.value(artifact.service | ({"inputs": inputs} if inputs else {})),
            answers=artifact.answers,
            latest=latest if latest > take else 0,
            takes=artifact.takes,
            previous=previous and replace(previous, previous=None),
        )
        _store(output, artifact.data, record, new, is_first=verdict.state is State.MISSING)
        if artifact.on_stored:
            artifact.on_stored()
        return f"made {output} with {model} in {new.seconds:.1f} s"


def want_another_take(
    stage: str, output: Path, record: Path, units: Sequence[str], wait_s: float
) -> None:
    """Have the next run make another take, while the present file stays. units: of the answers, () for all.

    Raises InputError: the file is missing, or was placed or edited by hand.
    """
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        before = records.load(record)
        if not output.is_file():
            raise InputError(f"{output}: does not exist; the next run makes it")
        known = before.describes(files.sha256_of(output)) if before else None
        if not known:
            raise InputError(
                f"{output}: was edited by hand and is kept; delete it to make it again"
            )
        if units:
            known = replace(known, again=list(dict.fromkeys([*known.again, *units])))
        else:
            known = replace(known, deleted=True)
        records.store(record, known)


def confirm(stage: str, output: Path, record: Path, wait_s: float) -> None:
    """Drop the entry of a record that does not describe the file. To be called while no job is making it."""
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        stored = records.load(record)
        if stored and stored.previous and output.is_file():
            matching_record = stored.describes(files.sha256_of(output))
            if matching_record:
                records.store(record, matching_record)


def _verdict_of_content(output: Path, record: Record | None, verdict: Verdict) -> Verdict:
    """Return the verdict of a file with a matching request, after reading it."""
    matching_record = record.describes(files.sha256_of(output)) if record else None
    state = verdict.state if matching_record else State.EDITED
    return replace(verdict, state=state, matching_record=matching_record)


def next_attempt(record: Record | None, verdict: Verdict) -> tuple[Record | None, Attempt]:
    """Return the entry to keep beside the new one, and the first attempt, whose number is that of the take.

    record: of the file that is to be made. That of a file that the user deleted comes back marked as such.
    """
    if verdict.state is State.MISSING and record is not None:
        if not record.written:  # a crash lost it: the user did not ask for another take
            return record.previous, Attempt(None, record.take, record)
        previous = record.previous and replace(record.previous, deleted=True)
        old: Record | None = replace(record, deleted=True, previous=previous)
    else:
        old = verdict.matching_record
    if old and old.deleted:
        return old, Attempt(None, max(old.take, old.latest) + 1, old, is_new_take=True)
    return old, Attempt(None, old.take if old else 0, old)


def _sha256(data: bytes | Path) -> str:
    return files.sha256_of(data) if isinstance(data, Path) else hashlib.sha256(data).hexdigest()


def _store(output: Path, data: bytes | Path, path: Path, record: Record, is_first: bool) -> None:
    """Store the record, then the file, so that a crash in between loses neither. is_first: there is no old file.

    An old file that stays is then described by the record's previous entry. Where there was none, the record says that
    the file is not written yet, until it is: else its absence would count as a wish for another take.
    """
    records.store(path, replace(record, written=not is_first))
    if isinstance(data, Path):
        files.rename(data, output)
    else:
        files.replace_file(output, data, alone=True)
    if is_first:
        records.store(path, record)


def _first_good(
    stage: str, request: Request, ask: Ask, source: Attempt, attempts: int
) -> tuple[Artifact, int | None, int]:
    """Return the first file that passes, its seed, and how many answers were requested. source: the first attempt."""
    rejected = 0

    def attempt(number: int) -> tuple[Artifact, int | None]:
        seed = seed_of(request, number)
        return ask(request, replace(source, seed=seed, number=number)), seed

    def on_rejected() -> None:
        from audio_pipeline.run import request_log  # jobs that keep their file do not need it

        nonlocal rejected
        rejected += 1
        request_log.answer_rejected(stage)

    is_cached = getattr(ask, "is_cached", lambda request, number: False)
    artifact, seed = first_good(
        source.number, attempts, lambda number: is_cached(request, number), attempt, on_rejected
    )
    return artifact, seed, rejected + artifact.requested


def _check_writable(output: Path) -> None:
    """Check that the file can be written, before the service spends time on it. Raises StorageError."""
    if output.is_dir():
        raise StorageError(f"{output}: a folder is in the way of the file; move it elsewhere")
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output.parent, os.W_OK):
        raise StorageError(f"{output.parent}: is not writable; change its permissions")


def _remove_leftovers(*paths: Path) -> None:
    """Remove temporary files of killed processes. The caller holds the lock, so no process is writing them."""
    for path in paths:
        files.temporary_of(path).unlink(missing_ok=True)
