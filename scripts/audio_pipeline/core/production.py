"""Making one file: look at its record, ask if need be, check the answer, and only then replace the file."""

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
from audio_pipeline.core.staleness import State, judge
from audio_pipeline.errors import BadAnswer, StorageError

RETRY_STRIDE = (
    1000  # seeds between two attempts of one take, so that the next take never repeats an attempt
)


@dataclass(frozen=True)
class Artifact:
    """An answer that passed its checks.

    data: the bytes of the file; model: as the service names it; checks: the names of those passed;
    service: what else the service told (version, model digest, tokens, …), JSON values;
    kept: to be called when the file and its record are in their places.
    """

    data: bytes
    model: str
    checks: list[str]
    service: dict[str, Any] = field(default_factory=dict)
    kept: Callable[[], None] | None = None


# Asks for the request with this seed (None: the request has none) and checks. Raises BadAnswer: ask again.
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
    """See that `output` is what `request` asks for, and say in one line what was done.

    attempts: answers to ask for until one passes its checks; wait_s: longest wait for another process's lock;
    inputs: what `files.fingerprint` says of the files that it is made of, for the record.
    Raises PipelineError: nothing could be made; the old file is as it was.
    """
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        known = records.load(record)
        verdict = judge(output, known, request)
        if verdict.keep:
            current = verdict.state is State.CURRENT
            why = "the same request" if current else f"{verdict.state} by hand"
            return f"kept {output}: {why}"
        _remove_leftovers(output, record)
        old = verdict.matching_record
        take = old.take if old else 0
        if verdict.state is State.MISSING and known is not None:
            # A file that was never written was lost in a crash: that is no wish for another take.
            old = _forget(record, known) if known.written else known.previous
            take = known.take + known.written
        elif verdict.reason == "deleted":
            take += 1
        _check_writable(output)
        started, waited_s = time.monotonic(), locks.waited_s()
        made, seed, attempt = _first_good(stage, request, ask, take, attempts)
        model = sanitize.excerpt(made.model) or request["engine"]
        new = Record(
            request=request,
            request_sha256=digest(request),
            sha256=hashlib.sha256(made.data).hexdigest(),
            engine=request["engine"],
            model=model,
            seed=seed,
            take=take,
            attempts=attempt,
            seconds=round(time.monotonic() - started - (locks.waited_s() - waited_s), 3),
            checks=made.checks,
            time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            service=sanitize.value(made.service | ({"inputs": inputs} if inputs else {})),
        )
        new = replace(new, previous=old and replace(old, previous=None))
        first = verdict.state is State.MISSING
        records.store(record, replace(new, written=not first))
        files.replace_file(output, made.data, alone=True)
        if first:
            records.store(record, new)
        if made.kept:
            made.kept()
        return f"made {output} with {model} in {new.seconds:.1f} s"


def confirm(stage: str, output: Path, record: Path, wait_s: float) -> None:
    """Drop the entry of an unconfirmed record that lost: the file says which. Called when no job is at work on it."""
    with locks.exclusive(record.parent.parent, f"{stage}/{output.stem}", wait_s):
        known = records.load(record)
        if known and known.previous and output.is_file():
            matching_record = known.describes(files.sha256_of(output))
            if matching_record:
                records.store(record, matching_record)


def _first_good(
    stage: str, request: Request, ask: Ask, take: int, attempts: int
) -> tuple[Artifact, int | None, int]:
    """The first answer that passes, with the seed sent and the number of the attempt."""
    for attempt in range(1, attempts + 1):
        seed = request.get("seed")
        if seed is not None:
            seed += take + RETRY_STRIDE * (attempt - 1)
        try:
            return ask(request, seed), seed, attempt
        except BadAnswer as error:
            from audio_pipeline.run import request_log  # a job that keeps its file does without

            request_log.answer_rejected(stage)
            if attempt == attempts:
                tried = f" (the last of {attempts} attempts)" if attempts > 1 else ""
                raise BadAnswer(f"{error}{tried}") from None
            print(f"attempt {attempt} of {attempts}: {error}")
    raise AssertionError("attempts is at least 1")


def _forget(path: Path, known: Record) -> Record:
    """Mark a deleted file's record before asking, so that a backup that is put back does not count as good."""
    if not known.deleted:
        previous = known.previous and replace(known.previous, deleted=True)
        known = replace(known, deleted=True, previous=previous)
        records.store(path, known)
    return known


def _check_writable(output: Path) -> None:
    """Before the service's time is spent: a folder in the way, or a folder that cannot be written."""
    if output.is_dir():
        raise StorageError(f"{output}: a folder is in the way of the file; move it elsewhere")
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output.parent, os.W_OK):
        raise StorageError(f"{output.parent}: is not writable; change its permissions")


def _remove_leftovers(*paths: Path) -> None:
    """Temporary files of processes that were killed; their lock is free, so nobody writes them any more."""
    for path in paths:
        files.temporary_of(path).unlink(missing_ok=True)
