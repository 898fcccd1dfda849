"""Production of one file: check its record, ask for a new answer if needed, check that, then replace the file."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audio_pipeline import files, locks, sanitize
from audio_pipeline.core import record as records
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request, digest
from audio_pipeline.core.staleness import State, Verdict, judge
from audio_pipeline.errors import BadAnswer, StorageError

RETRY_STRIDE = 1000  # seeds between two attempts, so that no take repeats an earlier attempt


@dataclass(frozen=True)
class Artifact:
    """An answer that passed its checks.

    data: bytes of the file; model: as the service names it; checks: names of those passed; service: details from the
    service (version, model digest, tokens, …), JSON values; on_stored: called after the file and record are written.
    """

    data: bytes
    model: str
    checks: list[str]
    service: dict[str, Any] = field(default_factory=dict)
    on_stored: Callable[[], None] | None = None


# Sends the request with this seed (None if it has none) and checks the answer. Raises BadAnswer: to be asked again.
Ask = Callable[[Request, int | None], Artifact]


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
) -> str:
    """Make `output` from `request` unless it is current, and return a line that says what was done.

    attempts: at most this many answers are requested until one passes its checks; wait_s: longest wait for another
    process's lock; inputs: role → `files.fingerprint` of the files that it is made from, for the record.
    Raises PipelineError: the file could not be made; an old file is left unchanged.
    """
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        before = records.load(record)
        verdict = judge(output, before, request)
        if verdict.keep:
            current = verdict.state is State.CURRENT
            why = "the same request" if current else f"{verdict.state} by hand"
            return f"kept {output}: {why}"
        _remove_leftovers(output, record)
        old, take = _old_entry_and_take(record, before, verdict)
        _check_writable(output)
        started, waited_s = time.monotonic(), locks.waited_s()
        artifact, seed, attempt = _first_good(stage, request, ask, take, attempts)
        model = sanitize.excerpt(artifact.model) or request["engine"]
        new = Record(
            request=request,
            request_sha256=digest(request),
            sha256=hashlib.sha256(artifact.data).hexdigest(),
            engine=request["engine"],
            model=model,
            seed=seed,
            take=take,
            attempts=attempt,
            seconds=round(time.monotonic() - started - (locks.waited_s() - waited_s), 3),
            checks=artifact.checks,
            time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            service=sanitize.value(artifact.service | ({"inputs": inputs} if inputs else {})),
            previous=old and replace(old, previous=None),
        )
        _store(output, artifact.data, record, new, is_first=verdict.state is State.MISSING)
        if artifact.on_stored:
            artifact.on_stored()
        return f"made {output} with {model} in {new.seconds:.1f} s"


def confirm(stage: str, output: Path, record: Path, wait_s: float) -> None:
    """Drop the entry of a record that does not describe the file. To be called while no job is making it."""
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        stored = records.load(record)
        if stored and stored.previous and output.is_file():
            matching_record = stored.describes(files.sha256_of(output))
            if matching_record:
                records.store(record, matching_record)


def _old_entry_and_take(
    path: Path, record: Record | None, verdict: Verdict
) -> tuple[Record | None, int]:
    """Return the entry to keep beside the new one, and the number of the take, from 0.

    path, record: of the file that is to be made. A record of a file that the user deleted is marked as such.
    """
    if verdict.state is State.MISSING and record is not None:
        if record.written:
            return _mark_deleted(path, record), record.take + 1
        return (
            record.previous,
            record.take,
        )  # a crash lost it: the user did not ask for another take
    old = verdict.matching_record
    return old, (old.take if old else 0) + (verdict.reason == "deleted")


def _store(output: Path, data: bytes, path: Path, record: Record, is_first: bool) -> None:
    """Store the record, then the file, so that a crash in between loses neither. is_first: there is no old file.

    An old file that stays is then described by the record's previous entry. Where there was none, the record says that
    the file is not written yet, until it is: else its absence would count as a wish for another take.
    """
    records.store(path, replace(record, written=not is_first))
    files.replace_file(output, data, alone=True)
    if is_first:
        records.store(path, record)


def _first_good(
    stage: str, request: Request, ask: Ask, take: int, attempts: int
) -> tuple[Artifact, int | None, int]:
    """Return the first answer that passes, with its seed and the number of the attempt."""
    for attempt in range(1, attempts + 1):
        seed = request.get("seed")
        if seed is not None:
            seed += take + RETRY_STRIDE * (attempt - 1)
        try:
            return ask(request, seed), seed, attempt
        except BadAnswer as error:
            from audio_pipeline.run import request_log  # jobs that keep their file do not need it

            request_log.answer_rejected(stage)
            if attempt == attempts:
                count = f" (the last of {attempts} attempts)" if attempts > 1 else ""
                raise BadAnswer(f"{error}{count}") from None
            print(f"attempt {attempt} of {attempts}: {error}")
    raise AssertionError("attempts is at least 1")


def _mark_deleted(path: Path, record: Record) -> Record:
    """Mark a deleted file's record before asking, so that a restored backup does not count as current."""
    if not record.deleted:
        previous = record.previous and replace(record.previous, deleted=True)
        record = replace(record, deleted=True, previous=previous)
        records.store(path, record)
    return record


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
