"""Cleaning of a language model's text to the words to be spoken.

Only markup that can be removed without loss is removed. The rest is left to `script_checks`: after a wrong guess, text
would be spoken or lost unnoticed. Markdown parsers lose `2*3*4`, `__init__` and a year at the start of a line; so these
are rules for lines and for marks within one line, all in linear time.
"""

import html
from collections.abc import Iterator

import regex

from audio_pipeline.text import characters, chat_tokens, model_phrases, pauses, wrapping
from audio_pipeline.text.languages import registry
from audio_pipeline.text.model_phrases import Patterns
from audio_pipeline.text.unspaced import HAN_KANA
from audio_pipeline.text.wrapping import ATTRIBUTES

_PASSES = 8  # maximum; a script is stable after fewer
_FLAGS = regex.IGNORECASE | regex.MULTILINE

# Marks a removal. No line contains it before, because of `" ".join(split())`. See `_close_gaps`.
_GAP = "\x1f"

# Chinese and Japanese, with their full-width punctuation and half-width kana.
_UNSPACED = rf"[{HAN_KANA}\u3000-\u303f\uff00-\uff9f]"
_NO_MARK_AFTER = r"[\p{Latin}\p{Nd}_]"  # before a mark: 2*3*4, snake_case, x**2

_COMMENT = regex.compile(r"<!--(?:(?!<!--|-->).)*+-->", regex.DOTALL)
_BLOCK_TAG = regex.compile(
    rf"</?(?:p|div|h[1-6]|section|article|speak|html|body|header|footer|hr)\b{ATTRIBUTES}>", _FLAGS
)
_LINE_TAG = regex.compile(rf"</?(?:br|ul|ol)\b{ATTRIBUTES}>|</li>", _FLAGS)
_ITEM_TAG = regex.compile(rf"<li\b{ATTRIBUTES}>", _FLAGS)
_PAUSE_TAG = regex.compile(rf"</?(?:break|pause|silence)\b{ATTRIBUTES}>", _FLAGS)
_INLINE_TAG = regex.compile(
    rf"</?(?:b|i|u|em|strong|span|small|mark|sub|font|center|prosody|emphasis|voice|say-as)\b{ATTRIBUTES}>",
    _FLAGS,
)
_ENTITY = regex.compile(
    r"&(?:amp|lt|gt|quot|apos|#0?39|#x27|#34|nbsp|#160|ndash|mdash|hellip|[lr]squo|[lr]dquo);",
    _FLAGS,
)
_RULE = regex.compile(r"(?:[-*_=~•─—⸻]\s?){3,}|⸻|[◆◇※＊]{1,5}")
_FENCE = regex.compile(r"(?:```+|~~~+)\s?([\w+-]*)")
_TEXT_FENCES = ("", "text", "txt", "plaintext", "plain", "markdown", "md", "script", "narration")
_TABLE_RULE = regex.compile(r"[:\s-]*+\|([:\s|-]*+)")
_QUOTED = regex.compile(r"(?:>\s?)+(?=\S)")
_HEADING = regex.compile(r"#{1,6}\s(?=\S)")
_HEADING_END = regex.compile(r"\s#+$")
_BULLET = regex.compile(
    r"(?:[-+](?=\s\D)|[*•●○▪▫■◦‣⁃∙·►▶➤➢→✓✔☑])\s(?:\[[ xX]?\]\s)?(?=\S)|[・①-⑳❶-❿]\s?(?=\S)"
)
_DASH_NUMBER = regex.compile(r"-\s(?=\d)")
_NUMBER = regex.compile(
    r"(?<marks>[*_]{0,3})[(（]?(?<number>\d{1,2})(?<sign>[.)．）、](?!\d)|-(?=\s[\p{Lu}\p{Lo}]))\s?(?=\S)"
)
_EMPHASIZED_LINE = regex.compile(r"([*_]{1,3})([^*_]+)\1")
_BRACKETED_LINE = regex.compile(r"[\[［](?:[^\[\]［］]|\[[^\[\]]*\])++[\]］]|【[^【】]++】")
_PARENTHESIZED_LINE = regex.compile(r"[(（]([^()（）]*[^()（）.!?…。！？])[)）]")
_REFERENCE_LINE = regex.compile(r"\[\^?[\w-]{1,40}\]:\s\S+.*")
_URL = r"(?:https?://|www\.)[^\s()<>\[\]]+(?:\([^\s()<>]*\)[^\s()<>\[\]]*)?"
_URL_LINE = regex.compile(rf"<?{_URL}>?", _FLAGS)
_TIMES = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:-|–|—|to|~|〜)\s?\d{1,2}:\d{2}(?::\d{2})?)?"
_TIMESTAMP = regex.compile(
    rf"(?:\[{_TIMES}\]|\({_TIMES}\)|（{_TIMES}）|{_TIMES}(?=\s?[-–—|:]\s))\s?[-–—|:：]?\s?"
)

