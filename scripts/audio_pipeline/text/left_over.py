"""What cleaning leaves in a text because its removal would be a guess: marks, tokens, labels, words to the user."""

import regex

from audio_pipeline.text import chat_tokens, cleaning, wrapping
from audio_pipeline.text.languages import registry

# A model that thinks aloud, without any token: about the user's wish, or about the text that is to be written.
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
# A first paragraph of one short line with a colon at its end, or a word with a colon before the text.
_OPENING = regex.compile(
    r"[^\n]{1,120}[:：](?=\n\n)|(?!\d)[^\s:：]{1,30}(?:\s\d{1,2})?\s?[:：](?!\S)|(?!\d)[^\s:：]{1,30}："
)
_MARKUP = {
    name: regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE | regex.V1)
    for name, pattern in _LEFT_OVER.items()
}


def find(text: str, language: str) -> str | None:
    """What is found, and what is expected."""
    for name, pattern in _MARKUP.items():
        if found := pattern.search(text):
            return f"has {name} in it, {shown(found[0])}; expected plain sentences"
    if address := wrapping.to_the_user(text, language):
        return f"has words to you in it, {shown(address)}; expected the script alone"
    if not registry.of(language).phrases and (found := _OPENING.match(text)):
        return (
            f"begins with {shown(found[0])}, a label or words to you as it seems; expected the script alone "
            f"(for {language!r} there is no list of such phrases)"
        )
    return None


def shown(text: str) -> str:
    """The text in quotes, shortened."""
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")
