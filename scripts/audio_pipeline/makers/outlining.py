"""Outlines of longer scripts, by the language model: one line for each section."""

import functools
import re

from audio_pipeline import sanitize
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import BadAnswer
from audio_pipeline.makers import section_requests, writing
from audio_pipeline.makers.answers import SingleAnswer
from audio_pipeline.settings import ScriptSettings

_MOST_CHARACTERS = 400  # of a line
_NUMBERED = re.compile(
    r"^[ \t]*[*#_]{0,4}(?:section[ \t]+)?(\d{1,2})[ \t]*[.):–-]+[*_]{0,3}[ \t]*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = re.compile(r"[*#_`]+")


def maker(job: Job[ScriptSettings], kind: str) -> Ask:
    """Return a function that requests an outline. kind: of its answers in the cache."""
    cache = answer_cache.of(job.config)
    ask = functools.partial(writing.ask, job)
    language = job.topic.language or job.settings.language
    finish = functools.partial(_finish, language)
    return SingleAnswer(cache, kind, dict, 2 * job.settings.timeout_s, ask, finish)


def _finish(language: str, request: Request, seed: int | None, answer: Answer) -> Artifact:
    """Return the outline. Raises BadAnswer: it has another number of sections, or two of the same title."""
    wanted = request["sections"]
    raw = answer.data.decode(errors="replace")
    found = [(int(number), text) for number, text in _NUMBERED.findall(raw)]
    if [number for number, _ in found] != list(range(1, wanted + 1)):
        listed = ", ".join(str(number) for number, _ in found[:20]) or "none"
        raise BadAnswer(f"{answer.model} wrote the sections {listed}; expected 1 to {wanted}")
    lines = [
        sanitize.line(" ".join(_MARKS.sub("", text).split()))[:_MOST_CHARACTERS]
        for _, text in found
    ]
    titles = [section_requests.title(line, language).casefold() for line in lines]
    if not all(any(map(str.isalnum, title)) for title in titles):
        raise BadAnswer(f"{answer.model} wrote a section without a title")
    if len(set(titles)) < len(titles):
        raise BadAnswer(f"{answer.model} wrote two sections of the same title")
    if sanitize.has_secret(raw):
        raise BadAnswer("the outline repeats the key of the service")
    text = "".join(f"{line}\n" for line in lines)
    return Artifact(text.encode(), answer.model, ["count", "titles"], dict(answer.details))
