"""Detection of markup, tokens, labels and remarks to the user that cleaning keeps, since removal would be a guess."""

import regex

from audio_pipeline.text import chat_tokens, cleaning, pauses, wrapping
from audio_pipeline.text.languages import registry

# Reasoning without any token, about the user's request or the text to write.
_TASK = r"[^.!?\n]{0,160}\b(?:narration|script|voice-?over|paragraph|sentences|video|me to)\b"
_MUSING = (
    r"(?:(?:okay|ok|alright|hmm+|so|well|first|now|right)[,.]?\s){0,3}(?:"
    r"the user (?:wants|is asking|ask(?:s|ed)|has asked|needs|request(?:s|ed)|would like|said|says)|"
    r"(?:we|i) (?:need|have) to (?:write|produce|craft|create|generate)|"
    rf"let(?:['’]s| me) (?:write|produce|craft|create|draft|outline|think about)){_TASK}"
    r"|(?:好的?[，,。])?(?:首先[，,])?用[户戶](?:要求|[让讓]我|想要|希望|需要|想[让讓]我)"
)

_LEFT_OVER = {
    "a thinking block": rf"<[^<>\s]{{0,40}}{chat_tokens.REASONING}[^<>\s]{{0,40}}(?:\s[^<>\n]{{0,200}})?>"
    rf"|\[/?(?:thinking|thoughts?|think)\]|◁/?\w{{1,20}}▷|(?-i:assistant(?:final|analysis|commentary))"
    r"|\A(?-i:(?:analysis|commentary|thoughts?|thinking|reasoning)[\s:]{0,3}(?=[\p{Lu}\p{Lo}*\d]))"
    r"|\A\W{0,3}(?:thinking|thought|reasoning) process\W{0,3}:",
    "thoughts about the task": rf"\A{_MUSING}",
    "a heading": r"^#{1,6}\s",
    "a list": r"^(?:[-*•●▪]|\d{1,2}[.)](?=[^\n]*\n\n\d{1,2}[.)](?!\d)))\s+[^\s\d]",
    "a token of the model": chat_tokens.TOKEN,
    "a table": r"\|[^|\n]*\||\|\s?:?-{2,}",
    "bold or code marks": r"(?<![\p{L}\p{N}])\*\*|\*\*(?![\p{L}\p{N}])|`|~~|==\S"
    r"|(?<!\w)__(?!(?:[a-z]+)__(?!\w))(?=\S)|(?<=\S)(?<!(?<!\w)__[a-z]{1,20})__(?!\w)",
    "a star": r"(?<![^\s(\"“])\*(?=\S)|(?<=[^\s*])\*(?![^\s.,;:!?)\"”])",
    "a link": r"\]\(|https?://|\bwww\.",
    "a hashtag": r"(?<!\w)#\p{L}",
    "a stage direction": r"^[\[【(（][^\])】）\n]{1,80}[^.!?…。！？][\])】）]$"
    r"|\[(?:visual|music|sound|sfx|pause|cut|scene|image|narrator)\b|【|\((?:short |long )?pause\)|\{(?:pause|music)",
    "a placeholder": r"\[[^\]\n]{0,20}\b(?:your|insert|name|nome|seu|sua|nombre|tu|su|votre|nom|ihr|dein)\b"
    r"[^\]\n]{0,40}\]|\{\{|\}\}|<(?:your|insert)\b",
    "a tag": r"</?[a-z][a-z0-9-]*(?:\s[^<>=\n]*=[^<>\n]*|\s?/)?>|<!--",
    "an escape": r"&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});|\\(?:[a-z]{2,}|[()\[\]{}]|n(?![a-z]))|\$\$",
    "a label": r"^(?:narrator|voice-?over|narrador|locutor|sprecher|narrateur|ナレーター|(?:ai )?assistant)\s?[:：]"
    r"|^(?-i:User)\s?[:：]",
    "an answer in JSON": r"^[ \t]*+[{\[]\s*+\"|\"\s*+:\s*+\"",
    "an emoji": cleaning.EMOJI.pattern,
}  # fmt: skip
# A short first paragraph that ends in a colon, or a word with a colon before the text.
_OPENING = regex.compile(
    r"[^\n]{1,120}[:：](?=\n\n)|(?!\d)[^\s:：]{1,30}(?:\s\d{1,2})?\s?[:：](?!\S)|(?!\d)[^\s:：]{1,30}："
)
_MARKUP = {
    name: regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE | regex.V1)
    for name, pattern in _LEFT_OVER.items()
}


def find(text: str, language: str) -> str | None:
    """Return a message about anything left over but valid pauses. Returns None if there is nothing."""
    text = pauses.without(text)
    for name, pattern in _MARKUP.items():
        if match := pattern.search(text):
            return f"has {name} in it, {quoted(match[0])}; expected plain sentences"
    if remark := wrapping.to_the_user(text, language):
        return f"has words to you in it, {quoted(remark)}; expected the script alone"
    if not registry.of(language).phrases and (match := _OPENING.match(text)):
        return (
            f"begins with {quoted(match[0])}, apparently a label or words to you; expected the script alone "
            f"(for {language!r} there is no list of such phrases)"
        )
    return None


def quoted(text: str) -> str:
    """Return the text in quotes, shortened."""
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