_IMAGE = regex.compile(r"!\[[^\[\]]*\]\([^()\s]*+(?:\s\"[^\"()]*\")?\)")
_LINK = regex.compile(
    r"\[([^\[\]]+)\](?:\((?:[^()\s]*+(?:\([^()\s]*+\))?+[^()\s]*+)(?:\s\"[^\"()]*\")?\)|\[\d{0,3}\])"
)
_FOOTNOTE = regex.compile(
    r"(?<=[\p{P}]|\p{L}{3})\s?(?:\[\^?\d{1,3}(?:[,–-]\s?\d{1,3})*\])+|【\d+[^【】]*†[^【】]*】"
)
_URL_ASIDE = regex.compile(rf"[(（]\s?<?{_URL}>?\s?[)）]", _FLAGS)
_BOLD = regex.compile(rf"(?<!{_NO_MARK_AFTER}|[*\\])(\*\*\*?)(?!\*)([^*]*[^*\s][^*]*)\*\*\*?(?!\*)")
_STARRED = regex.compile(
    rf"(?<!{_NO_MARK_AFTER}|[*\\])(\*)(?=[^\s*])([^*]*[^\s*\\])\*(?![\p{{Latin}}\p{{Nd}}*])"
)
_UNDERLINED = regex.compile(
    r"(?<![\p{L}\p{N}_\\])(__?)(?=[^\s_])([^_]*[^\s_\\])\1(?![\p{L}\p{N}_])"
)
_DUNDER = ("init", "main", "name", "str", "repr", "len", "call", "new", "del", "doc", "dict", "class", "file", "all",
           "add", "eq", "iter", "next", "enter", "exit", "getitem", "setitem", "hash", "version")  # fmt: skip
_CODE = regex.compile(r"(?<!`)(`)([^`]+)`(?!`)")
_ESCAPED = regex.compile(r"\\([*_#`\[\]>~])")
_EMOJI_ONE = (
    r"(?:\p{Regional_Indicator}{2}|[\p{Emoji_Presentation}--\p{Regional_Indicator}]|"
    r"[\p{Extended_Pictographic}--[™©®]]\ufe0f)[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]*[\U000e0020-\U000e007f]*"
)
EMOJI = regex.compile(
    rf"{_EMOJI_ONE}(?:\u200d(?:{_EMOJI_ONE}|\p{{Extended_Pictographic}}))*|[♪♫♬♩]", regex.V1
)
_SELECTORS = regex.compile(r"(?<=[\d#*™©®\p{S}\p{P}])[\ufe0f\u20e3]+|\ufe0f")
_HASHTAG = regex.compile(r"#\p{L}[\w-]*[.,]?")
_INLINE_HASHTAG = regex.compile(r"(?<![\w&/#])#(?=\p{L}[\p{L}\p{N}]+)")
_SENTENCE_ENDS = '.!?…。！？।؟:"”»'

_OPENING = "([{¿¡«“„‘「『（【"
_NO_SPACE_BEFORE = ".,…)]}”’。、！？：；」』）】"


def spoken_words(text: str, language: str) -> str:
    """Return only the words to be spoken: NFC, one blank line between paragraphs, one space between words.

    Valid pauses (text/pauses.py) are kept, as prompts may ask for them. Idempotent. language: the topic's; its phrases
    and the English ones are removed.
    """
    words = model_phrases.patterns(registry.of(language))
    start = text = _normalized(text)
    for _ in range(_PASSES):
        cleaned = _clean(text, words)
        if cleaned == text:
            return text
        text = cleaned
    return _join_lines(start.split("\n"))


def _normalized(text: str) -> str:
    return characters.composed(text.replace("\r\n", "\n").replace("\r", "\n"))


