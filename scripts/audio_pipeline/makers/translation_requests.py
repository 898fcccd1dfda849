"""Requests for translations: those of a script, and of each of its sentences."""

import re
from collections.abc import Collection, Iterator

from audio_pipeline.core.attempts import Attempt, WantedAnswer, take_of, takes_of
from audio_pipeline.core.request import Request
from audio_pipeline.core.topics import Topic
from audio_pipeline.engines import translator
from audio_pipeline.errors import InputError
from audio_pipeline.makers.llm_stage import part_request
from audio_pipeline.settings import TranslationSettings
from audio_pipeline.text import pauses, sentences, speakers

KIND = "translation"
EMBEDDED = "mozilla"  # engine of the embedded translator
SENTENCE = "{sentence}"  # in the prompt of a request, for each sentence
_LEAST_TOKENS = 64


def check_topic(settings: TranslationSettings, topic: Topic, place: str) -> None:
    """Refuse languages that the embedded translator does not know. Raises InputError."""
    if settings.engine == "embedded" and not translator.model_name(*_languages(topic)):
        raise InputError(
            f"{place}: line {topic.line}: the topic {topic.slug!r} is translated from {topic.from_language!r} into "
            f"{topic.language!r}, but translation.engine: embedded can only do English and Portuguese; "
            "set translation.engine: script to use your language model"
        )


def divided(text: str, topic: Topic, names: Collection[str]) -> list[list[str]]:
    """Return the paragraphs of a script, each as its sentences and pauses.

    names: of the cast; before the sentences of a turn stands its speaker, as in `Anna:`.
    """
    return [
        [f"{turn.speaker}:"] * bool(turn.speaker)
        + [
            part.strip()
            for piece in pauses.apart(" ".join(block.split()))
            for part in ([piece] if pauses.are_pauses(piece) else _sentences(piece, topic))
        ]
        for turn in speakers.turns(text.strip(), names)
        for block in re.split(r"\n\s*\n", turn.text.strip())
    ]


def embedded(topic: Topic) -> Request:
    """Return the part of a request that names the embedded translator."""
    return {"engine": EMBEDDED, "model": translator.model_name(*_languages(topic))}


def checked(request: Request, template: str) -> Request:
    """Return the request without the length of its answers. Raises InputError: the prompt has no sentence."""
    if SENTENCE not in request["prompt"]:
        raise InputError(f"{template}: does not use {{{{ sentence }}}}; put it where it belongs")
    return {key: value for key, value in request.items() if key != "max_tokens"}


def unit(request: Request, sentence: str) -> Request:
    """Return the request of a sentence's translation, but for its take."""
    prompt = request["prompt"].replace(SENTENCE, sentence)
    return part_request(request, prompt, max(_LEAST_TOKENS, len(sentence)))


def to_translate(request: Request) -> Iterator[str]:
    """Yield each different sentence of the original once, and the titles of chapters."""
    names = {f"{name}:" for name in request.get("speakers", ())}
    found: dict[str, None] = {}
    for paragraph in request["original"]:
        for number, part in enumerate(paragraph):
            text = pauses.chapter_title(part) or part
            is_name = number == 0 and part in names
            if any(map(str.isalnum, text)) and not is_name and not pauses.are_pauses(text):
                found[text] = None
    yield from found


def answers(request: Request, attempt: Attempt) -> Iterator[WantedAnswer]:
    """Yield the answers that a translation is made of, for the plan."""
    takes = takes_of(attempt)
    for sentence in to_translate(request):
        wanted = unit(request, sentence)
        yield WantedAnswer(KIND, wanted, take_of(takes, wanted))


def _sentences(text: str, topic: Topic) -> list[str]:
    return sentences.split(text, _languages(topic)[0])


def _languages(topic: Topic) -> tuple[str, str]:
    return topic.from_language or "", topic.language or ""
