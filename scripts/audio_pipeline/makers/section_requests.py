"""Requests for the sections of a longer script, one after the other, each with what was said before it."""

from collections.abc import Iterator, Sequence
from typing import Any

from audio_pipeline.core.attempts import Attempt, WantedAnswer, take_of, takes_of
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.request import Request
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers.llm_stage import part_request
from audio_pipeline.settings import Configuration, ScriptSettings
from audio_pipeline.text.key_phrase import key_phrase

KIND = "section"  # of the answers in the cache
BEFORE = "{before}"  # in the prompt of a request: the sections before
_TITLE = 60  # characters; what is longer before a colon is no title
_LEAST_BEFORE_TOKENS = 200  # of what was said before a section
_CHARACTERS_PER_TOKEN = 2.5


def count(config: Configuration, topic: Topic) -> int:
    """Return how many sections the topic's script has, 0 if it is not written here."""
    if topic.text_file or topic.original:
        return 0
    if not topic.own_settings:
        return config.script.sections
    preset: Any = config.presets.get(topic.preset or "", {})
    own = {**preset, **dict(topic.settings)}
    return int(own.get("script.sections", config.script.sections))


def lines(outline: str) -> list[str]:
    """Return what each section of an outline is about."""
    found = (" ".join(line.split()) for line in outline.splitlines())
    return [line for line in found if any(map(str.isalnum, line))]


def title(line: str, language: str) -> str:
    """Return the title of a section: what is before the colon, or a phrase of a line without a title."""
    name, colon, _ = line.partition(":")
    if colon and len(name) <= _TITLE:
        return name.strip()
    return key_phrase(line, language) or line[:_TITLE]


def unit(request: Request, number: int, before: Sequence[str]) -> Request:
    """Return the request of a section, but for its take. number: from 0; before: the texts of the earlier ones.

    Of long ones, only the end is in view, so that the model's context has room for the answer.
    """
    text = "\n\n".join(before)
    room = int(request["before_tokens"] * _CHARACTERS_PER_TOKEN)
    if len(text) > room:
        text = "… " + text[-room:].partition(" ")[2]
    prompt = request["prompts"][number].replace(BEFORE, text)
    return part_request(request, prompt, request["max_tokens"])


def before_tokens(settings: ScriptSettings, prompts: Sequence[str]) -> int:
    """Return the room for what was said before. prompts: of the sections, without it."""
    longest = max(map(len, prompts)) / _CHARACTERS_PER_TOKEN
    room = settings.context_tokens - settings.max_tokens - longest
    return max(_LEAST_BEFORE_TOKENS, int(room))


def answers(request: Request, attempt: Attempt, index: CacheIndex) -> Iterator[WantedAnswer]:
    """Yield the answers that a script is made of, for the plan.

    What is asked for a section depends on those before, so that after one that is missing, all count as missing.
    """
    from audio_pipeline.makers import writing  # slow to import

    takes, is_known = takes_of(attempt), True
    before: list[str] = []
    for number in range(len(request["outline"])):
        if not is_known:
            yield WantedAnswer(KIND, {"section": number, "outline": request["outline"]}, 0)
            continue
        wanted = unit(request, number, before)
        answer = WantedAnswer(KIND, wanted, take_of(takes, wanted))
        yield answer
        found = index.answer(answer)
        is_known = found is not None and not found.details.get("cut_off")
        if found and is_known:
            raw = found.data.decode(errors="surrogatepass")
            before.append(writing.cleaned(raw, request["language"], request["speakers"]))
