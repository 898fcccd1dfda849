import direct
import numpy as np
import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import sound_checks

RATE_HZ = 22050
TEN_WORDS = "one two three four five six seven eight nine ten"


def tone(seconds: float, height: int = 9000, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.rint(height * np.sin(np.arange(round(seconds * rate_hz)) / 7)).astype(np.int16)[
        :, None
    ]


def silence(seconds: float) -> np.ndarray:
    return np.zeros((round(seconds * RATE_HZ), 1), np.int16)


def settings(**changes) -> AudioSettings:
    checks = dict.fromkeys(sound_checks.CHECKS, "error") | changes.pop("checks", {})
    return direct.settings("audio", "piper", checks=checks, **{"loudness_lufs": -16.0, **changes})


def run(
    samples, text=TEN_WORDS, language="en", rate_hz=RATE_HZ, spans=(), levelled=None, **changes
):
    return sound_checks.run(
        samples, rate_hz, text, language, settings(**changes), spans=spans, levelled=levelled
    )


def clipped() -> np.ndarray:
    samples = tone(4)
    samples[5000:5003] = 32767
    return samples


def joined(*sounds: np.ndarray) -> np.ndarray:
    return np.concatenate(sounds)


FAULTS = {
    "rate": (
        {"samples": tone(4, rate_hz=8000), "rate_hz": 8000},
        "has 8000 Hz; expected at least 16000",
    ),
    "silence": (
        {"samples": silence(4)},
        "of 4.0 s is silent throughout; expected speech above -50 dBFS",
    ),
    "clipping": (
        {"samples": clipped()},
        "is clipped at 1 places, first at 0.23 s; expected fewer than 3",
    ),
    "ends": (
        {"samples": joined(silence(1.5), tone(3))},
        "begins with 1.5 s of silence; expected at most 1 s",
    ),
    "gap": (
        {"samples": joined(tone(1), silence(3), tone(1))},
        "has 3.0 s of silence at 1.0 s; expected at most 2",
    ),
    "pace": (
        {"samples": tone(1)},
        "lasts 1.0 s for 10 words, 0.10 s each; expected 0.20 to 0.80 s",
    ),
    "peak": (
        {"samples": tone(4), "levelled": tone(4, 32000)},
        "dBTP; expected at most -1.5 dBTP",
    ),
    "loudness": ({"samples": tone(4), "levelled": tone(4, 3000)}, "LUFS; expected -16 ± 0.5"),
}


def test_every_check_has_a_fault_here():
    assert set(FAULTS) == set(sound_checks.CHECKS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_error_with_what_was_found_and_the_key(name):
    sound, said = FAULTS[name]
    levels = {other: "off" for other in FAULTS if other != name}

    with pytest.raises(BadAnswer) as error:
        run(**sound, checks=levels)

    assert said in str(error.value)
    assert str(error.value).endswith(f"(audio.checks.{name})")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_only_warns_where_that_is_configured(name):
    sound, said = FAULTS[name]
    levels = {other: "off" for other in FAULTS if other != name}

    passed, (warning,) = run(**sound, checks={**levels, name: "warn"})

    assert passed == [] and said in warning


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_that_is_off_finds_nothing(name):
    sound, _ = FAULTS[name]

    assert run(**sound, checks=dict.fromkeys(FAULTS, "off")) == ([], [])


def test_a_good_sound_passes_every_check():
    from audio_pipeline.sound.loudness import levelled

    samples = joined(tone(2), silence(1), tone(1))

    passed, warnings = run(samples, levelled=levelled(samples, RATE_HZ, -16.0))

    assert passed == list(sound_checks.CHECKS) and warnings == []


def test_one_silent_sentence_among_others_is_found():
    samples = joined(tone(2), silence(0.6), tone(2))
    spans = [(0, 2 * RATE_HZ, "One."), (2 * RATE_HZ, round(2.6 * RATE_HZ), "Two is lost.")]

    with pytest.raises(
        BadAnswer, match=r"silent from 2\.0 s on, where it should say 'Two is lost\.'"
    ):
        run(samples, spans=spans)


def test_two_samples_at_full_scale_are_no_clipping():
    samples = tone(4)
    samples[5000:5002] = 32767
    samples[9000:9002] = -32768

    assert "clipping" in run(samples)[0]


def test_clipping_downwards_and_in_the_right_channel_is_found():
    samples = np.repeat(tone(4), 2, axis=1)
    samples[100:103, 1] = -32768

    with pytest.raises(BadAnswer, match="is clipped"):
        run(samples)


def test_a_longer_configured_pause_is_no_gap():
    samples = joined(tone(1), silence(3), tone(1))

    assert "gap" in run(samples, paragraph_pause_s=3)[0]


def test_slower_speech_may_last_longer():
    text, samples = TEN_WORDS, tone(12)

    with pytest.raises(BadAnswer, match=r"1\.20 s each"):
        run(samples, text)
    assert "pace" in run(samples, text, length_scale=2.0)[0]


WORDS = " ".join(["word"] * 67)


@pytest.mark.parametrize("level", ["error", "warn", "off"])
def test_speech_at_less_than_half_of_the_fewest_seconds_is_refused_whatever_is_configured(level):
    with pytest.raises(BadAnswer) as error:
        run(tone(3.7), WORDS, checks=dict.fromkeys(FAULTS, "off") | {"pace": level})

    if level == "error":
        assert str(error.value).endswith("(audio.checks.pace)")
    else:
        assert str(error.value) == (
            "the sound lasts 3.7 s for 67 words, 0.06 s each; expected at least 0.10 s: "
            "words are missing"
        )


@pytest.mark.parametrize(
    ("seconds", "language", "scale"),
    [(6.8, "en", 1.0), (0.7, "en", 0.1), (8.5, "de", 1.0), (6.1, "fr", 1.0), (5.1, "ru", 1.0)],
)
def test_hasty_speech_is_no_missing_word(seconds, language, scale):
    off = dict.fromkeys(FAULTS, "off")

    assert run(tone(seconds), WORDS, language, length_scale=scale, checks=off) == ([], [])


def test_missing_words_are_found_in_languages_without_spaces():
    off = dict.fromkeys(FAULTS, "off")

    with pytest.raises(BadAnswer, match=r"for 60 characters, 0\.02 s each"):
        run(tone(1), "天空是蓝色的" * 10, "zh", checks=off)
    assert run(tone(2), "天空是蓝色的" * 10, "zh", checks=off) == ([], [])


def test_a_sentence_of_several_whose_words_are_missing_is_found():
    end = round(0.4 * RATE_HZ)
    spans = [(0, end, TEN_WORDS), (end, 6 * RATE_HZ, TEN_WORDS), (0, 10, "Go on.")]

    with pytest.raises(
        BadAnswer, match=r"0\.4 s for 10 words of 'one two .*, 0\.04 s each; .* 0\.05"
    ):
        run(tone(6), f"{TEN_WORDS} {TEN_WORDS}", spans=spans, checks=dict.fromkeys(FAULTS, "off"))


def test_marks_are_no_words():
    assert "pace" in run(tone(1), "one — two — three — four — « five »")[0]


def test_a_few_words_have_no_pace():
    assert "pace" in run(tone(0.5), "one two three four")[0]


def test_languages_without_spaces_have_a_pace_by_character():
    assert "pace" in run(tone(4), "空は青いです。なぜですか。光が散るからです。", "ja")[0]
    with pytest.raises(BadAnswer, match=r"for 19 characters"):
        run(tone(0.5), "空は青いです。なぜですか。光が散るからです。", "ja")


def test_a_sound_shorter_than_a_frame_is_silent():
    with pytest.raises(BadAnswer, match="silent throughout"):
        run(tone(0.001))
