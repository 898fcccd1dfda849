"""Files of music: which one is chosen of a folder, which are decoded, and the messages about those that cannot be."""

import os
import random
import subprocess
import unicodedata

import numpy as np
import pytest
from audio_pipeline import ffmpeg
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.sound import music, wav
from audio_pipeline.stages import video
from music_sounds import RATE_HZ, chords, music_in, power_db, read, sentences, write
from waiting import LONGEST_S

SLUGS = [f"topic-{number}" for number in range(400)]
NAMES = [f"{name}.mp3" for name in ("calm", "Dawn", "river", "été", "night", "wind", "walk", "sea")]
SPANS = [(1.0, 3.0)]


def folder_of(path, names):
    path.mkdir(exist_ok=True)
    for name in names:
        (path / name).write_bytes(b"")
    return path


def tracks(path):
    """Return the files as the configuration does."""
    return video._tracks(str(path))


def test_the_choice_is_stable_and_even_and_follows_no_order(tmp_path):
    first = folder_of(tmp_path / "a", NAMES)
    shuffled = random.Random(1).sample(NAMES, len(NAMES))
    second = folder_of(tmp_path / "b", [unicodedata.normalize("NFD", name) for name in shuffled])

    choices = [music.chosen(tracks(first), slug).name for slug in SLUGS]

    others = [music.chosen(tracks(second), slug).name for slug in SLUGS]
    assert choices == [unicodedata.normalize("NFC", name) for name in others]
    counts = [choices.count(name) for name in NAMES]
    assert min(counts) > 25 and max(counts) < 80
    assert choices[:4] == ["night.mp3", "sea.mp3", "calm.mp3", "night.mp3"]  # in all versions


def test_another_file_changes_few_choices_and_only_to_itself(tmp_path):
    folder = folder_of(tmp_path / "music", NAMES)
    before = [music.chosen(tracks(folder), slug).name for slug in SLUGS]

    (folder / "new.OGG").write_bytes(b"")

    after = [music.chosen(tracks(folder), slug).name for slug in SLUGS]
    moved = [new for old, new in zip(before, after, strict=True) if old != new]
    assert 20 < len(moved) < 75  # 400 / 9 are expected
    assert set(moved) == {"new.OGG"}


def test_only_music_is_taken_of_a_folder(tmp_path):
    folder = folder_of(tmp_path / "music", ["README.md", "._calm.mp3", "cover.jpg", "a.Flac"])
    (folder / "sub.mp3").mkdir()
    os.mkfifo(folder / "pipe.mp3")

    assert {music.chosen(tracks(folder), slug).name for slug in SLUGS} == {"a.Flac"}
    assert music.chosen(tracks(folder / "a.Flac"), "any") == folder / "a.Flac"


