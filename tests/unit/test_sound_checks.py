from dataclasses import replace

import direct
import numpy as np
import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import sound_checks, wav
from audio_pipeline.sound.loudness import Levels
from audio_pipeline.sound.sample_file import SampleFile
from audio_pipeline.sound.silence import silent_ends_s
from audio_pipeline.sound.sound_checks import BadRecording, check_piece, check_recording, combined

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


def sound(samples: np.ndarray, rate_hz: int = RATE_HZ) -> wav.Sound:
    return wav.parse(wav.plain(samples.tobytes(), rate_hz, samples.shape[1]))


def run(samples, text=TEN_WORDS, language="en", rate_hz=RATE_HZ, levels=None, **changes):
    """Check a recording of one piece, and that piece."""
    values = settings(**changes)
    piece = check_piece(sound(samples, rate_hz), text, language, values, alone=True)
    seconds = len(samples) / rate_hz
    ends_s = silent_ends_s(SampleFile.of(samples), rate_hz)
    recording = sound_checks.Recording(rate_hz, [text], [seconds], seconds, ends_s, levels)
    return combined([piece], check_recording(recording, language, values))


def recording(*pieces: tuple[str, float], ends_s=(0.0, 0.0), levels=None, rate_hz=RATE_HZ):
    """Return a recording of pieces, each with a text and a length in seconds."""
    texts, seconds = zip(*pieces, strict=True)
    return sound_checks.Recording(rate_hz, texts, seconds, sum(seconds), ends_s, levels)


def clipped() -> np.ndarray:
    samples = tone(4)
    samples[5000:5003] = 32767
    return samples


def joined(*sounds: np.ndarray) -> np.ndarray:
    return np.concatenate(sounds)


OF_ONE_PIECE = "the sound of 'one two three four five six seven eight…' "
FAULTS = {
    "rate": (
        {"samples": tone(4, rate_hz=8000), "rate_hz": 8000},
        "the sound has 8000 Hz; expected at least 16000",
    ),
    "silence": (
        {"samples": silence(4)},
        f"{OF_ONE_PIECE}is silent throughout its 4.0 s; expected speech above -50 dBFS",
    ),
    "clipping": (
        {"samples": clipped()},
        f"{OF_ONE_PIECE}is clipped at 1 places, first at 0.23 s; expected fewer than 3",
    ),
    "ends": (
        {"samples": joined(silence(1.5), tone(3))},
        "the sound begins with 1.5 s of silence; expected at most 1 s",
    ),
    "gap": (
        {"samples": joined(tone(1), silence(3), tone(1))},
        f"{OF_ONE_PIECE}has 3.0 s of silence at 1.0 s; expected at most 2",
    ),
    "pace": (
        {"samples": tone(1)},
        "the sound lasts 1.0 s for 10 words, 0.10 s each; expected 0.20 to 0.80 s",
    ),
    "peak": (
        {"samples": tone(4), "levels": Levels(-16.0, -0.2)},
        "the sound has a true peak of -0.2 dBTP; expected at most -1.5 dBTP",
    ),
    "loudness": (
        {"samples": tone(4), "levels": Levels(-19.3, -1.6)},
        "the sound has -19.3 LUFS; expected -16 ± 0.5",
    ),
}


