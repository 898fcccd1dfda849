"""Frames of a video: pictures that move slowly, one after the other, with cross-fades.

Each frame is cut from a larger picture at fractions of a pixel, plane by plane, by Pillow's resize: its jitter is
0.02 px, at 5 ms a frame of 720p. Only two pictures are in memory at a time, whatever the length. (ffmpeg could do the
same with a filter for each picture, but then it decodes all of them at the start: 500 MB for 200 scenes.)
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np

MOVES: tuple[str, ...] = ("in", "right", "out", "left")
MOVES_OF_TEXT: tuple[str, ...] = ("in", "out")  # which keep the margin of cards
_KR, _KB = 0.2126, 0.0722  # ITU-R BT.709-6, item 3.2
_ROWS_AT_ONCE = 256

Size = tuple[int, int]
Planes = tuple[Image.Image, Image.Image, Image.Image]  # Y, Cb and Cr, each in mode L


@dataclass(frozen=True)
class Shot:
    """A picture in the video.

    draw: returns it in a size; first, end: its first frame, and the one after its last; move: one of MOVES; title: of
    its chapter; clip: returns the frames of a clip in a size, to be shown instead.
    """

    draw: Callable[[Size], Image.Image]
    first: int
    end: int
    move: str = "in"
    title: str = ""
    clip: Callable[[Size], Iterator[bytes]] | None = None


def frames(shots: Sequence[Shot], size: Size, zoom: float, fade: int) -> Iterator[bytes]:
    """Yield the frames in YUV 4:2:0, BT.709, limited range, planes one after the other.

    shots: without gaps; size: even numbers; zoom: how much a picture grows, or the share of it that it moves; fade:
    frames of a cross-fade, which is shorter between short shots.
    """
    film = _Film(shots, size, zoom, fade)
    for number in range(shots[0].first, shots[-1].end):
        yield film.frame(number)


class _Film:
    def __init__(self, shots: Sequence[Shot], size: Size, zoom: float, fade: int) -> None:
        self._shots, self._size, self._zoom = shots, size, zoom
        width, height = size
        self._drawn = 2 * round(width * (1 + zoom) / 2), 2 * round(height * (1 + zoom) / 2)
        # The first frame of each cross-fade, and the frame after it; they lie around the cut.
        self._fades = [(0, 0)] * len(shots)
        for number, (before, shot) in enumerate(itertools.pairwise(shots), start=1):
            shortest = min(before.end - before.first, shot.end - shot.first)
            length = min(fade, shortest // 2)
            begin = shot.first - length // 2
            self._fades[number] = (begin, begin + length)
        self._current = 0
        # Shot → number of its clip's last frame, the frames after that, and that frame.
        self._clips: dict[int, tuple[int, Iterator[bytes], bytes]] = {}
        self._planes = functools.lru_cache(maxsize=2)(self._load)
        self._still = functools.lru_cache(maxsize=1)(self._moved)

    def frame(self, number: int) -> bytes:
        while number >= self._shots[self._current].end:
            self._current += 1
        for shot in (self._current, self._current + 1):
            if shot < len(self._shots):
                begin, end = self._fades[shot]
                if begin <= number < end:
                    return self._mixed(shot, number, (number - begin + 1) / (end - begin + 1))
        planes = self._at(self._current, number)
        return b"".join(plane.tobytes() for plane in planes)

    def _mixed(self, shot: int, number: int, share: float) -> bytes:
        pairs = zip(self._at(shot - 1, number), self._at(shot, number), strict=True)
        return b"".join(Image.blend(before, after, share).tobytes() for before, after in pairs)

    def _at(self, shot: int, number: int) -> Planes:
        begin = self._fades[shot][0] if shot else self._shots[shot].first
        last = shot == len(self._shots) - 1
        end = self._shots[shot].end if last else self._fades[shot + 1][1]
        if self._shots[shot].clip:
            return self._of_clip(shot, number - begin)
        progress = (number - begin) / max(1, end - 1 - begin)
        return self._still(shot, progress if self._zoom else 0.0)

    def _of_clip(self, shot: int, number: int) -> Planes:
        """Return a frame of a clip, which are asked for in their order."""
        if shot not in self._clips:
            clip = self._shots[shot].clip
            assert clip
            self._clips = {key: self._clips[key] for key in self._clips if key == shot - 1}
            self._clips[shot] = (-1, clip(self._size), b"")
        last, rest, frame = self._clips[shot]
        while last < number:
            last, frame = last + 1, next(rest)
        self._clips[shot] = (last, rest, frame)
        return _split(frame, self._size)

    def _moved(self, shot: int, progress: float) -> Planes:
        """Return the part of a picture that is seen. progress: 0 to 1, in its shot."""
        box = self._box(self._shots[shot].move, progress)
        width, height = self._size
        luma, *chroma = self._planes(shot)
        left, top, right, bottom = box
        half = (left / 2, top / 2, right / 2, bottom / 2)
        blue, red = (
            plane.resize((width // 2, height // 2), Image.Resampling.BILINEAR, half)
            for plane in chroma
        )
        return luma.resize((width, height), Image.Resampling.BILINEAR, box), blue, red

    def _box(self, move: str, progress: float) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of the part of the picture that is seen."""
        width, height = self._drawn
        scale = {"in": 1 + self._zoom * progress, "out": 1 + self._zoom * (1 - progress)}
        share = 1 / scale.get(move, 1 + self._zoom)
        along = {"right": progress, "left": 1 - progress}.get(move, 0.5)
        left, top = width * (1 - share) * along, height * (1 - share) / 2
        return left, top, left + width * share, top + height * share

    def _load(self, shot: int) -> Planes:
        return planes(self._shots[shot].draw(self._drawn))


