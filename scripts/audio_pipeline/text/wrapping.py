"""Removal of wrapping around a script: remarks to the user, answer tags, quotes."""

import regex

from audio_pipeline.text import model_phrases
from audio_pipeline.text.languages import registry
from audio_pipeline.text.model_phrases import Patterns

_FLAGS = regex.IGNORECASE | regex.MULTILINE
ATTRIBUTES = r"(?:\s++[\w:-]++\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s<>\"'=]++))*+\s*+/?"
_ANSWER_TAG = regex.compile(
    r"</?(?:\w{1,12}:)?(?P<name>answer|output|response|result|script|narration|text|transcript|speech|completion|content|"
    rf"voice[_-]?over|spoken[_-]?text|final(?:[_-](?:answer|script|response|text|version|narration|output))?){ATTRIBUTES}>",
    _FLAGS,
)
_ANSWER_TAGS = 20  # maximum in an answer
_QUOTES = {
    '"': '"',
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‘": "’",
    "'": "'",
    "「": "」",
    "『": "』",
    "‹": "›",
}


def without_words_to_user(text: str, words: Patterns) -> str:
    """Remove remarks to the user before and after the text."""
    return _without_closing(_without_preamble(text, words), words)


def with_answer_tags_apart(text: str) -> str:
    """Put answer tags into paragraphs of their own."""
    return _ANSWER_TAG.sub(r"\n\n\g<0>\n\n", text, count=_ANSWER_TAGS)


def _without_preamble(text: str, words: Patterns) -> str:
    """Remove a remark to the user before the text, unless it is the entire text."""
    head = text[:600]
    match = words.preamble.match(head)
    rest = text[match.end() :].lstrip() if match else ""
    return rest or text


def _without_closing(text: str, words: Patterns) -> str:
    """Remove a remark to the user after the text, unless it is the entire text."""
    head, gap, last = text.rpartition("\n\n")
    match = words.closing.search(last) if len(last) < 2000 else None
    if match:
        kept = (head + gap + last[: match.start()]).rstrip(" \n(（*¡¿")
        return kept or text
    return text


def to_the_user(text: str, language: str) -> str | None:
    """Return a remark to the user that was kept because it is the entire text. Returns None if there is none."""
    words = model_phrases.patterns(registry.of(language))
    head = text[:600]
    match = (
        words.preamble.match(head) or words.announcement.match(head) or words.closing.match(head)
    )
    return match and match[0].strip()


def without_answer_tags(text: str) -> str:
    """Remove answer tags around the entire text; one of the two may be missing. Other tags are left to the checks."""
    head, _, rest = text.partition("\n\n")
    if (tag := _ANSWER_TAG.fullmatch(head)) and not head.startswith("</"):
        end = f"</{tag['name']}>"
        if rest.lower().endswith(end.lower()):
            return rest[: -len(end)].rstrip()
        return text if end.lower() in rest.lower() else rest
    rest, _, last = text.rpartition("\n\n")
    if (tag := _ANSWER_TAG.fullmatch(last)) and last.startswith("</"):
        return text if f"<{tag['name']}".lower() in rest.lower() else rest
    return text


def without_quotes(text: str) -> str:
    """Remove quotes around the entire text, or around each of several paragraphs."""
    if _is_quoted(text):
        return text[1:-1].strip()
    paragraphs = text.split("\n\n")
    if len(paragraphs) > 1 and all(map(_is_quoted, paragraphs)):
        return "\n\n".join(paragraph[1:-1].strip() for paragraph in paragraphs)
    return text


def _is_quoted(text: str) -> bool:
    """True if the first and last character are a pair of quotes that encloses the entire text."""
    closing = _QUOTES.get(text[:1])
    if len(text) < 3 or not closing or text[-1] not in closing:
        return False
    inner = text[1:-1]
    if text[0] == "'":  # an apostrophe has letters around it
        return not regex.search(r"(?<!\p{L})'|'(?!\p{L})", inner)
    if text[0] in closing:
        return text[0] not in inner
    depth = 0
    for character in inner:
        depth += (character == text[0]) - (character in closing)
        if depth < 0:
            return False
    return depth == 0 and any(map(str.isalnum, inner))
