"""The scenes of title cards, painted in tones.

A **tone** is a number from 0 (night) to 1 (light), to which the palette assigns a colour. A scene
takes a canvas and returns its tones: float32, (height, width). Lengths are fractions of the canvas,
so that a seed gives the same composition in every size. Scenes are lightest at the top right, where
there is no text. The numbers were tuned by eye on many cards.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Canvas:
    """A size in pixels and a random generator."""

    height: int
    width: int
    rng: np.random.Generator

    @property
    def y(self) -> np.ndarray:
        """Rows' distances from the top: float32, (height, 1), px."""
        return np.arange(self.height, dtype=np.float32)[:, np.newaxis]

    @property
    def x(self) -> np.ndarray:
        """Columns' distances from the left: float32, (1, width), px."""
        return np.arange(self.width, dtype=np.float32)[np.newaxis]

    @property
    def short(self) -> int:
        """The shorter side, px."""
        return min(self.height, self.width)

    @property
    def span(self) -> float:
        """The width in 16:9 pictures of the same height; at least 0.4."""
        return max(0.4, self.width / self.height * 9 / 16)

    def focus(self) -> tuple[float, float]:
        """Return a position for a sun, (x, y) in px: beside the text, or above it in tall pictures."""
        beside = min(1, max(0, (self.width / self.height - 1) / 0.6))
        x, y = self.rng.uniform(0.74, 0.88), self.rng.uniform(0.1, 0.22)
        return self.width * x, self.height * (y + beside * self.rng.uniform(0.04, 0.2))

    def steps(self, fewest: int, most: int) -> list[float]:
        """Return a random count, fewest to most, of evenly spaced numbers from 0 to 1."""
        return list(np.linspace(0, 1, int(self.rng.integers(fewest, most + 1))))

    def hills(self, height: int, rows: float, columns: float) -> np.ndarray:
        """Return smooth noise, 0 to 1, float32, (height, width): random points, enlarged.

        Every point is a weighted mean of 3 by 3, since hills would look square otherwise.
        """
        shape = 2 * max(2, int(rows)) + 5, 2 * max(2, int(columns)) + 5
        points: np.ndarray = self.rng.random(shape, np.float32)
        for _ in range(2):
            points = points[1:] + points[:-1]
            points = points[:, 1:] + points[:, :-1]
        points = 0.5 + 2.2 * (points / 16 - 0.5)  # restore the contrast that means lose
        inner = (1, 1, points.shape[1] - 1, points.shape[0] - 1)  # cubics need a point more
        image = Image.fromarray(points).resize(
            (self.width, height), Image.Resampling.BICUBIC, inner
        )
        return np.asarray(image).clip(0, 1)

    def clouds(self, per_short_side: float, stretch: float = 1) -> np.ndarray:
        """Return fractal noise, 0 to 1, float32, (height, width)."""
        rows = per_short_side * self.height / self.short
        columns = per_short_side * self.width / self.short / stretch
        noise = np.zeros((self.height, self.width), np.float32)
        for octave in range(4):
            hills = self.hills(self.height, rows * 2**octave, columns * 2**octave)
            noise += hills * (0.5**octave / 1.875)
        return noise

    def curve(self, waves: float, octaves: int = 4, gain: float = 0.5) -> np.ndarray:
        """Return a fractal curve, about -0.2 to 0.2, float32, (width,). waves: their number."""
        weights = [gain**octave for octave in range(octaves)]
        hills = [w * self.hills(1, 1, waves * 2**k)[0] for k, w in enumerate(weights)]
        curve: np.ndarray = np.sum(hills, axis=0) / sum(weights) - np.float32(0.5)
        return curve


