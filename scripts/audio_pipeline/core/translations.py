"""Topics that are translations: the script of another topic, in another language."""

from collections.abc import Sequence
from dataclasses import replace

from audio_pipeline.core.topics import Topic, TopicsFaulty, slug_in
from audio_pipeline.errors import InputError


def with_languages(
    topics: Sequence[Topic], into: Sequence[str], place: str, default_language: str
) -> list[Topic]:
    """Return the topics, each one without a language of its own followed by its translations into these languages.

    Translations that have a line of their own stay. place: the topics file, for messages.
    Raises InputError: another topic has the slug of a translation.
    """
    taken = {topic.slug: topic.line for topic in topics}
    known: dict[str, list[str]] = {}  # original → languages of its translations
    for topic in topics:
        if topic.original:
            known.setdefault(topic.original, []).append(
                (topic.language or default_language).lower()
            )
    result: list[Topic] = []
    faults = []
    for topic in topics:
        result.append(topic)
        if topic.language or topic.original:
            continue
        for language in into:
            if language.lower() in (default_language.lower(), *known.get(topic.slug, ())):
                continue
            slug = slug_in(topic.slug, language)
            if slug in taken:
                faults.append(
                    (taken[slug], f"has the slug {slug!r} of a translation of line {topic.line}")
                )
            taken[slug] = topic.line
            own = replace(topic, voice=None, source=None, text_file=None)
            result.append(replace(own, slug=slug, language=language, original=topic.slug))
    if faults:
        raise TopicsFaulty(place, faults)
    return result


def with_originals(topics: Sequence[Topic], place: str, default_language: str) -> list[Topic]:
    """Return the topics, translations with the language of their originals.

    place: the topics file, for messages; default_language: of topics that name none. Raises InputError: a topic cannot
    be the original of another, with one line for each.
    """
    by_slug = {topic.slug: topic for topic in topics}
    result, faults = [], []
    for topic in topics:
        if topic.original is None:
            result.append(topic)
            continue
        try:
            language = _language_of_original(topic, by_slug, default_language)
            own = topic.language or default_language
            result.append(replace(topic, from_language=language, language=own))
        except InputError as fault:
            faults.append((topic.line, str(fault)))
    if faults:
        raise TopicsFaulty(place, faults)
    return result


def _language_of_original(topic: Topic, by_slug: dict[str, Topic], default_language: str) -> str:
    original = by_slug.get(topic.original or "")
    if original is None:
        raise InputError(
            f"has original={topic.original}, but no topic has that slug; add one, or correct it"
        )
    if original.original is not None:
        raise InputError(
            f"has original={original.slug}, itself a translation; name its original, {original.original}"
        )
    language = original.language or default_language
    if topic.from_language not in (None, language):
        raise InputError(
            f"has from={topic.from_language}, but the topic {original.slug} is in {language}; leave out from=…"
        )
    if (topic.language or default_language).lower() == language.lower():
        raise InputError(
            f"is in {language} like its original, {original.slug}; give it another language=…"
        )
    return language
