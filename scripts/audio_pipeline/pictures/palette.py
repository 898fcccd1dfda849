"""Colours of a title card: one ramp from night to light, chosen by the title's subject.

Scenes are painted in tones from 0 to 1, and a ramp maps tones to colours. So no mixture of light
leaves the palette, and darkening a picture is a multiplication. Ramps are defined in OKLCH, where
equal steps of lightness look equal at every hue.

Source: Björn Ottosson, "A perceptual color space for image processing", 2020,
https://bottosson.github.io/posts/oklab/ (the matrices below); WCAG 2.2, "relative luminance".
"""

import re

import numpy as np

STEPS = 4096  # entries of a ramp: finer than 8 bits, to avoid bands in gradients

# Name: hue of the shadows, hue of the lights (degrees in OKLCH), words that select it. A word of
# five letters or more also matches words that begin with it.
MOODS: dict[str, tuple[float, float, str]] = {
    "deep water": (262, 190, "ocean sea river water whale shark octop fish coral marine rain wave"),
    "clear sky": (272, 225, "sky air bird wind weather cloud fly flight ice snow glacier arctic"),
    "embers": (350, 72, "fire volcan desert heat sun summer war chili mars earthquake dinosaur"),
    "roast": (34, 84, "coffee bread chocolate tea wine cheese food cook egypt rome book wood"),
    "forest": (190, 118, "forest tree plant garden green climate nature bee insect frog leaves"),
    "nebula": (276, 355, "space star planet galax moon cosmos universe rocket quantum time black"),
    "dream": (298, 210, "night sleep dream memor mind brain psycholog conscious philosoph"),
    "pulse": (340, 52, "heart blood love health body vaccin immun medic virus bacteri disease"),
    "stage": (318, 62, "music sound violin piano song guitar dance theat film opera voice art"),
    "circuit": (285, 178, "ai robot comput data code software internet machine digit search"),
    "coin": (205, 98, "money business market stock financ gold econom bank trade tax inflation"),
    "dusk": (290, 50, ""),
}


def choose(title: str, rng: np.random.Generator) -> np.ndarray:
    """Return the ramp for a title: of the mood that its first matching word selects, or of a random one.

    The hues are varied a little at random.
    """
    name = list(MOODS)[rng.integers(len(MOODS))]
    for word in reversed(re.findall(r"\w+", title.casefold())):
        for mood, (_, _, keywords) in MOODS.items():
            if any(_means(word, keyword) for keyword in keywords.split()):
                name = mood
    shadows, lights, _ = MOODS[name]
    return ramp(shadows + rng.uniform(-12, 12), lights + rng.uniform(-12, 12))


def _means(word: str, keyword: str) -> bool:
    return word.removesuffix("s") == keyword or (len(keyword) >= 5 and word.startswith(keyword))


def ramp(shadow_hue: float, light_hue: float) -> np.ndarray:
    """Return the colours of tones 0 to 1: float32, (STEPS, 3), linear-light sRGB from 0 to 1.

    The hue turns from shadow_hue to light_hue (degrees) the short way round as lightness grows.
    """
    tone = np.linspace(0, 1, STEPS)
    turn = (light_hue - shadow_hue + 180) % 360 - 180
    at = [0, 0.18, 0.38, 0.60, 0.80, 1]
    lightness = _rounded(tone, at, [0.11, 0.25, 0.40, 0.60, 0.80, 0.97])
    chroma = _rounded(tone, at, [0.035, 0.08, 0.12, 0.145, 0.12, 0.03])
    hue = shadow_hue + turn * _rounded(tone, at, [0, 0.05, 0.2, 0.55, 0.9, 1])
    shown, vivid = np.zeros(STEPS), chroma  # bisect for the highest chroma within sRGB
    for _ in range(12):
        middle = (shown + vivid) / 2
        colour = linear_rgb(lightness, middle, hue)
        inside = (colour.min(axis=1) >= 0) & (colour.max(axis=1) <= 1)
        shown, vivid = np.where(inside, middle, shown), np.where(inside, vivid, middle)
    return linear_rgb(lightness, shown, hue).clip(0, 1).astype(np.float32)


def _rounded(tone: np.ndarray, at: list[float], values: list[float]) -> np.ndarray:
    """Return a smooth curve through the values: corners would be visible as edges."""
    reach = STEPS // 12
    curve = np.pad(np.interp(tone, at, values), reach, mode="reflect", reflect_type="odd")
    hill = np.hanning(2 * reach + 1)
    return np.convolve(curve, hill / hill.sum(), mode="valid")


def linear_rgb(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Convert OKLCH (lightness 0 to 1, chroma 0 to 0.4, hue in degrees) to linear-light sRGB."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return np.stack([red, green, blue], axis=-1)


def encode(linear: np.ndarray) -> np.ndarray:
    """Return linear light (0 to 1) as sRGB values (0 to 1). Source: IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def luminance(linear: np.ndarray) -> np.ndarray:
    """Return the relative luminance (0 to 1) of linear-light sRGB, (..., 3). Source: WCAG 2.2."""
    return 0.2126 * linear[..., 0] + 0.7152 * linear[..., 1] + 0.0722 * linear[..., 2]


def readable_tone(ramp: np.ndarray, contrast: float) -> float:
    """Return the lightest tone on which white has this contrast (1 to 21). Source: WCAG 2.2."""
    too_light = luminance(ramp) > 1.05 / contrast - 0.05
    return (int(np.argmax(too_light)) - 1) / STEPS
