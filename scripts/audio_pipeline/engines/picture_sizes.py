"""Picture sizes of models behind OpenAI's protocol. The nearest one is requested, and the picture fitted later.

Source: OpenAI API reference, "Create image", size. A server may list its sizes when it refuses another one.
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

# Name of the model, without a gateway's prefix → its sizes. Other models seem to draw any size.
_SIZES: dict[str, list[Size]] = {
    r"(?:chat)?gpt-image": [(1024, 1024), (1536, 1024), (1024, 1536)],
    r"dall-e-3": [(1024, 1024), (1792, 1024), (1024, 1792)],
    r"dall-e-2": [(256, 256), (512, 512), (1024, 1024)],
}
_SIZE = re.compile(r"(?<!\d)(\d{2,5})\s?[x×]\s?(\d{2,5})(?!\d)")


def is_gpt_image(model: str) -> bool:
    return bool(re.match(r"(?:chat)?gpt-image", _bare(model)))


def nearest(request: Request) -> Size:
    """Return the size that is requested first: the nearest to the request's that the model is known to draw."""
    return _nearest((request["width"], request["height"]), _sizes_of(request["model"]))


def at_nearest(url: str, request: Request, draw: Callable[[str], T]) -> T:
    """Return the result of `draw` with the nearest size that the model allows, as a text like "1536x1024".

    If the server refuses that size and lists other ones, the nearest of those is used for the rest of the run.
    """
    subject = f"sizes {request['model']}"
    requested = (request["width"], request["height"])
    allowed = [
        tuple(size) for size in server_quirks.recall(url, subject) or _sizes_of(request["model"])
    ]
    size = _nearest(requested, allowed)
    try:
        return draw(_text(size))
    except RequestRefused as error:
        offered = [offer for offer in _offered_sizes(error) if offer != size]
        if not offered:
            raise
        answer = draw(_text(_nearest(requested, offered)))
        server_quirks.remember(url, subject, offered)
        return answer


def _sizes_of(model: str) -> list[Size]:
    return next((sizes for name, sizes in _SIZES.items() if re.match(name, _bare(model))), [])


def _bare(model: str) -> str:
    return model.rsplit("/", 1)[-1].lower()


def _nearest(requested: Size, allowed: list[Size]) -> Size:
    """Return the size of the most similar shape; of equals, the smallest with enough pixels, else the largest."""

    def distance(size: Size) -> tuple[float, bool, float]:
        shape = abs(math.log(size[0] * requested[1] / (size[1] * requested[0])))
        area = size[0] * size[1] / (requested[0] * requested[1])
        return round(shape, 3), area < 1, abs(math.log(area))

    return min(allowed, key=distance) if allowed else requested


def _offered_sizes(error: RequestRefused) -> list[Size]:
    """Return the sizes that a refusal lists; the limits of a range do not count."""
    if error.status not in (400, 422) or not re.search(r"size|resolution", error.reason, re.I):
        return []
    if re.search(
        r"between|least|most|min(?:imum)?\b|max(?:imum)?\b|multiple|divisible", error.reason
    ):
        return []
    sizes = {(int(width), int(height)) for width, height in _SIZE.findall(error.reason)}
    return sorted(size for size in sizes if all(64 <= side <= 4096 for side in size))


def _text(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
