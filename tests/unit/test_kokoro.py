"""The speech model Kokoro: its voices, the tokens of a text, and its fetching. The model itself: tests/engines."""

import numpy as np
import pytest
from audio_pipeline.engines import kokoro, models, packages
from audio_pipeline.engines.kokoro_voices import VOICES
from audio_pipeline.errors import EngineError
from audio_pipeline.files import WORKFLOW, sha256_of


class Espeak:
    """Stands for espeak: letters are their own phonemes, and a full stop ends a sentence."""

    def phonemize(self, voice: str, text: str) -> list[list[str]]:
        return [[*sentence.strip(), "."] for sentence in text.split(".") if sentence.strip()]


class Session:
    def __init__(self) -> None:
        self.asked: list[dict] = []

    def run(self, _, inputs: dict) -> list[np.ndarray]:
        self.asked.append(inputs)
        return [np.full(inputs["tokens"].shape[1], 0.5, np.float32)]


@pytest.fixture
def engine() -> kokoro.Kokoro:
    made = kokoro.Kokoro.__new__(kokoro.Kokoro)
    made._session, made._espeak, made._styles = Session(), Espeak(), {}
    made._ids = {
        letter: number for number, letter in enumerate(" .abcdefghijklmnopqrstuvwxyzçʧI", 1)
    }
    return made


@pytest.mark.parametrize("name", VOICES)
def test_the_voices_are_the_published_files(name: str) -> None:
    path = WORKFLOW / "assets" / "kokoro" / f"{VOICES[name].file}.bin"
    assert sha256_of(path) == VOICES[name].sha256
    models.check_voice(name)


def test_a_text_is_spoken_at_the_wanted_pace_with_the_style_of_its_length(engine) -> None:
    samples = engine.speak("abc. de.", "pt_BR-dora-kokoro", 1.25)
    (asked,) = engine._session.asked
    ids = asked["tokens"][0].tolist()
    assert ids[0] == ids[-1] == 0 and len(ids) == len("abc. de. ") + 2
    assert asked["speed"].tolist() == pytest.approx([0.8])
    styles = np.fromfile(WORKFLOW / "assets/kokoro/pf_dora.bin", np.float32).reshape(510, 1, 256)
    assert np.array_equal(asked["style"], styles[len(ids) - 2])
    assert samples.dtype == np.int16 and set(samples.tolist()) == {16384}


def test_a_long_text_is_divided_between_words(engine) -> None:
    engine.speak("abcdefghi " * 120, "en_US-michael-kokoro", 1.0)
    lengths = [asked["tokens"].shape[1] - 2 for asked in engine._session.asked]
    assert len(lengths) == 3 and max(lengths) <= 500 and lengths[0] % 10 == 0


def test_phonemes_in_brackets_are_taken_as_they_are(engine) -> None:
    assert engine._phonemes("ab [[tʃaɪ]] c", VOICES["en_US-michael-kokoro"]).startswith("ab. ")
    assert "ʧI" in engine._phonemes("ab [[tʃaɪ]] c", VOICES["en_US-michael-kokoro"])
    assert "ʧaɪ" in engine._phonemes("ab [[tʃaɪ]] c", VOICES["pt_BR-dora-kokoro"])


def test_composed_letters_are_taken_apart_but_the_cedilla(engine) -> None:
    assert engine._phonemes("[[õç]]", VOICES["pt_BR-dora-kokoro"]) == "o\u0303ç"


def test_nothing_that_can_be_spoken_is_an_error(engine) -> None:
    with pytest.raises(ValueError, match="nothing that can be spoken"):
        engine.speak("[[¿]]", "es_ES-dora-kokoro", 1.0)


def test_other_bytes_than_the_published_ones_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path / "cache"))

    def installed(name: str, lock: str):
        folder = tmp_path / "installed"
        for number in (1, 2):
            part = folder / f"x_model_{number}" / "part.bin"
            part.parent.mkdir(parents=True)
            part.write_bytes(b"wrong")
        return folder

    monkeypatch.setattr(packages, "installed", installed)
    with pytest.raises(EngineError, match=f"expected {kokoro.SHA256}: it was deleted; run again"):
        kokoro.model()
