"""Cues: their lines, their length, and their ends."""

import itertools

import pytest
from audio_pipeline.sound.alignment import SENTENCE, Word, _mark, tokens_of
from audio_pipeline.text.sentences import paragraphs
from audio_pipeline.video.cues import LONGEST_S, SHORTEST_S, Cue, cues
from wcwidth import wcswidth

LETTER_S = 0.065


def said(
    text: str, language: str = "en", letter_s: float = LETTER_S, columns: int = 42
) -> list[Cue]:
    """Return the cues of a text spoken at an even pace, with 0.35 s after each sentence."""
    words, now_s = [], 0.1
    for paragraph in paragraphs(text, language):
        for sentence in paragraph:
            tokens = tokens_of(sentence)
            for number, token in enumerate(tokens):
                last = number == len(tokens) - 1
                until_s = now_s + letter_s * len(token.strip())
                mark = SENTENCE if last else _mark(token)
                words.append(Word(token.strip(), last or token[-1] == " ", mark, now_s, until_s))
                now_s = until_s + 0.35 * last
    return cues(words, now_s, columns, language)


TEXTS = {
    "long": "The river that begins as a trickle among the stones of a high plateau grows, as it gathers the water of "
    "a hundred smaller streams, into something so wide that a boat in the middle of it sees no bank at all.",
    "short": "Stop. Look up. What do you see? Clouds! They drift, they grow, they rain. Yes. No. Why?",
    "no comma": "Every morning thousands of people who work in the tall buildings of the old harbour district walk "
    "across the narrow bridge that was built by the grandfather of the present mayor of the town",
    "one word": "Yes.",
    "long word": "Look at https://example.org/a/very/long/path/that/has/no/end/at/all/and/goes/on?and=on and go.",
    "numbers": "In 1969, on July 20, two men walked on the Moon for about 2.5 hours, 384,400 km from home.",
    "pt": "A história do café começa na Etiópia, onde um pastor notou que as suas cabras não dormiam à noite.",
    "ja": "空が青いのは、太陽の光が大気の分子によって散乱されるからです。"
    "夕方になると、光は長い距離を通り、赤く見えます。",
    "zh": "天空之所以是蓝色的，是因为阳光进入大气层时，蓝光比红光更容易被空气分子散射到各个方向。",
    "ko": "하늘이 파란 이유는 햇빛이 대기를 지나면서 파란빛이 더 많이 흩어지기 때문입니다.",
    "ar": "السماء زرقاء لأن ضوء الشمس يتشتت في الغلاف الجوي، والضوء الأزرق يتشتت أكثر من الأحمر.",
    "th": "ท้องฟ้าเป็นสีฟ้าเพราะแสงอาทิตย์กระเจิงในชั้นบรรยากาศและแสงสีน้ำเงินกระเจิงมากกว่าแสงสีแดงมาก",
    "emoji": "A family 👨‍👩‍👧‍👦 walks " + "👍🏽" * 40 + " home.",
}


@pytest.mark.parametrize("columns", [16, 26, 42, 80])
@pytest.mark.parametrize("name", TEXTS)
def test_no_text_is_lost_and_no_line_is_too_long(name, columns):
    found = said(TEXTS[name], name, columns=columns)

    assert "".join("".join(cue.lines) for cue in found).replace(" ", "") == (
        TEXTS[name].replace(" ", "")
    )
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < wcswidth(line) <= columns for line in cue.lines)


@pytest.mark.parametrize("name", sorted(set(TEXTS) - {"one word"}))
def test_a_cue_is_shown_for_1_to_7_seconds_and_none_overlaps_the_next(name):
    found = said(TEXTS[name], name, letter_s=0.15 if name in ("ja", "zh", "ko") else LETTER_S)

    assert all(SHORTEST_S - 1e-6 <= cue.end_s - cue.begin_s <= LONGEST_S + 0.2 for cue in found)
    for cue, following in itertools.pairwise(found):
        assert cue.end_s <= following.begin_s


def test_a_slow_voice_gets_shorter_cues():
    found = said(TEXTS["long"], "en", 0.3)

    assert max(cue.end_s - cue.begin_s for cue in found) <= LONGEST_S + 0.2


def test_short_sentences_share_a_cue_and_others_do_not():
    texts = [" ".join(cue.lines) for cue in said(TEXTS["short"])]

    assert "Stop. Look up." in texts[0]
    assert "They drift, they grow, they rain." in " ".join(texts)
    long = said("This sentence is long enough for a cue. So is the sentence that follows it.")
    assert [" ".join(cue.lines)[-1] for cue in long] == [".", "."]


@pytest.mark.parametrize(("name", "language"), [("long", "en"), ("no comma", "en"), ("pt", "pt")])
def test_neither_cue_nor_line_ends_with_an_article_or_a_preposition(name, language):
    lines = [line for cue in said(TEXTS[name], language) for line in cue.lines]

    last = {line.split()[-1].lower() for line in lines}
    assert not last & {"the", "a", "of", "in", "at", "by", "um", "as", "suas", "na", "do", "que"}


def test_a_cue_ends_with_a_clause_where_it_can():
    texts = [" ".join(cue.lines) for cue in said(TEXTS["long"])]

    assert [text[-1] for text in texts][:2] == [",", ","]


def test_names_and_units_stay_together():
    found = said(
        "People who have been there say that the lakes of Sri Lanka lie 2000 km away from us."
    )

    lines = [line for cue in found for line in cue.lines]
    assert not any(line.endswith(("Sri", "2000")) for line in lines)


def test_a_word_without_end_is_parted_by_what_one_sees_not_by_bytes():
    found = said("e\u0301" * 100)

    assert all(not line.startswith("\u0301") for cue in found for line in cue.lines)
