import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.sound import levelling, wav
from audio_pipeline.sound.assembly import Piece, Recording, assembled, divided, pieces
from direct import CONFIG, ROOT, ask, settings
from service_stubs import PiperStub

RATE_HZ = 22050
OFF = dict.fromkeys(
    ["rate", "silence", "clipping", "ends", "gap", "pace", "peak", "loudness"], "warn"
)


def tone(seconds: float, channels: int = 1, rate_hz: int = RATE_HZ) -> np.ndarray:
    one = np.rint(9000 * np.sin(np.arange(round(seconds * rate_hz)) / 7)).astype(np.int16)
    return np.repeat(one[:, None], channels, axis=1)


def file(samples: np.ndarray, rate_hz: int = RATE_HZ) -> bytes:
    return wav.plain(samples.tobytes(), rate_hz, samples.shape[1])


def silent(seconds: float) -> np.ndarray:
    return np.zeros((round(seconds * RATE_HZ), 1), np.int16)


def made(asked: list[Piece], files: list[bytes], **changes) -> tuple[Recording, bytes]:
    """Return the recording and its file."""
    wanted = {"language": "en", "rate_hz": None, "loudness_lufs": None}
    wanted |= {"sentence_pause_s": 0.3, "paragraph_pause_s": 0.8, **changes}
    sounds = [lambda file=file: file for file in files]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "made.wav"
        recording = assembled(asked, sounds, wanted, settings("audio", "piper", checks=OFF), output)
        assert list(output.parent.iterdir()) == [output]
        return recording, output.read_bytes()


def sentence(text: str, ends: str = "sentence") -> Piece:
    return Piece(text, text, ends)


TEXT = "It is 5. Dr. Who left.\n\nThe end."


def test_a_text_is_asked_for_sentence_by_sentence():
    assert pieces(TEXT, "en", "sentence") == [
        Piece("It is 5.", "It is five.", "sentence"),
        Piece("Dr. Who left.", "Doctor Who left.", "paragraph"),
        Piece("The end.", "The end.", "paragraph"),
    ]


def test_a_text_is_asked_for_paragraph_by_paragraph():
    assert [piece.spoken for piece in pieces(TEXT, "en", "paragraph")] == [
        "It is five. Doctor Who left.",
        "The end.",
    ]


def test_a_short_text_is_asked_for_at_once():
    (piece,) = pieces(TEXT, "en", "none")

    assert piece.spoken == "It is five. Doctor Who left.\n\nThe end."


def test_a_long_sentence_is_asked_for_in_parts():
    found = pieces("tea and cake, " * 40, "en", "sentence")

    assert [piece.ends for piece in found] == ["part"] * (len(found) - 1) + ["paragraph"]


@pytest.mark.parametrize("split", ["sentence", "paragraph"])
def test_what_has_no_word_is_not_asked_for_and_its_paragraph_ends_all_the_same(split):
    found = pieces("One. ***\n\n—\n\nTwo.", "en", split)

    assert [(piece.written[:3], piece.ends) for piece in found] == [
        ("One", "paragraph"),
        ("Two", "paragraph"),
    ]


def test_pauses_are_ours_and_not_the_servers():
    sounds = [file(np.concatenate([silent(0.5), tone(1), silent(0.7)]))] * 3
    asked = [sentence("One."), sentence("Two.", "paragraph"), sentence("Three.")]

    recording, _ = made(asked, sounds)

    (a, b, c) = [(start / RATE_HZ, end / RATE_HZ) for start, end, _ in recording.spans]
    assert b[0] - a[1] + 0.06 == pytest.approx(0.3, abs=0.03)
    assert c[0] - b[1] + 0.06 == pytest.approx(0.8, abs=0.03)
    assert recording.duration_s == pytest.approx(0.1 + 3 + 0.3 + 0.8 + 0.3, abs=0.1)


