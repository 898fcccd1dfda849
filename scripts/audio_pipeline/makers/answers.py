"""Files that are made from a single answer of a service, which is kept in the answer cache."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.attempts import (
    RETRY_STRIDE,
    Attempt,
    first_good,
    numbered,
    seed_of,
    take_of,
)
from audio_pipeline.core.production import Artifact
from audio_pipeline.core.record import UsedAnswer, now, unit_of
from audio_pipeline.core.request import Request, digest
from audio_pipeline.locks import waited_s


@dataclass(frozen=True)
class SingleAnswer:
    """Makes a file from one answer, taken from the cache or requested.

    kind: in the cache; unit: returns the part of the file's request that shapes the answer; wait_s: longest wait for
    another job that requests the same answer; ask: requests the answer with this seed; finish: checks an answer and
    makes the file from it. Both raise BadAnswer.
    """

    cache: AnswerCache
    kind: str
    unit: Callable[[Request], Request]
    wait_s: float
    ask: Callable[[Request, int | None], Answer]
    finish: Callable[[Request, int | None, Answer], Artifact]

    def is_cached(self, request: Request, number: int) -> bool:
        return self.cache.has(self.kind, numbered(self.unit(request), number))

    def __call__(self, request: Request, attempt: Attempt) -> Artifact:
        unit = self.unit(request)
        wanted = numbered(unit, attempt.number)
        artifact = self._from_cache(request, attempt, wanted)
        if not artifact:
            with self.cache.lock(self.kind, wanted, self.wait_s):
                artifact = self._from_cache(request, attempt, wanted)
                if not artifact:
                    answer = timed(lambda: self.ask(request, attempt.seed))
                    artifact = self.finish(request, attempt.seed, answer)
                    self.cache.put(self.kind, wanted, answer)
        used = UsedAnswer(digest(wanted), unit_of(unit), attempt.number % RETRY_STRIDE)
        return replace(artifact, answers=[used])

    def of_part(
        self,
        unit: Request,
        attempt: Attempt,
        takes: Mapping[str, Sequence[int]],
        attempts: int,
        stage: str,
    ) -> Artifact:
        """Return what is made of the answer for a part of a file with takes of its own.

        attempt: at the file; takes: see `attempts.takes_of`; attempts: at most this many answers are requested; stage:
        for the log. Raises BadAnswer: of the last attempt.
        """
        rejected = 0

        def use(number: int) -> Artifact:
            return self(unit, replace(attempt, seed=seed_of(unit, number), number=number))

        def on_rejected() -> None:
            from audio_pipeline.run import request_log

            nonlocal rejected
            rejected += 1
            request_log.answer_rejected(stage)

        take = take_of(takes, unit)
        made = first_good(take, attempts, lambda n: self.is_cached(unit, n), use, on_rejected)
        return replace(made, requested=made.requested + rejected)

    def _from_cache(self, request: Request, attempt: Attempt, wanted: Request) -> Artifact | None:
        answer = self.cache.get(self.kind, wanted)
        return replace(self.finish(request, attempt.seed, answer), requested=0) if answer else None


def timed(ask: Callable[[], Answer]) -> Answer:
    """Return the answer with its time and the seconds that it took, without those of waiting for a slot."""
    begun, waited = time.monotonic(), waited_s()
    answer = ask()
    return replace(answer, seconds=time.monotonic() - begun - (waited_s() - waited), time=now())
