"""What a picture must be before it is kept: not flat, and not another topic's over again."""

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
MOST_ALIKE_BITS = 3  # of 64: the same picture scaled or compressed again differs in fewer, two pictures in 10 and more

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def run(
    image: "Image.Image", levels: Mapping[str, str], record: Path | None
) -> tuple[list[str], list[str], str]:
    """The names of the checks that passed, warnings, and the picture's hash for its record.

    levels: image.checks of the configuration; record: the picture's own, whose neighbours are compared.
    Raises BadAnswer: a check at level error found something.
    """
    fingerprint = difference_hash(image)
    passed, warnings = [], []
    for name in ("flat", "repeat"):
        if levels[name] == "off":
            continue
        found = _flat(image) if name == "flat" else _repeat(fingerprint, record)
        if not found:
            passed.append(name)
        elif levels[name] == "warn":
            warnings.append(f"{found} (image.checks.{name})")
        else:
            raise BadAnswer(f"{found} (image.checks.{name})")
    return passed, warnings, fingerprint


def difference_hash(image: "Image.Image") -> str:
    """64 bits in hexadecimal: whether each point of the picture at 9 × 8 is brighter than the one right of it.

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
        theirs = _fingerprint(record.with_name(name)) if name != record.name else None
        if theirs and _distance(fingerprint, theirs) <= MOST_ALIKE_BITS:
            return f"the picture is that of {Path(name).stem} over again; expected another one"
    return ""


def others_of(record: Path) -> similarity_index.Index:
    """All pictures by their records, which are in the folder of this one; to be added to when it is in its place."""
    path = record.with_name(similarity_index.NAME)
    return similarity_index.Index(path, record.parent, record.suffix, WIDTH, _sketch)


def _sketch(record: Path) -> bytes | None:
    fingerprint = _fingerprint(record)
    return _letters(fingerprint) if fingerprint else None


def _letters(fingerprint: str) -> bytes:
    """As text, from @ for 0 to O for f: its bytes differ from another one's in as many bits as the numbers do."""
    return bytes(ord("@") + int(digit, 16) for digit in fingerprint)


def _fingerprint(record: Path) -> str | None:
    known = records.load(record)
    found = known.service.get("fingerprint") if known else None
    return found if isinstance(found, str) and _FINGERPRINT.fullmatch(found) else None


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def check_not_flat(image: "Image.Image") -> None:
    """Black is a number gone wrong in the decoder, or the safety filter; one colour is no picture either.

    image: RGB. Raises BadAnswer: in all channels max − min is below 8, or the standard deviation below 2 (of 255).
    """
    from PIL import ImageStat

    found = ImageStat.Stat(image)
    spread = max(high - low for low, high in found.extrema)
    if spread >= 8 and max(found.stddev) >= 2:
        return
    colour = tuple(round(mean) for mean in found.mean)
    if max(colour) < 8:
        raise BadAnswer(
            "the picture is black: a fault in the decoder (start AUTOMATIC1111 with --no-half-vae) or the safety filter"
        )
    raise BadAnswer(f"the picture is flat, all of it about {colour} (RGB); expected a picture")
