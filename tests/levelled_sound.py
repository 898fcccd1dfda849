"""Levelled sound in memory."""

import io

import numpy as np
from audio_pipeline.sound import levelling
from audio_pipeline.sound.loudness import Levels
from audio_pipeline.sound.sample_file import SampleFile


def level(
    samples: np.ndarray, rate_hz: int, target: float, pieces=None
) -> tuple[np.ndarray, Levels]:
    """Return the levelled sound, and its levels. pieces: first sample of each, and sample after its last."""
    made = SampleFile.of(samples[:0])
    levels = levelling.level(
        SampleFile.of(samples), made, io.BytesIO(), rate_hz, pieces or [(0, len(samples))], target
    )
    return made.read(0, len(made)), levels


def levelled(samples: np.ndarray, rate_hz: int, target: float) -> np.ndarray:
    return level(samples, rate_hz, target)[0]
