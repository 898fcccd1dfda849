"""A long text in parts that a speech synthesizer can take: whole sentences, and none of them too long.

Piper's memory follows its longest sentence (1 GB at 200 words, 3 GB at 600), and one request for an hour of speech
could not be told from one that hangs. So a long text is spoken passage by passage, and a long sentence is parted at a
comma.
"""

import itertools
import re

from audio_pipeline.text import sentences

MOST_WORDS = 150  # of a passage; a script of usual length is one
MOST_CHARACTERS = 1500  # of a passage: for languages that put no spaces between words
_SENTENCE_WORDS = 60
_SENTENCE_CHARACTERS = 600
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_CLAUSE_END = re.compile(r"(?<=[,;:–—])\s+|(?<=[，、；：])")


def passages(text: str, language: str) -> list[str]:
    """The text in order, each part at most 150 words and 1,500 characters; a short text is a single part.

    Within a part, a blank line stands where a sentence of more than 60 words was parted: it ends a sentence for Piper.
    """
    if _fits(text, MOST_WORDS, MOST_CHARACTERS):
        return ["".join(_sentences(text, language)).strip()] if text.strip() else []
    parts: list[str] = []
    for block in _sentences(text, language):
        if parts and _fits(parts[-1] + block, MOST_WORDS, MOST_CHARACTERS):
            parts[-1] += block
        else:
            parts.append(block)
    return [part.strip() for part in parts if part.strip()]


def is_speakable(text: str) -> bool:
    """True if there is a letter or a digit in it. Piper answers 500 to anything else."""
    return any(character.isalnum() for character in text)


def _sentences(text: str, language: str) -> list[str]:
    """The sentences with the white space after them, so that together they are the text again."""
    return [
        part
        for paragraph in _cut(text, _PARAGRAPH_END)
        for sentence in sentences.split(paragraph, language)
        for part in _shortened(sentence)
    ]


def _shortened(sentence: str) -> list[str]:
    if _fits(sentence, _SENTENCE_WORDS, _SENTENCE_CHARACTERS):
        return [sentence]
    pieces: list[str] = []
    for clause in _cut(sentence, _CLAUSE_END):
        for piece in _by_length(clause):
            if pieces and _fits(pieces[-1] + piece, _SENTENCE_WORDS, _SENTENCE_CHARACTERS):
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return [piece.rstrip() + "\n\n" for piece in pieces[:-1]] + pieces[-1:]


def _by_length(clause: str) -> list[str]:
    """Where there is no comma either: the words or, in a writing without spaces, pieces of them."""
    if _fits(clause, _SENTENCE_WORDS, _SENTENCE_CHARACTERS):
        return [clause]
    return [
        word[start : start + _SENTENCE_CHARACTERS]
        for word in re.findall(r"\S+\s*", clause)
        for start in range(0, len(word), _SENTENCE_CHARACTERS)
    ]


def _cut(text: str, ends: re.Pattern[str]) -> list[str]:
    """The text cut after each match, nothing lost."""
    places = [0, *(match.end() for match in ends.finditer(text)), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places) if a < b]


def _fits(text: str, words: int, characters: int) -> bool:
    return len(text) <= characters and len(text.split()) <= words
