"""Prompts of scenes by the language model: read from its answer, and checked to be one for each scene."""

import functools
import json
import re
from collections.abc import Sequence
from typing import Any

from audio_pipeline import sanitize
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import BadAnswer
from audio_pipeline.makers import writing
from audio_pipeline.makers.answers import SingleAnswer
from audio_pipeline.settings import ScriptSettings

_FEWEST_WORDS, _MOST_WORDS = 3, 80
_MOST_CHARACTERS = 200_000  # of an answer
_NUMBERED = re.compile(
    r"^\s*(?:scene\s+)?(\d{1,4})\s*[.:)\]-]\s*(.+)$", re.IGNORECASE | re.MULTILINE
)


def maker(job: Job[ScriptSettings], kind: str) -> Ask:
    """Return a function that requests the prompts. kind: of its answers in the cache."""
    cache = answer_cache.of(job.config)
    ask = functools.partial(writing.ask, job)
    return SingleAnswer(cache, kind, dict, 2 * job.settings.timeout_s, ask, _finish)


def _finish(request: Request, seed: int | None, answer: Answer) -> Artifact:
    says = request["says"]
    raw = answer.data.decode(errors="replace")
    if len(raw) > _MOST_CHARACTERS:
        raise BadAnswer(f"{answer.model} wrote {len(raw)} characters; expected {len(says)} prompts")
    if answer.details.get("cut_off"):
        raise BadAnswer(
            f"the prompts were cut off (length) after {request['max_tokens']} tokens; "
            "raise scenes.seconds, or script.context_tokens"
        )
    prompts = _prompts(raw, len(says), answer.model)
    _check(prompts, says, answer.model)
    text = "".join(f"{prompt}\n" for prompt in prompts)
    return Artifact(text.encode(), answer.model, ["count", "words", "order"], dict(answer.details))


def _prompts(raw: str, count: int, model: str) -> list[str]:
    """Return the prompts in order. Raises BadAnswer: there is not exactly one for each scene.

    Models count from 0, 1 or 2; whether a prompt belongs to its scene is checked by its words.
    """
    found = _from_json(raw) or [(int(number), text) for number, text in _NUMBERED.findall(raw)]
    numbers = [number for number, _ in found]
    first = numbers[0] if numbers else 1
    if numbers != list(range(first, first + count)):
        listed = ", ".join(map(str, numbers[:20])) or "none"
        raise BadAnswer(f"{model} wrote prompts for the scenes {listed}; expected 1 to {count}")
    return [sanitize.line(" ".join(text.split())).strip("\"'") for _, text in found]


def _from_json(raw: str) -> list[tuple[int, str]]:
    """Return numbers and texts of an answer in JSON, with or without words around it, [] if there is none."""
    begin, end = raw.find("{"), raw.rfind("}")
    try:
        values: Any = json.loads(raw[begin : end + 1])
        return [(int(each["scene"]), str(each["show"])) for each in values["scenes"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def _check(prompts: Sequence[str], says: Sequence[str], model: str) -> None:
    """Raise BadAnswer if a prompt is too short, too long or given twice, or if all belong to the scene beside it."""
    for number, prompt in enumerate(prompts, start=1):
        count = len(prompt.split())
        if not _FEWEST_WORDS <= count <= _MOST_WORDS:
            raise BadAnswer(
                f"{model} wrote a prompt of {count} words for scene {number}; "
                f"expected {_FEWEST_WORDS} to {_MOST_WORDS}"
            )
        if sanitize.has_secret(prompt):
            raise BadAnswer("a prompt repeats the key of the service")
    if len(set(prompts)) < len(prompts):
        raise BadAnswer(
            f"{model} wrote the same prompt for two scenes; expected one of its own for each"
        )
    own = _shared(prompts, says)
    if own < max(_shared(prompts[1:], says), _shared(prompts, says[1:])):
        raise BadAnswer(
            f"{model} wrote prompts for the wrong scenes: they fit the ones beside them"
        )


def _shared(prompts: Sequence[str], says: Sequence[str]) -> int:
    """Return how many words of the prompts are in the scenes at the same places."""
    return sum(
        len(_words(prompt) & _words(say)) for prompt, say in zip(prompts, says, strict=False)
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.lower()))
