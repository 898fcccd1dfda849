"""The times at which scenes change: between two sentences, in the middle of the silence there."""

import itertools
from collections.abc import Sequence

from audio_pipeline.errors import InputError
from audio_pipeline.sound.alignment import Word

_MOST_SHOWN = 60  # characters in a message


def letters(text: str) -> str:
    """Return the letters and digits of a text: texts with the same ones have the same words."""
    return "".join(filter(str.isalnum, text))


def cuts_s(says: Sequence[str], words: Sequence[Word]) -> list[float]:
    """Return the time at which each scene but the first begins. words: of all scenes, in order."""
    ends = list(itertools.accumulate(len(letters(say)) for say in says))
    return times_s(ends[:-1], words)


def times_s(ends: Sequence[int], words: Sequence[Word]) -> list[float]:
    """Return the times after so many letters of a text. words: of all of it, in order."""
    positions = (max(1, position) for position in positions_after(ends, words))
    pairs = ((words[at - 1], words[at]) for at in positions if at < len(words))
    return [(word.end_s + following.begin_s) / 2 for word, following in pairs]


def positions_after(ends: Sequence[int], words: Sequence[Word]) -> list[int]:
    """Return the position of the first word after so many letters of a text, the number of words if there is none."""
    result, position, passed = [], 0, 0
    for end in ends:
        while position < len(words) and passed < end:
            passed += len(letters(words[position].text))
            position += 1
        result.append(position)
    return result


def check(says: Sequence[str], text: str, storyboard: str) -> None:
    """Check that the scenes say the text that is spoken. Raises InputError: with the first scene that does not."""
    rest = letters(text)
    for number, say in enumerate(says, start=1):
        said = letters(say)
        if not rest.startswith(said):
            raise InputError(
                f"{storyboard}: scene {number} says {_from_difference(say, rest)!r}, which the script does not say "
                "there; let the scenes say the whole script in its order, or delete the storyboard, with its edits, "
                "to have it made again"
            )
        rest = rest[len(said) :]
    if rest:
        raise InputError(
            f"{storyboard}: its scenes end before the script does; add the last sentences to one, "
            "or delete the storyboard, with its edits, to have it made again"
        )


def _from_difference(say: str, expected: str) -> str:
    """Return the words of a scene from the first that is not expected. expected: letters."""
    words, known = say.split(), expected
    for number, word in enumerate(words):
        if not known.startswith(letters(word)):
            shown = " ".join(words[max(0, number - 1) :])
            return shown if len(shown) <= _MOST_SHOWN else shown[:_MOST_SHOWN] + "…"
        known = known[len(letters(word)) :]
    return say[-_MOST_SHOWN:]