def _clean(text: str, words: Patterns) -> str:
    """Clean once."""
    text = chat_tokens.answer(characters.audible(text))
    text = _COMMENT.sub(" ", text)
    text = _BLOCK_TAG.sub("\n\n", text)
    text = wrapping.with_answer_tags_apart(text)
    text = _LINE_TAG.sub("\n", text)
    text = _ITEM_TAG.sub("\n• ", text)
    text = _PAUSE_TAG.sub(" ", text)
    text = _INLINE_TAG.sub("", text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = _join_lines(list(_lines(text.split("\n"), words)))
    paragraphs = [_inline(paragraph, words) for paragraph in text.split("\n\n")]
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    text = wrapping.without_quotes(
        wrapping.without_answer_tags(wrapping.without_words_to_user(text, words))
    )
    return _join_lines(characters.composed(text).split("\n"))


def _join_lines(lines: list[str]) -> str:
    """Join lines to paragraphs: blank lines separate them, and single line ends become spaces."""
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        line = " ".join(line.split())
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    joined = ("\n".join(paragraph) for paragraph in paragraphs if paragraph)
    return "\n\n".join(_LINE_END.sub("", paragraph).replace("\n", " ") for paragraph in joined)


_LINE_END = regex.compile(rf"(?<={_UNSPACED})\n(?={_UNSPACED})")


def _lines(lines: list[str], words: Patterns) -> Iterator[str]:
    """Yield the lines without their markup and labels, with blank lines around separate blocks."""
    lines = [" ".join(line.split()) for line in lines]
    numbered = _list_numbers(lines, words)
    first = next((number for number, line in enumerate(lines) if line), None)
    dashes = sum(line.startswith("- ") for line in lines) > 1
    fence = None
    for number, line in enumerate(lines):
        match = _FENCE.fullmatch(line)
        if match and fence is None:
            fence = match[1].lower()
            yield "" if fence in _TEXT_FENCES else line
        elif match:
            yield "" if fence in _TEXT_FENCES else line
            fence = None
        elif fence not in (None, *_TEXT_FENCES):
            yield line
        elif not line or _RULE.fullmatch(line):
            yield ""
        elif _is_table_row(line):
            yield from ("", line, "")
        elif number == first and _announces(line, words):
            yield from ("", *_line(line, words, number in numbered, dashes), "")
        else:
            yield from _line(line, words, number in numbered, dashes)


def _announces(line: str, words: Patterns) -> bool:
    """True if a first line that ends in a colon is kept as a paragraph for the checks."""
    unknown = not words.language.phrases and line.endswith((":", "："))
    return unknown or bool(words.announcement.fullmatch(line))


def _is_table_row(line: str) -> bool:
    """True for |cells|, and for the rule |---|---| below a table's head, even with text after it."""
    rule = _TABLE_RULE.match(line)
    cells = len(line) > 1 and line.startswith("|") and line.endswith("|")
    return cells or bool(rule and "--" in rule[1])


def _line(line: str, words: Patterns, numbered: bool, dashes: bool) -> Iterator[str]:
    line = _QUOTED.sub("", line, 1) if line.startswith(">") else line
    separate = numbered
    if heading := _HEADING.match(line):
        line, separate = _HEADING_END.sub("", line[heading.end() :]), True
    if numbered and (number := _NUMBER.match(line)):
        line = _without_number(line, number)
    bullet = _BULLET.match(line) or (dashes and _DASH_NUMBER.match(line))
    if bullet:
        line, separate = line[bullet.end() :], True
    marked = _EMPHASIZED_LINE.fullmatch(line.rstrip(":"))
    if marked and (heading or len(marked[1]) > 1) and marked[2][-1] not in _SENTENCE_ENDS:
        separate = True
    if _is_direction(line, marked[2] if marked else "", words) or _URL_LINE.fullmatch(line):
        yield ""
        return
    line = _inline(line, words)
    if stamp := _TIMESTAMP.match(line):
        line, separate = line[stamp.end() :], True
    if words.note.fullmatch(line):
        yield ""
        return
    if scene := words.scene.match(line):
        rest = line[scene.end() :]
        line, separate = rest if rest[-1:] and rest[-1] in _SENTENCE_ENDS else "", True
    for label in (words.section, words.label):
        if match := label.match(line):
            line, separate = wrapping.without_quotes(line[match.end() :]), True
    yield from ("", line, "") if separate else (line,)


def _is_direction(line: str, emphasized: str, words: Patterns) -> bool:
    """True if an entire line is about sound and picture."""
    bare = line.strip("*_ ")
    if pauses.are_pauses(bare):
        return False
    if _BRACKETED_LINE.fullmatch(bare) or _REFERENCE_LINE.fullmatch(line):
        return not words.label.fullmatch(bare)
    if match := _PARENTHESIZED_LINE.fullmatch(bare):
        return len(match[1]) <= 200
    return (
        bool(emphasized)
        and len(emphasized) <= 100
        and bool(words.direction.search(emphasized))
        and (
            emphasized[-1] not in _SENTENCE_ENDS
            or (line[0] + line[-1] == "**" and line[1] not in "*")
        )
    )


def _list_numbers(lines: list[str], words: Patterns) -> set[int]:
    """Return the indices of lines numbered 1, 2, …, or 1 alone: a list, not a date, an ordinal or a year."""
    run: list[int] = []
    best: set[int] = set()
    for number, line in enumerate(lines):
        bare = line.lstrip("#> ")
        match = None if words.scene.match(bare) else _NUMBER.match(bare)
        if match and int(match["number"]) == len(run) + 1:
            run.append(number)
        elif match and int(match["number"]) == 1:
            run = [number]
        if len(run) > 1:
            best.update(run)
        elif match and run == [number] and _begins_list(match, lines[:number][-1:], words):
            best.add(number)
    return best


def _begins_list(first: regex.Match[str], before: list[str], words: Patterns) -> bool:
    """True if a line with "1." is a list without a "2." before: the line above it, if any."""
    if before and before[0] and not before[0].endswith((":", "：")):
        return False
    rest = first.string[first.end() :].lstrip("*_ ")
    if first["sign"] != ".":
        return True
    ordinal = words.language.has_ordinal_words and rest[:1].islower()
    return not ordinal and not words.ordinal.match(rest)


def _without_number(line: str, number: regex.Match[str]) -> str:
    """Remove the number of a line, and marks that enclose only the number."""
    marks, rest = number["marks"], line[number.end() :]
    return rest[len(marks) :].lstrip() if marks and rest.startswith(marks) else marks + rest


def _inline(line: str, words: Patterns) -> str:
    """Remove the marks within a line."""
    line = _IMAGE.sub(_GAP, line)
    line = _URL_ASIDE.sub(_GAP, line)
    line = _FOOTNOTE.sub("", line)
    line = _LINK.sub(r"\1", line)
    line = words.bracketed.sub(lambda match: match[0] * pauses.are_pauses(match[0]) or _GAP, line)
    for marks in (_BOLD, _STARRED, _UNDERLINED, _CODE):
        line = marks.sub(_unwrap, line)
    line = _ESCAPED.sub(r"\1", line)
    line = _SELECTORS.sub("", EMOJI.sub(_GAP, line))
    return _without_hashtags(_close_gaps(line, words.language.spaced_marks))


def _unwrap(match: regex.Match[str]) -> str:
    """Return the words between two marks, with a space if only the marks separated words."""
    inner: str = match[2]
    text, end = match.string, match.end()
    if match[1] == "__" and inner in _DUNDER:
        return match[0]
    after = text[end : end + 1]
    stops = (
        inner.rstrip().endswith((".", ",", ";", ":", "!", "?"))
        and after.isalpha()
        and not regex.match(_UNSPACED, after)
    )
    return inner + " " * stops


def _close_gaps(line: str, spaced_marks: bool) -> str:
    """Replace gaps so that words stay separate, without spaces before punctuation."""

    def close(match: regex.Match[str]) -> str:
        before, after = line[: match.start()][-1:], line[match.end() : match.end() + 1]
        if not before or not after or before in _OPENING or after in _NO_SPACE_BEFORE:
            return ""
        if after in "!?;:»":
            return " " * spaced_marks
        if regex.fullmatch(_UNSPACED, before) and regex.fullmatch(_UNSPACED, after):
            return ""
        return " "

    if _GAP not in line:
        return line
    return " ".join(_GAPS.sub(close, " ".join(line.split(" "))).split())


_GAPS = regex.compile(rf" ?{_GAP}(?: ?{_GAP})*+ ?")


def _without_hashtags(line: str) -> str:
    """Remove hashtags after the last sentence, and the mark alone of those within a sentence."""
    if "#" not in line:
        return line
    tokens = line.split(" ")
    last = len(tokens)
    while last and _HASHTAG.fullmatch(tokens[last - 1]):
        last -= 1
    if len(tokens) - last > 1 or not last or tokens[last - 1][-1:] in _SENTENCE_ENDS:
        tokens = tokens[:last]
    return _INLINE_HASHTAG.sub("", " ".join(tokens))
