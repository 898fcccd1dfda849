"""What a picture must be before it is kept: not flat, and not another topic's over again."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import checks
from . import record as records
from .errors import BadAnswer

if TYPE_CHECKING:
    from PIL import Image

MOST_ALIKE_BITS = 3  # of 64: the same picture scaled or compressed again differs in fewer, two pictures in 10 and more


def run(
    image: "Image.Image", levels: Mapping[str, str], record: Path | None
) -> tuple[list[str], list[str], str]:
    """The names of the checks that passed, warnings, and the picture's hash for its record.

    levels: image.checks of the configuration; record: the picture's own, whose neighbours are compared.
    Raises BadAnswer: a check at level error found something.
    """
    fingerprint = difference_hash(image)
    passed, warnings = [], []
    for name, found in (("flat", _flat(image)), ("repeat", _repeat(fingerprint, record))):
        if levels[name] == "off":
            continue
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
        checks.check_not_flat(image)
    except BadAnswer as error:
        return str(error)
    return ""


def _repeat(fingerprint: str, record: Path | None) -> str:
    for other in sorted(record.parent.glob("*.json")) if record else []:
        known = records.load(other) if other != record else None
        theirs = known.service.get("fingerprint") if known else None
        if isinstance(theirs, str) and _distance(fingerprint, theirs) <= MOST_ALIKE_BITS:
            return f"the picture is that of {other.stem} over again; expected another one"
    return ""


def _distance(one: str, other: str) -> int:
    try:
        return (int(one, 16) ^ int(other, 16)).bit_count()
    except ValueError:
        return 64