def ridges(canvas: Canvas) -> np.ndarray:
    """Mountains behind mountains, paler with distance, under a sun or moon."""
    y, x, height, width, short = canvas.y, canvas.x, canvas.height, canvas.width, canvas.short
    rng, horizon, (sun_x, sun_y) = canvas.rng, 0.6 * height, canvas.focus()
    climb = smooth(y / horizon) * (0.62 + 0.38 * np.exp(-(((x - sun_x) / (0.4 * width)) ** 2)))
    tones = 0.04 + 0.58 * climb**1.3 + 0.16 * climb * (canvas.clouds(2.2) - 0.5)
    _sprinkle_stars(canvas, tones, per_pixel=1 / 3000, down_to=0.5)

    radius = short * rng.uniform(0.055, 0.11)
    away = np.hypot(x - sun_x, y - sun_y)
    _lighten(tones, 0.5 * np.exp(-away / (2.6 * radius)) + 0.22 * np.exp(-away / (7 * radius)))
    streaks = smooth((canvas.clouds(9, stretch=3.5) - 0.5) / 0.28)
    streaks *= 0.34 * np.exp(-(((y / height - 0.38) / 0.16) ** 2))
    _lighten(tones, streaks)
    _cover(tones, 1 - 0.2 * streaks, radius - away)

    for near in canvas.steps(6, 8):
        far = 1 - near
        waves = canvas.span * (rng.uniform(1.6, 3.6) + 1.6 * far)
        outline = canvas.curve(waves, octaves=7)
        if far > 0.4:  # distant mountains have peaks
            outline += 0.3 * (0.5 - abs(2 * canvas.hills(1, 1, 1.7 * waves)[0] - 1))
        relief = short * (0.24 + 0.24 * near) * rng.uniform(0.8, 1.25)
        crest = horizon + height * (0.42 * near**1.15 - 0.05) - relief * outline
        top = max(0, int(crest.min()) - 1)
        below = y[top:] - crest
        depth = below.clip(0)
        mist = 0.26 * far**0.9 * smooth(depth / (0.24 * short))
        rim = np.exp(-depth / (0.0035 * short)) * np.exp(-abs(x - sun_x) / (0.3 * width))
        _cover(tones[top:], 0.035 + 0.56 * far**1.25 + mist + (0.1 + 0.1 * far) * rim, below)
    return tones


def silk(canvas: Canvas) -> np.ndarray:
    """Sheets of silk, one over the other, with light along their edges."""
    y, x, height, width, short = canvas.y, canvas.x, canvas.height, canvas.width, canvas.short
    rng, swing = canvas.rng, min(height, 1.6 * width)
    lit = 0.3 + 0.7 * smooth(1.2 * x / width)
    tones: np.ndarray = 0.1 + 0.45 * lit * smooth(1 - y / height)
    slope = swing * rng.uniform(0.1, 0.4) * (0.5 - x[0] / width)
    for near in canvas.steps(6, 8):
        wave = swing * canvas.curve(canvas.span * rng.uniform(0.8, 1.7), octaves=3, gain=0.32)
        below = y - (height * (0.06 + 0.85 * near) + slope - 0.62 * wave)
        tones *= 1 - 0.5 * np.exp(-(-below).clip(0) / (0.07 * short))  # its shadow on the others
        depth = below.clip(0)
        glow = 0.35 * np.exp(-depth / (0.04 * short)) + 0.55 * np.exp(-depth / (0.3 * short))
        sheen = 0.6 + 0.4 * np.sin(9 * canvas.curve(2 * canvas.span, 2) + rng.uniform(0, 6))
        _cover(tones, 0.05 + glow * sheen * lit * (1 - 0.5 * near), below)
    return tones