@pytest.mark.parametrize("ends", ["", "part", "sentence", "paragraph"])
@pytest.mark.parametrize("pause_s", [0.0, 0.4, 3.0])
def test_a_pause_of_the_script_replaces_the_configured_one(ends, pause_s):
    sound = file(np.concatenate([silent(0.5), tone(1), silent(0.7)]))
    asked = [Piece("One.", "One.", ends, pause_s), Piece("Two.", "Two.", ends, pause_s)]

    recording, data = made(asked, [sound] * 2)

    loud = np.flatnonzero(np.frombuffer(wav.parse(data).samples, "<i2"))
    heard_s = np.diff(loud).max() / RATE_HZ
    assert heard_s == pytest.approx(max(pause_s, 0.06), abs=0.03)
    before, after = (0.5, 0.7) if not ends else (0.1, 0.3)
    assert recording.duration_s == pytest.approx(before + 2 + heard_s + after, abs=0.05)


def test_a_pause_of_the_script_stays_behind_a_divided_sentence():
    (piece,) = pieces("It is 5, and tea is hot.", "en", "sentence")
    paused = replace(piece, pause_s=2.0)

    assert [part.pause_s for part in divided(paused, "en", 20)] == [None, 2.0]
    two = Piece("One is one. Two is two.", "One is one. Two is two.", "", 2.0)
    assert [part.pause_s for part in divided(two, "en", 20)] == [None, 2.0]


def test_a_pause_of_the_script_is_no_slow_speech():
    asked = [Piece("One two three.", "One two three.", "sentence", 60.0)] * 3

    recording, _ = made(asked, [file(tone(1))] * 3)

    assert recording.duration_s > 120 and "pace" in recording.passed


def test_a_sound_is_read_once_and_a_second_time_if_the_first_has_another_format(tmp_path):
    read = []

    def sound(number: int, data: bytes):
        return lambda: (read.append(number), data)[1]

    asked, same = [sentence("One."), sentence("Two."), sentence("Three.")], file(tone(1))
    wanted = {"language": "en", "rate_hz": None, "loudness_lufs": -16.0}
    wanted |= {"sentence_pause_s": 0.3, "paragraph_pause_s": 0.8}
    values = settings("audio", "piper", checks=OFF)
    for first in (same, file(tone(1, rate_hz=16000), 16000)):
        sounds = [sound(number, data) for number, data in enumerate((first, same, same))]
        assembled(asked, sounds, wanted, values, tmp_path / "made.wav")

    assert read == [0, 1, 2, 0, 1, 2, 0, 1, 2]


def test_a_sound_that_is_too_long_for_a_file_is_refused_before_it_is_levelled(monkeypatch):
    monkeypatch.setattr(wav, "MOST_BYTES", 4 * RATE_HZ)
    monkeypatch.setattr(levelling, "level", None)

    with pytest.raises(BadAnswer, match="longer than a WAV file can be"):
        made([sentence("One."), sentence("Two.")], [file(tone(1))] * 2, loudness_lufs=-16.0)


def test_the_spans_say_where_each_sentence_is():
    asked = [sentence("One,", "part"), sentence("and two."), sentence("Three.", "paragraph")]

    recording, _ = made(asked, [file(tone(1))] * 3)

    assert [text for _, _, text in recording.spans] == ["One, and two.", "Three."]
    assert recording.spans[0][0] == 0
    assert recording.spans[-1][1] == round(recording.duration_s * RATE_HZ)


def test_a_sound_without_silence_or_levelling_is_left_as_it_is():
    assert made([sentence("One.")], [file(tone(1))])[1] == file(tone(1))


def test_stereo_stays_stereo():
    sound = wav.parse(made([sentence("One.")], [file(tone(1, 2))], loudness_lufs=-16.0)[1])

    assert (sound.channels, len(sound.samples)) == (2, 4 * RATE_HZ)


def test_another_rate_moves_the_spans_too():
    recording, data = made([sentence("One."), sentence("Two.")], [file(tone(1))] * 2, rate_hz=44100)

    sound = wav.parse(data)
    assert sound.rate_hz == 44100
    assert recording.spans[-1][1] == len(sound.samples) // 2
    assert recording.spans[0][:2] == (0, 44100)


