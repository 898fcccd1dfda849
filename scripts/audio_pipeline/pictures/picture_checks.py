"""Checks that a picture must pass to be kept: not flat, and not a repetition of another topic's."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from audio_pipeline.core import record as records
from audio_pipeline.errors import BadAnswer
from audio_pipeline.similarity import index as similarity_index

if TYPE_CHECKING:
    from PIL import Image

WIDTH = 16  # letters of a fingerprint
MOST_ALIKE_BITS = (
    3  # of 64: a scaled or recompressed picture differs in fewer, another one in 10 or more
)

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def run(
    image: "Image.Image", levels: Mapping[str, str], record: Path | None
) -> tuple[list[str], list[str], str]:
    """Return the names of the checks that passed, warnings, and the picture's hash for its record.

    levels: image.checks of the configuration; record: the picture's own, in the folder of those to compare with.
    Raises BadAnswer: a check at level error failed.
    """
    fingerprint = difference_hash(image)
    passed, warnings = [], []
    for name in ("flat", "repeat"):
        if levels[name] == "off":
            continue
        message = _flat(image) if name == "flat" else _repeat(fingerprint, record)
        if not message:
            passed.append(name)
        elif levels[name] == "warn":
            warnings.append(f"{message} (image.checks.{name})")
        else:
            raise BadAnswer(f"{message} (image.checks.{name})")
    return passed, warnings, fingerprint


def difference_hash(image: "Image.Image") -> str:
    """Return 64 bits in hexadecimal: 1 for each pixel that is brighter than its right neighbour, at 9 × 8 pixels.

    Source: Neal Krawetz, "Kind of Like That", 2013 (dHash).
    """
    small = image.convert("L").resize((9, 8))
    points = list(small.tobytes())
    bits = [points[9 * y + x] > points[9 * y + x + 1] for y in range(8) for x in range(8)]
    return f"{sum(bit << n for n, bit in enumerate(bits)):016x}"


def _flat(image: "Image.Image") -> str:
    try:
        check_not_flat(image)
    except BadAnswer as error:
        return str(error)
    return ""


def _repeat(fingerprint: str, record: Path | None) -> str:
    if not record:
        return ""
    import numpy as np

    others = others_of(record).read()
    bits = np.bitwise_count(others.letters ^ np.frombuffer(_letters(fingerprint), np.uint8))
    candidates = (bits.sum(axis=1) <= MOST_ALIKE_BITS).nonzero()[0]
    for name in sorted(others.names(candidates)):
        other = _fingerprint(record.with_name(name)) if name != record.name else None
        if other and _distance(fingerprint, other) <= MOST_ALIKE_BITS:
            return f"the picture repeats that of {Path(name).stem}; expected another one"
    return ""


def others_of(record: Path) -> similarity_index.Index:
    """Return the index of all pictures' records in the folder of this one."""
    path = record.with_name(similarity_index.NAME)
    return similarity_index.Index(path, record.parent, record.suffix, WIDTH, _sketch)


def _sketch(record: Path) -> bytes | None:
    fingerprint = _fingerprint(record)
    return _letters(fingerprint) if fingerprint else None


def _letters(fingerprint: str) -> bytes:
    """Encode hexadecimal digits as the letters @ to O, which keeps the number of different bits."""
    return bytes(ord("@") + int(digit, 16) for digit in fingerprint)


def _fingerprint(record: Path) -> str | None:
    loaded = records.load(record)
    value = loaded.service.get("fingerprint") if loaded else None
    return value if isinstance(value, str) and _FINGERPRINT.fullmatch(value) else None


def _distance(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


def check_not_flat(image: "Image.Image") -> None:
    """Check that a picture has more than one colour; black comes from NaN in the decoder, or from the safety filter.

    image: RGB. Raises BadAnswer: in all channels max − min is below 8, or the standard deviation below 2 (of 255).
    """
    from PIL import ImageStat

    stat = ImageStat.Stat(image)
    spread = max(high - low for low, high in stat.extrema)
    if spread >= 8 and max(stat.stddev) >= 2:
        return
    colour = tuple(round(mean) for mean in stat.mean)
    if max(colour) < 8:
        raise BadAnswer(
            "the picture is black: NaN in the decoder (start AUTOMATIC1111 with --no-half-vae) or the safety filter"
        )
    raise BadAnswer(f"the picture is flat, all of it about {colour} (RGB); expected a picture")