@pytest.mark.parametrize(
    "name", ["missing", "missing.mp3", "empty", "text.txt", "pipe.mp3", "loop.mp3"]
)
def test_without_music_there_is_one_clear_line(name, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("La la")
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")

    with pytest.raises(InputError) as raised:
        music.chosen(tracks(tmp_path / name), "tea")
    assert str(raised.value).startswith(f"video.music: {tmp_path}")
    assert "has no file of music; expected a file or a folder with .flac, .m4a" in str(raised.value)
    assert "\n" not in str(raised.value)


def encoded(path, arguments, length_s=6.0):
    """Make a file with the real ffmpeg from chords."""
    source = write(path.with_name("chords.wav"), chords(length_s))
    command = [ffmpeg.program().path, "-v", "error", "-y", "-i", source, *arguments, path]
    subprocess.run(command, check=True, timeout=LONGEST_S)
    return path


def mixed(path, length_s=10.0):
    speech = sentences(SPANS, 4)
    music.mixed(
        write(path.with_name("speech.wav"), speech), path, SPANS, path.with_name("mix.wav"),
        length_s=length_s, loudness_lufs=None,
    )  # fmt: skip
    return music_in(read(path.with_name("mix.wav")), speech)


COVER = ["-f", "lavfi", "-i", "testsrc=duration=6:size=64x64:rate=5"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("a.mp3", ["-c:a", "libmp3lame", "-metadata", "title=La"]),
        ("b.m4a", ["-c:a", "aac"]),
        ("c.m4a", [*COVER, "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "libx264"]),
        ("d.ogg", ["-c:a", "libvorbis"]),
        ("e.opus", ["-c:a", "libopus"]),
        ("f.flac", ["-ar", "44100", "-ac", "1"]),
        ("g.wav", ["-c:a", "pcm_s24le", "-ar", "96000", "-ac", "6"]),
        ("h.mp3", ["-f", "flac"]),  # another format than its name says
    ],
)
def test_every_format_is_decoded(name, arguments, tmp_path):
    bed, speech = mixed(encoded(tmp_path / name, arguments))

    assert 13 < power_db(speech, *SPANS[0]) - power_db(bed, *SPANS[0]) < 18
    quietest = min(power_db(bed, at, at + 0.4) for at in np.arange(0.5, 7.5, 0.2))
    assert quietest > power_db(bed, 0.5, 7.5) - 14  # no hole where it repeats


def noise_file(path, count=300_000):
    path.write_bytes(np.random.default_rng(1).bytes(count))
    return path


def silent(path, seconds):
    return write(path, np.zeros((round(seconds * RATE_HZ), 2), np.int16))


FAULTS = {
    "noise": (noise_file, "Invalid data found"),
    "empty": (lambda path: noise_file(path, 0), "Invalid data found"),
    "playlist": (
        lambda path: path.write_text("#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n") and path,
        "Invalid data found",
    ),
    "picture only": (
        lambda path: encoded(path, [*COVER, "-map", "1", "-c:v", "libx264", "-f", "mp4"]),
        "does not contain any stream",
    ),
    "other kind": (lambda path: encoded(path, ["-f", "matroska"]), "whitelist|Invalid argument"),
    "short": (lambda path: write(path, chords(0.9)), "has 0.9 s of music; expected at least 1 s"),
    "short but for silence": (
        lambda path: write(path, np.concatenate([chords(0.7), np.zeros((96000, 2), np.int16)])),
        "has 0.7 s of music",
    ),
    "silent": (lambda path: silent(path, 3), "is silent; choose another file"),
    "header only": (lambda path: silent(path, 0), "0.0 s of music"),
    "missing": (lambda path: path, "No such file or directory; convert"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_no_music_gets_one_clear_line(fault, tmp_path):
    make, message = FAULTS[fault]
    path = make(tmp_path / "x.mp3")

    with pytest.raises(InputError, match=message) as raised:
        mixed(path)
    assert str(raised.value).startswith(f"music {path}: ")
    assert "\n" not in str(raised.value)
    names = {"x.mp3", "chords.wav", "speech.wav", "mix.wav"}
    assert {path.name for path in tmp_path.iterdir()} <= names  # no temporary file is left


def test_no_more_is_decoded_than_is_needed(tmp_path, monkeypatch):
    sizes = []
    decode = ffmpeg.decode_file

    def watched(source, sound, *arguments):
        decode(source, sound, *arguments)
        sizes.append(sound.seek(0, os.SEEK_END))

    monkeypatch.setattr(ffmpeg, "decode_file", watched)
    # A header that promises 6 hours, as that of a stream without an end.
    data = wav.plain(chords(90).tobytes(), RATE_HZ, 2)
    (tmp_path / "long.wav").write_bytes(data[:40] + b"\xff\xff\xff\xff" + data[44:])

    mixed(tmp_path / "long.wav")

    assert sizes[-1] == 20 * RATE_HZ * 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected a WAV file"),
        (b"RIFF....WAVE", "without sound"),
        (None, "No such file"),
        (wav.plain(bytes(RATE_HZ * 8), RATE_HZ, 2), "is silent"),
    ],
    ids=["empty", "cut off", "missing", "silent"],
)
def test_a_recording_that_is_none_gets_one_clear_line(data, message, tmp_path):
    if data is not None:
        (tmp_path / "speech.wav").write_bytes(data)

    with pytest.raises(InputError, match=message) as raised:
        music.mixed(
            tmp_path / "speech.wav", write(tmp_path / "a.wav", chords(3)), SPANS,
            tmp_path / "mix.wav", length_s=5, loudness_lufs=-16,
        )  # fmt: skip
    assert str(raised.value).startswith(str(tmp_path / "speech.wav"))
    assert str(raised.value).endswith("; delete it to make it again")


@pytest.mark.parametrize("length_s", [0.0, -1.0, 7 * 3600.0])
def test_a_mix_that_fits_into_no_wav_file_is_refused(length_s, tmp_path):
    with pytest.raises(InputError, match="do not fit into a WAV file"):
        mixed(write(tmp_path / "a.wav", chords(3)), length_s)


def test_a_missing_ffmpeg_is_not_the_files_fault(tmp_path, monkeypatch):
    def missing():
        raise EngineError("ffmpeg is not installed")

    monkeypatch.setattr(ffmpeg, "program", missing)
    with pytest.raises(EngineError, match="ffmpeg is not installed"):
        mixed(write(tmp_path / "a.wav", chords(3)))
