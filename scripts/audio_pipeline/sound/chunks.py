"""Chunks of a long text for a speech synthesizer: complete sentences, with long ones split.

Piper's memory grows with its longest sentence (1 GB at 200 words, 3 GB at 600), and a request for an hour of speech
would look like one that hangs. So a long text is sent in several requests, and long sentences are split at commas.
"""

import itertools
import re

from audio_pipeline.text import sentences

MOST_WORDS = 150  # per passage; a script of typical length is a single one
MOST_CHARACTERS = 1500  # per passage, for languages without spaces between words
_SENTENCE_WORDS = 60
_SENTENCE_CHARACTERS = 600
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_CLAUSE_END = re.compile(r"(?<=[,;:–—])\s+|(?<=[，、；：])")


def passages(text: str, language: str) -> list[str]:
    """Split a text into passages of at most 150 words and 1,500 characters, in order.

    Sentences of more than 60 words are split by blank lines, which end a sentence for Piper.
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
    """True if the text has a letter or a digit; Piper answers 500 otherwise."""
    return any(character.isalnum() for character in text)


def _sentences(text: str, language: str) -> list[str]:
    """Return the sentences with the white space after them, which add up to the text."""
    return [
        part
        for paragraph in _cut(text, _PARAGRAPH_END)
        for sentence in sentences.split(paragraph, language)
        for part in _split_long(sentence)
    ]


def _split_long(sentence: str) -> list[str]:
    if _fits(sentence, _SENTENCE_WORDS, _SENTENCE_CHARACTERS):
        return [sentence]
    pieces: list[str] = []
    for clause in _cut(sentence, _CLAUSE_END):
        for piece in _split_by_length(clause):
            if pieces and _fits(pieces[-1] + piece, _SENTENCE_WORDS, _SENTENCE_CHARACTERS):
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return [piece.rstrip() + "\n\n" for piece in pieces[:-1]] + pieces[-1:]


def _split_by_length(clause: str) -> list[str]:
    """Split a long clause into words, or, in a script without spaces, by length."""
    if _fits(clause, _SENTENCE_WORDS, _SENTENCE_CHARACTERS):
        return [clause]
    return [
        word[start : start + _SENTENCE_CHARACTERS]
        for word in re.findall(r"\S+\s*", clause)
        for start in range(0, len(word), _SENTENCE_CHARACTERS)
    ]


def _cut(text: str, ends: re.Pattern[str]) -> list[str]:
    """Split the text after each match, keeping all characters."""
    positions = [0, *(match.end() for match in ends.finditer(text)), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(positions) if a < b]


def _fits(text: str, words: int, characters: int) -> bool:
    return len(text) <= characters and len(text.split()) <= words