@pytest.mark.parametrize(("asked_hz", "rate_hz"), [(None, RATE_HZ), (48000, 48000)])
def test_pieces_of_different_formats_get_the_one_that_is_asked_for_or_most_have(asked_hz, rate_hz):
    sounds = [file(tone(1, 2, 16000), 16000), file(tone(1)), file(tone(1))]

    recording, data = made(
        [sentence("One."), sentence("Two."), sentence("Three.")], sounds, rate_hz=asked_hz
    )

    sound = wav.parse(data)
    assert (sound.rate_hz, sound.channels) == (rate_hz, 1)
    assert recording.formats == ["16000 Hz, stereo", "22050 Hz, mono"]
    first, second, _ = recording.spans
    assert first[1] - first[0] == second[1] - second[0] == rate_hz


def test_pieces_of_one_format_have_nothing_to_be_told():
    assert made([sentence("One."), sentence("Two.")], [file(tone(1))] * 2)[0].formats == []


@pytest.mark.parametrize("most", [200, 50, 20])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The sky is blue, because air scatters blue light, and the sea is not. " * 3, "en"),
        ("天空是蓝色的，因为空气散射蓝光；而大海不是。" * 12, "zh"),
        ("天空是蓝色的" * 60, "zh"),
        ("word" * 100, "en"),
        ("He paid $5.99 for Dr. Who, chapter 2, and 1.5 km of film — twice. " * 4, "en"),
    ],
)
@pytest.mark.parametrize("split", ["sentence", "paragraph", "none"])
def test_a_divided_text_loses_nothing_and_keeps_its_limit(text, language, split, most):
    whole = pieces(text, language, split)
    waiting, done = whole[::-1], []
    while waiting:
        piece = waiting.pop()
        if len(piece.spoken) <= most:
            done.append(piece)
        else:
            waiting += divided(piece, language, most)[::-1]

    def letters(found, which):
        return "".join("".join(getattr(one, which).split()) for one in found).replace("—", "")

    assert letters(done, "spoken") == letters(whole, "spoken")
    assert letters(done, "written") == letters(whole, "written")
    assert done[-1].ends == (whole[-1].ends or "sentence")


def test_a_sentence_divided_for_the_voice_is_one_span_of_the_record():
    asked = divided(pieces("It is 5, and tea is hot.", "en", "sentence")[0], "en", 20)

    recording, _ = made(asked, [file(tone(1))] * len(asked))

    assert [piece.spoken for piece in asked] == ["It is five,", "and tea is hot."]
    assert [text for _, _, text in recording.spans] == ["It is 5, and tea is hot."]


def spoken_by_stub(**changes):
    """Return the recording of two paragraphs, and the texts sent to Piper."""
    changes = {"split": "sentence", "loudness_lufs": -16.0, **changes}
    with PiperStub() as stub:
        made = ask("audio", "piper", stub.url, script="It is 5. Tea is hot.\n\nThe end.", **changes)
        return made, [request.body["text"] for request in stub.asked()]


def test_a_service_is_asked_for_each_sentence_as_it_is_spoken():
    made, sent = spoken_by_stub()

    assert sent == ["It is five.", "Tea is hot.", "The end."]
    assert [text for _, _, text in made.service["sentences"]] == [
        "It is 5.",
        "Tea is hot.",
        "The end.",
    ]


def test_warnings_stand_in_the_record_and_faults_are_no_recording():
    pace = {**CONFIG["audio"]["checks"], "pace": "error"}

    made, _ = spoken_by_stub(length_scale=4)

    assert "(audio.checks.pace)" in made.service["warnings"][0] and "pace" not in made.checks
    with pytest.raises(BadAnswer, match=r"^the sound lasts .*\(audio\.checks\.pace\)$"):
        spoken_by_stub(length_scale=4, checks=pace)


def test_numpy_is_not_loaded_before_a_recording_is_made():
    code = "import sys; from audio_pipeline.stages import audio; sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "scripts").returncode == 0