def test_every_check_has_a_fault_here():
    assert set(FAULTS) == set(sound_checks.CHECKS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_error_with_what_was_found_and_the_key(name):
    values, said = FAULTS[name]
    levels = {other: "off" for other in FAULTS if other != name}

    with pytest.raises(BadAnswer) as error:
        run(**values, checks=levels)

    assert str(error.value).startswith(said)
    assert str(error.value).endswith(f"(audio.checks.{name})")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_only_warns_where_that_is_configured(name):
    values, said = FAULTS[name]
    levels = {other: "off" for other in FAULTS if other != name}

    passed, (warning,) = run(**values, checks={**levels, name: "warn"})

    assert passed == [] and warning.startswith(said)


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_that_is_off_finds_nothing(name):
    values, _ = FAULTS[name]

    assert run(**values, checks=dict.fromkeys(FAULTS, "off")) == ([], [])


def test_a_good_sound_passes_every_check():
    passed, warnings = run(joined(tone(2), silence(1), tone(1)), levels=Levels(-16.1, -1.6))

    assert passed == list(sound_checks.CHECKS) and warnings == []


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

    assert str(error.value) == (
        "the sound of 'word word word word word word word word…' lasts 3.7 s for 67 words, 0.06 s each; "
        "expected at least 0.10 s: words are missing"
    )


@pytest.mark.parametrize("level", ["error", "warn", "off"])
def test_a_recording_at_less_than_half_of_the_fewest_seconds_is_refused_whatever_is_configured(
    level,
):
    values = settings(checks=dict.fromkeys(FAULTS, "off") | {"pace": level})
    with pytest.raises(BadRecording) as error:
        check_recording(recording((WORDS, 3.7), ("Yes.", 0.1)), "en", values)

    if level == "error":
        assert str(error.value).endswith("(audio.checks.pace)")
    else:
        assert str(error.value) == (
            "the sound lasts 3.8 s for 68 words, 0.06 s each; expected at least 0.10 s: "
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


@pytest.mark.parametrize("pause_s", [0, 2.5])
def test_a_sentence_of_several_whose_words_are_missing_is_found(pause_s):
    said = joined(silence(pause_s), tone(0.4), silence(pause_s))

    with pytest.raises(
        BadAnswer, match=r"0\.4 s for 10 words, 0\.04 s each; .* 0\.05 s: words are missing"
    ):
        check_piece(sound(said), TEN_WORDS, "en", settings(checks=dict.fromkeys(FAULTS, "off")))


def test_a_sentence_of_several_may_be_said_faster_than_a_recording():
    values = settings(checks=dict.fromkeys(FAULTS, "off"))

    assert check_piece(sound(tone(0.6)), TEN_WORDS, "en", values) == ([], [])
    with pytest.raises(BadAnswer, match="words are missing"):
        check_piece(sound(tone(0.6)), TEN_WORDS, "en", values, alone=True)


# Pieces to request again

GOOD, FAST, SLOW = (TEN_WORDS, 4.0), (TEN_WORDS, 0.6), (TEN_WORDS, 40.0)


def failed(made: sound_checks.Recording, name: str = "pace") -> list[int]:
    checks = dict.fromkeys(FAULTS, "off") | {name: "error"}
    with pytest.raises(BadRecording) as error:
        check_recording(made, "en", settings(checks=checks))
    return error.value.pieces


def test_at_an_end_its_piece_is_requested_again():
    pieces = [GOOD, GOOD, GOOD]

    assert failed(recording(*pieces, ends_s=(1.2, 0)), "ends") == [0]
    assert failed(recording(*pieces, ends_s=(0, 1.2)), "ends") == [2]


def test_at_a_wrong_pace_the_pieces_with_that_pace_are_requested_again():
    assert failed(recording(GOOD, SLOW, FAST)) == [1]
    assert failed(recording((TEN_WORDS, 2.1), FAST, ("…", 0.1), FAST)) == [1, 3]


def test_at_a_wrong_pace_of_none_all_are_requested_again():
    pauses = recording(GOOD, GOOD)

    assert failed(replace(pauses, duration_s=30)) == [0, 1]


def test_with_missing_words_the_hasty_pieces_are_requested_again():
    assert failed(recording((TEN_WORDS, 1.3), FAST, FAST), "peak") == [1, 2]


@pytest.mark.parametrize("name", ["rate", "peak", "loudness"])
def test_other_faults_are_of_all_pieces(name):
    made = recording(GOOD, SLOW, rate_hz=8000, levels=Levels(-19.0, 0.0))

    assert failed(made, name) == [0, 1]


# Results of several pieces


def test_a_check_passed_if_every_piece_passed_it():
    assert combined([(["silence", "gap"], []), (["gap"], [])], (["rate", "pace"], [])) == (
        ["rate", "gap", "pace"],
        [],
    )


def test_warnings_of_several_pieces_are_one():
    values = settings(checks={"clipping": "warn"})
    pieces = [check_piece(sound(clipped()), text, "en", values) for text in ("One.", "Two.", "3.")]

    passed, warnings = combined(pieces, ([], ["the sound has 0 Hz (audio.checks.rate)"]))

    assert passed == ["silence", "gap"]
    assert warnings == [
        "the sound of 'One.' is clipped at 1 places, first at 0.23 s; expected fewer than 3 samples in a row at full "
        "scale; 2 more of its sentences fail this check (audio.checks.clipping)",
        "the sound has 0 Hz (audio.checks.rate)",
    ]


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
