"""What a speech recogniser hears, compared with what is written: for the check `heard` and for `make verify`."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.request import Request
from audio_pipeline.makers.answers import timed
from audio_pipeline.sound import recogniser
from audio_pipeline.sound.sound_checks import excerpt
from audio_pipeline.text import word_errors
from audio_pipeline.text.word_errors import Comparison

KIND = "heard"
CHECK = "heard"  # its name in audio.checks
_LONGEST_EXCERPT = 80  # characters


@dataclass(frozen=True)
class Hearing:
    """Hears sounds, and keeps what was heard in the answer cache. model: see `recogniser.load`.

    The model is loaded for the first sound that is not in the cache.
    """

    cache: AnswerCache
    model: str
    language: str

    def heard(self, file: bytes) -> str:
        """Return the text of a sound. file: WAV. Raises EngineError: the model cannot be loaded."""
        request: Request = {
            "sha256": hashlib.sha256(file).hexdigest(),
            "model": recogniser.identity(self.model),
            "language": self.language,
            **recogniser.OPTIONS,
        }
        answer = self.cache.get(KIND, request)
        if not answer:
            answer = timed(lambda: self._transcribed(file, request["model"]))
            self.cache.put(KIND, request, answer)
        return answer.data.decode(errors="replace")

    def _transcribed(self, file: bytes, model: str) -> Answer:
        text = recogniser.load(self.model)(file, self.language)
        return Answer(text.encode(errors="replace"), model)


@dataclass(frozen=True)
class Verdict:
    """What was heard of a sentence. text: the sentence."""

    text: str
    heard: str
    comparison: Comparison

    @property
    def rate(self) -> float:
        return self.comparison.rate

    def is_doubtful(self, most: float) -> bool:
        """True if the word error rate is above `most`. A single wrong word is allowed: short sentences have few."""
        return self.comparison.errors > 1 and self.rate > most

    def __str__(self) -> str:
        return (
            f"the sound of {excerpt(self.text)} was heard as {excerpt(self.heard, _LONGEST_EXCERPT)} "
            f"(word error rate {self.rate:.2f}; audio.checks.{CHECK})"
        )


def judged(texts: Iterable[str], heard: str, language: str) -> Verdict:
    """Compare what was heard with the nearest of the texts: a sentence as written, as respelled, …"""
    found = [Verdict(text, heard, word_errors.compare(text, heard, language)) for text in texts]
    best = min(found, key=lambda verdict: verdict.rate)
    return replace(best, text=found[0].text)
