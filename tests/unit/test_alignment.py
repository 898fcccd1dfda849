"""Times of words: synthetic speech of bursts and silences at known times."""

import itertools

import numpy as np
import pytest
from audio_pipeline.sound import alignment

RATE_HZ = 22050


def speech(*parts: tuple[float, float]) -> np.ndarray:
    """Return noise of so many seconds, then silence of so many seconds, and so on; int16, (n, 1)."""
    noise = np.random.default_rng(1)
    sounds = []
    for loud_s, quiet_s in parts:
        sounds.append(noise.normal(0, 3000, round(loud_s * RATE_HZ)))
        sounds.append(np.zeros(round(quiet_s * RATE_HZ)))
    return np.concatenate(sounds).astype(np.int16)[:, None]


def times(sentences: list[str], *parts: tuple[float, float], language="en") -> list[alignment.Word]:
    return alignment.word_times(sentences, language, alignment.voice(speech(*parts), RATE_HZ))


def test_voice_is_found_between_silences():
    heard = alignment.voice(speech((0.5, 0.3), (1.0, 0.2)), RATE_HZ)

    assert heard.starts_s == pytest.approx([0.0, 0.8], abs=0.02)
    assert heard.ends_s == pytest.approx([0.5, 1.8], abs=0.02)


def test_a_gap_shorter_than_a_stop_consonant_is_no_pause():
    assert len(alignment.voice(speech((0.5, 0.04), (0.5, 0.2)), RATE_HZ).starts_s) == 1


def test_a_comma_is_put_at_the_pause_whatever_the_letters_say():
    found = times(["Yes, nevertheless."], (0.6, 0.2), (0.8, 0.1))

    assert found[0].end_s == pytest.approx(0.6, abs=0.03)
    assert found[1].begin_s == pytest.approx(0.8, abs=0.03)


def test_sentences_are_parted_at_the_long_pause():
    found = times(["One two.", "Three four."], (0.4, 0.08), (0.4, 0.4), (0.9, 0.1))

    assert found[2].begin_s == pytest.approx(1.28, abs=0.05)


def test_a_hesitation_within_a_sentence_moves_only_what_comes_after_it():
    found = times(["abcdefgh abcdefgh abcdefgh abcdefgh"], (1.0, 0.5), (1.0, 0.1))

    assert [word.begin_s for word in found] == pytest.approx([0, 0.5, 1.5, 2.0], abs=0.06)


def test_numbers_take_the_time_of_their_words():
    found = times(["In 1969 we won"], (2.0, 0.1))
    year, ours = found[1], found[2]

    assert year.end_s - year.begin_s > 4 * (ours.end_s - ours.begin_s)


@pytest.mark.parametrize(
    "text", ["a", "?!", "— dash — here", "日本語の文章です", "مرحبا بالعالم", "x" * 500, "a-b" * 90]
)
@pytest.mark.parametrize("parts", [((0.3, 0.0),), ((0.0, 0.4),), ((0.1, 0.1),) * 30])
def test_words_follow_each_other_within_the_sound_whatever_the_text(text, parts):
    found = times([text, text], *parts)
    whole_s = sum(map(sum, parts))

    assert "".join(word.text for word in found).replace(" ", "") == (text * 2).replace(" ", "")
    for word, following in itertools.pairwise(found):
        assert 0 <= word.begin_s <= word.end_s <= whole_s + 0.05
        assert word.begin_s <= following.begin_s


def test_an_hour_of_speech_without_a_record_is_parted_in_seconds():
    sentences = ["Some words that are said, and then some more of them."] * 900
    starts = np.arange(900) * 4.0
    heard = alignment.Voice(
        np.sort(np.concatenate([starts, starts + 1.5])),
        np.sort(np.concatenate([starts + 1.4, starts + 3.6])),
    )

    found = alignment.word_times(sentences, "en", heard)

    begins = [word.begin_s for word in found][:: len(sentences[0].split())]
    assert np.abs(np.array(begins) - starts).max() < 0.3


def test_silence_throughout_is_one_stretch():
    assert len(alignment.voice(np.zeros((RATE_HZ, 1), np.int16), RATE_HZ).starts_s) == 1
