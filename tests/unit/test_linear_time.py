"""Linear time of all work on a service's text: twice the text takes about twice as long."""

import pytest
from audio_pipeline.core.topics import slug_of
from audio_pipeline.engines import text_limit
from audio_pipeline.errors import RequestRefused
from audio_pipeline.http.error_body import error_within, reason_of
from audio_pipeline.sanitize import excerpt
from audio_pipeline.text import grounding, sentences, spoken_form
from audio_pipeline.text.cleaning import spoken_words
from audio_pipeline.text.excerpt import excerpt as source_excerpt
from audio_pipeline.text.left_over import find as left_over_of
from growth import growth

NASTY = [
    "<title>", "|-", "|-|-", "**a", "*a ", "__a", "`a", "Mr. ", "… ", "…", "[a](", "](", "<!--", "<think>", "</think>",
    "<|im_end|>", "{{", "&amp;", "&", "\\(", "#a", "1. ", "- ", "> ", "(a", "[", "((", '"', "“", "a" * 50 + " ", "a.b.",
    "http://a", "$5 ", "1/2 ", "3. ", "\u0301", "a\u0301\u0302", "\u200d", "\u202e", "\U0001f468\u200d", "字", "。",
    "\n", "\n\n", " \t", "<b", "<b a=", "Sure! ", "Narrator: ", "[music] ", "I can't ", "0", "-", "--", "%", "1,000,",
    "+1 555 ", "No. ", "assistant", "thought\n", "### ", "User: ", "\\", "\\*", "~~", "==", "🙂", "①", "12:30 ", "St. ",
    "z.B. ", "vs. ", "z. B. ", "der 1. ", "und 1. ", "½", "call 1 ", "+1 ", "(11) ", "$1-", "1K", "x1", "3-1 won ",
    "1,000", "text too ", "[pause 1s] ", "[pause 1",
]  # fmt: skip
LENGTH = 3_000  # characters: as the longest script that is kept by default
WORK = {
    "cleaning": lambda text: spoken_words(text, "en"),
    "cleaning in German": lambda text: spoken_words(text, "de"),
    "what is left over": lambda text: left_over_of(text, "en"),
    "sentences": lambda text: list(sentences.ends(text, "en")),
    "German sentences": lambda text: list(sentences.ends(text, "de")),
    "spoken form": lambda text: spoken_form.spoken(text, "en"),
    "German spoken form": lambda text: spoken_form.spoken(text, "de"),
    "Portuguese spoken form": lambda text: spoken_form.spoken(text, "pt-BR"),
    "French spoken form": lambda text: spoken_form.spoken(text, "fr"),
    "Russian spoken form": lambda text: spoken_form.spoken(text, "ru"),
    "Turkish spoken form": lambda text: spoken_form.spoken(text, "tr"),
    "a limit of characters": lambda text: text_limit.from_refusal(RequestRefused(text, 400), 500),
    "the reason of an error": lambda text: reason_of(text.encode()),
    "an error in JSON": lambda text: error_within({"error": {"message": text, "type": text}}),
    "what a source does not have": lambda text: grounding.unsupported(text, text[9:], "Tea", "en"),
    "what is copied": lambda text: grounding.copied(text, text[9:], "en"),
    "parts of a source": lambda text: source_excerpt(text, "tea", 1000, "en"),
    "what is shown": excerpt,
    "a slug": slug_of,
}


@pytest.mark.parametrize("name", WORK)
def test_twice_the_text_takes_about_twice_as_long(name):
    work, slow = WORK[name], []
    for piece in NASTY:
        for text in (piece, f"Tea {piece}"):
            once, twice = (text * (length // len(text)) for length in (LENGTH, 2 * LENGTH))
            if (ratio := growth(work, once, twice)) > 3:
                slow.append((text, round(ratio, 1)))
    assert not slow
