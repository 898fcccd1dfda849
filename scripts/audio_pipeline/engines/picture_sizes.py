"""Sizes that models behind OpenAI's protocol draw: the nearest one is asked for, and the picture is fitted afterwards.

Source: OpenAI API reference, "Create image", size. A server may name its sizes when it refuses another one.
"""

import math
import re
from collections.abc import Callable
from typing import TypeVar

from audio_pipeline.core.request import Request
from audio_pipeline.errors import RequestRefused
from audio_pipeline.run import server_quirks

T = TypeVar("T")
Size = tuple[int, int]

# Model's name, without what a gateway puts before it → its sizes. Other models draw any size, as far as we know.
_SIZES: dict[str, list[Size]] = {
    r"(?:chat)?gpt-image": [(1024, 1024), (1536, 1024), (1024, 1536)],
    r"dall-e-3": [(1024, 1024), (1792, 1024), (1024, 1792)],
    r"dall-e-2": [(256, 256), (512, 512), (1024, 1024)],
}
_SIZE = re.compile(r"(?<!\d)(\d{2,5})\s?[x×]\s?(\d{2,5})(?!\d)")


def is_gpt_image(model: str) -> bool:
    return bool(re.match(r"(?:chat)?gpt-image", _bare(model)))


def at_nearest(url: str, request: Request, draw: Callable[[str], T]) -> T:
    """What `draw` makes of the nearest size that the model allows, as text like "1536x1024".

    Where the server refuses that size and names others, the nearest of those is asked for, for the rest of the run.
    """
    subject = f"sizes {request['model']}"
    wanted = (request["width"], request["height"])
    allowed = [
        tuple(size) for size in server_quirks.recall(url, subject) or _known(request["model"])
    ]
    size = _nearest(wanted, allowed)
    try:
        return draw(_text(size))
    except RequestRefused as error:
        named = [each for each in _named_in(error) if each != size]
        if not named:
            raise
        answer = draw(_text(_nearest(wanted, named)))
        server_quirks.remember(url, subject, named)
        return answer


def _known(model: str) -> list[Size]:
    return next((sizes for name, sizes in _SIZES.items() if re.match(name, _bare(model))), [])


def _bare(model: str) -> str:
    return model.rsplit("/", 1)[-1].lower()


def _nearest(wanted: Size, allowed: list[Size]) -> Size:
    """The one whose shape is most alike; of those, the smallest that is not smaller, else the largest."""

    def distance(size: Size) -> tuple[float, bool, float]:
        shape = abs(math.log(size[0] * wanted[1] / (size[1] * wanted[0])))
        area = size[0] * size[1] / (wanted[0] * wanted[1])
        return round(shape, 3), area < 1, abs(math.log(area))

    return min(allowed, key=distance) if allowed else wanted


def _named_in(error: RequestRefused) -> list[Size]:
    """Sizes that a refusal offers; the ends of a range are none."""
    if error.status not in (400, 422) or not re.search(r"size|resolution", error.reason, re.I):
        return []
    if re.search(
        r"between|least|most|min(?:imum)?\b|max(?:imum)?\b|multiple|divisible", error.reason
    ):
        return []
    found = {(int(width), int(height)) for width, height in _SIZE.findall(error.reason)}
    return sorted(size for size in found if all(64 <= side <= 4096 for side in size))


def _text(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