def _split(frame: bytes, size: Size) -> Planes:
    """Return the planes of a frame."""
    width, height = size
    luma, quarter = width * height, width * height // 4
    half = (width // 2, height // 2)
    return (
        Image.frombytes("L", size, frame[:luma]),
        Image.frombytes("L", half, frame[luma : luma + quarter]),
        Image.frombytes("L", half, frame[luma + quarter :]),
    )


def planes(image: Image.Image) -> Planes:
    """Convert a picture of even size to Y, Cb and Cr: BT.709, limited range, chroma at the left of each pair."""
    import numpy as np

    width, height = image.size
    pixels = np.asarray(image.convert("RGB"))
    luma = np.empty((height, width), np.uint8)
    chroma = np.empty((2, height // 2, width // 2), np.uint8)
    for top in range(0, height, _ROWS_AT_ONCE):
        rgb = pixels[top : top + _ROWS_AT_ONCE].astype(np.float32) / 255
        grey = rgb @ np.array([_KR, 1 - _KR - _KB, _KB], np.float32)
        luma[top : top + _ROWS_AT_ONCE] = 16.5 + 219 * grey
        for plane, channel, weight in ((0, 2, _KB), (1, 0, _KR)):
            difference = (rgb[:, :, channel] - grey) / (2 * (1 - weight))
            rows = slice(top // 2, (top + _ROWS_AT_ONCE) // 2)
            chroma[plane, rows] = 128.5 + 224 * _halved(difference)
    first, second, third = (Image.fromarray(plane) for plane in (luma, *chroma))
    return first, second, third


def _halved(plane: "np.ndarray") -> "np.ndarray":
    """Halve both sides: the mean of two rows, and of a column with half of each of its neighbours."""
    import numpy as np

    rows = (plane[::2] + plane[1::2]) / 2
    before = np.concatenate([rows[:, :1], rows[:, 1:-1:2]], axis=1)
    result: np.ndarray = rows[:, ::2] / 2 + (before + rows[:, 1::2]) / 4
    return result