def flow(canvas: Canvas) -> np.ndarray:
    """Bundles of fine bright strings in waves."""
    height, width, rng, span = canvas.height, canvas.width, canvas.rng, canvas.span
    columns, swing, pen = np.arange(width), min(height, 0.7 * width), max(0.6, canvas.short / 1100)
    light = np.zeros((height, width), np.float32)
    for _ in range(3):
        waves, middle = span * rng.uniform(0.9, 1.5), height * rng.uniform(0.22, 0.44)
        first = middle + swing * (0.85 * canvas.curve(waves, 3, 0.35) - rng.uniform(0, 0.2))
        last = middle + swing * (1.05 * canvas.curve(waves, 3, 0.35) + rng.uniform(0, 0.2))
        bend = 0.7 * swing * canvas.curve(1.3 * waves, 2, 0.3)
        bright = smooth(0.5 + 1.6 * canvas.curve(2.2 * span, 2))
        bright *= 0.25 + 0.75 * smooth((canvas.x[0] / width - 0.05) / 0.6)
        for position in canvas.steps(70, 130):
            arch = math.sin(math.pi * position)
            string = first + (last - first) * position + bend * arch
            steep = np.hypot(1, np.gradient(string))
            level = (
                bright / steep * (0.25 + 0.75 * arch**1.5) * (0.55 + 0.45 * math.sin(60 * position))
            )
            reach = min(12, int(2 * pen * steep.max()) + 1)
            for offset in range(-reach, reach + 1):
                row = np.floor(string).astype(int) + offset
                seen = (row >= 0) & (row < height)
                part = level * np.exp(-(((row - string) / (pen * steep)) ** 2))
                light[row[seen], columns[seen]] += part[seen]
    small = Image.fromarray(light).resize((width // 16, height // 16), Image.Resampling.BILINEAR)
    halo = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).clip(0)
    tones = 0.02 + 0.3 * canvas.clouds(1.5) ** 1.5
    _lighten(tones, 1 - np.exp(-0.6 * light - 0.7 * halo))
    return tones


def dawn(canvas: Canvas) -> np.ndarray:
    """The edge of a dark planet, where its sun is about to rise."""
    y, x, height, width, short = canvas.y, canvas.x, canvas.height, canvas.width, canvas.short
    rng, long, (sun_x, sun_y) = canvas.rng, max(height, width), canvas.focus()
    tones = 0.035 + 0.2 * smooth((canvas.clouds(2.2) - 0.4) / 0.4)
    _sprinkle_stars(canvas, tones, per_pixel=1 / 2200, down_to=0.9)

    radius = max(long * rng.uniform(0.7, 1.9), width**2 / (3 * height))
    tilt = min(0.42, math.atan2(height, width)) * rng.uniform(0.15, 1)  # radians
    centre_x, centre_y = sun_x - radius * math.sin(tilt), sun_y + radius * math.cos(tilt)
    above = np.hypot(x - centre_x, y - centre_y) - radius
    away = np.hypot(x - sun_x, y - sun_y)
    near = np.exp(-away / (0.42 * long))
    air = above.clip(0)
    _lighten(tones, np.exp(-air / (0.035 * short)) * (0.12 + 0.7 * near))
    _lighten(tones, np.exp(-air / (0.16 * short)) * 0.45 * near)

    depth = (-above).clip(0)
    land = smooth((canvas.clouds(5) - 0.45) / 0.3)
    ground = 0.03 + 0.1 * land * np.exp(-depth / (0.4 * short))
    ground += 0.6 * near * np.exp(-depth / (0.012 * short))
    ground += 0.3 * near * np.exp(-depth / (0.07 * short))
    _cover(tones, ground, -above)
    _lighten(tones, 0.95 * near**0.6 * np.exp(-abs(above) / (0.0045 * short)))
    _lighten(tones, np.exp(-away / (0.045 * short)) + 0.35 * np.exp(-away / (0.18 * short)))
    return tones


SCENES: dict[str, Callable[[Canvas], np.ndarray]] = {
    "ridges": ridges,
    "silk": silk,
    "flow": flow,
    "dawn": dawn,
}


def smooth(ramp: np.ndarray) -> np.ndarray:
    """Return 0 below 0, 1 above 1, and an S-curve between."""
    ramp = ramp.clip(0, 1)
    smoothed: np.ndarray = ramp * ramp * (3 - 2 * ramp)
    return smoothed


def _lighten(tones: np.ndarray, amount: np.ndarray) -> None:
    """Add light, 0 to 1, to the tones, never beyond 1."""
    tones += (1 - tones) * amount.clip(0, 1)


def _cover(tones: np.ndarray, body: np.ndarray, depth_px: np.ndarray) -> None:
    """Paint a body where its depth is positive, with a smooth edge."""
    tones += (depth_px + 0.5).clip(0, 1) * (body - tones)


def _sprinkle_stars(canvas: Canvas, tones: np.ndarray, *, per_pixel: float, down_to: float) -> None:
    """Add stars, mostly faint, that fade out towards the fraction `down_to` of the height."""
    height, width, rng = canvas.height, canvas.width, canvas.rng
    count = int(height * width * per_pixel)
    rows, columns = rng.integers(1, height - 1, count), rng.integers(1, width - 1, count)
    light = rng.random(count) ** 3 * (1 - rows / height / down_to).clip(0)
    size = max(1, canvas.short / 900)
    for down in range(-round(size), round(size) + 1):
        for right in range(-round(size), round(size) + 1):
            at = (rows + down).clip(0, height - 1), (columns + right).clip(0, width - 1)
            tones[at] += (
                (0.95 - tones[at]) * light * math.exp(-(down**2 + right**2) / 0.55 / size**2)
            )
