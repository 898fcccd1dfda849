"""Title cards: a scene of light with the title in large type, generated from the title alone.

They combine a scene painted in tones (pictures/scenes.py), a palette that maps tones to colours (pictures/palette.py)
and the typeset title (pictures/typeset.py). The text always has the contrast that WCAG requires, since the picture is
darkened behind it as far as necessary; and the lowest fifth has no text, to leave room for subtitles.
"""

import hashlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from audio_pipeline.pictures import palette, typeset
from audio_pipeline.pictures.scenes import SCENES, Canvas, smooth
from audio_pipeline.pictures.typeset import MissingGlyphs

__all__ = ["STYLES", "MissingGlyphs", "render"]

STYLES = tuple(SCENES)
CONTRAST = 5.5  # of text to picture; WCAG 2.2 (1.4.3) requires 4.5, and grain reduces it
GRAIN = 0.008  # standard deviation, white = 1; it dithers gradients, which would show bands
MARGIN = 0.085  # of the shorter side
TYPE_ENDS = 0.8  # of the height; the rest is left for subtitles
TYPE_ENDS_UPRIGHT = (
    0.66  # on upright cards, where subtitles are larger, and above the controls of players
)
WHITE = (253, 252, 249)


def render(
    title: str, *, width_px: int, height_px: int, seed: int, style: str = "auto"
) -> Image.Image:
    """Return a title card, mode RGB, of exactly this size: the same for the same arguments.

    title: any text. Emoji and control characters are removed; if nothing is left, the card has no text.
    width_px, height_px: 256 to 4096, in any proportion.
    seed: another one gives another composition.
    style: one of STYLES, or "auto": chosen by title and seed.

    Raises: MissingGlyphs; ValueError if size or style are invalid.
    """
    if not (256 <= width_px <= 4096 and 256 <= height_px <= 4096):
        raise ValueError(f"title card of {width_px}x{height_px} px: expected 256 to 4096 per side")
    if style not in ("auto", *STYLES):
        raise ValueError(f"title card in style {style!r}: expected auto, {', '.join(STYLES)}")
    return _draw(title, typeset.clean(title), width_px, height_px, seed, style)


def render_scene(
    title: str, phrase: str, *, width_px: int, height_px: int, seed: int, style: str = "auto"
) -> Image.Image:
    """Return a card with a phrase, in the colours, type and style of the title card, and a composition of its own.

    phrase: any text, like a title; the other arguments are those of the title card.

    Raises: MissingGlyphs.
    """
    text = typeset.clean(phrase)
    return _draw(title, text, width_px, height_px, seed, style, variant=f"\0{text}", scale=0.8)


def _draw(
    subject: str,
    text: str,
    width: int,
    height: int,
    seed: int,
    style: str,
    variant: str = "",
    scale: float = 1.0,
) -> Image.Image:
    """Return the scene for a subject, with a text on it, if it is not empty.

    variant: gives the subject another composition; scale: of the largest type.
    """
    if style == "auto":
        style = STYLES[_random(subject, seed, "style").integers(len(STYLES))]
    ramp = palette.choose(subject, _random(subject, seed, "palette"))
    canvas = Canvas(height, width, _random(subject + variant, seed, style))
    tones = SCENES[style](canvas).clip(0, 1)
    leftwards = typeset.is_right_to_left(typeset.clean(subject))
    if leftwards:
        tones = tones[:, ::-1]  # keep the light where lines end

    # Scaled tones stay in the palette. Below the type, the shade makes even full light readable, so
    # that no veil is darker, and the title does not change the lowest fifth.
    grain = _random(subject, seed, "grain")
    readable = palette.readable_tone(ramp, CONTRAST)
    ends = TYPE_ENDS if width >= height else TYPE_ENDS_UPRIGHT
    shade = 1 - (1 - readable) * smooth((canvas.y / height - 0.3) / (ends - 0.3))
    if not text:
        return _develop(tones * shade, ramp, grain)

    margin = MARGIN * canvas.short
    bar_width, bar_height = round(margin), max(2, round(0.07 * margin))
    bar_top = round(ends * height - 0.45 * margin) - bar_height
    foot = bar_top - 0.35 * margin
    column = min(width - 2 * margin, max(1.25 * height, 0.62 * width))
    largest = scale * min(0.13 * (width * height) ** 0.5, column / 4)
    block = typeset.fit(
        text,
        column_px=column,
        height_px=0.45 * height,
        largest_px=round(largest),
        smallest_px=round(0.36 * largest),
    )
    edge = width - margin if leftwards else margin
    left = edge - block.width_px if leftwards else edge

    pad, fade = 0.3 * margin, 2 * margin
    behind_type = _within(canvas.y, foot - block.height_px - pad, foot + pad, fade)
    behind_type = behind_type * _within(canvas.x, left - pad, left + block.width_px + pad, fade)
    lightest = float(tones[behind_type == 1].max())
    veil = 1 - (1 - min(1, readable / lightest)) * behind_type
    card = _develop(tones * np.minimum(shade, veil), ramp, grain)

    bar_left = round(edge) - bar_width * leftwards
    bar = (bar_left, bar_top, bar_left + bar_width - 1, bar_top + bar_height - 1)
    _print(card, block.ink(card.size, edge_px=edge, foot_px=foot), bar, ramp)
    return card


def _print(card: Image.Image, ink: Image.Image, bar: tuple[int, ...], ramp: np.ndarray) -> None:
    """Draw letters with a soft shadow, and a bar (left, top, right, bottom in px), on a card."""
    shadow = ink.filter(ImageFilter.GaussianBlur(0.012 * min(card.size)))
    card.paste(_colour(ramp, 0), mask=shadow.point(lambda level: level // 2))
    card.paste(WHITE, mask=ink)
    ImageDraw.Draw(card).rectangle(bar, fill=_colour(ramp, 0.8))


def _random(subject: str, seed: int, purpose: str) -> np.random.Generator:
    """Return an independent random generator for each purpose."""
    key = f"{seed} {purpose} {subject}".encode("utf-8", "surrogatepass")
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()))


def _within(along: np.ndarray, first: float, last: float, fade: float) -> np.ndarray:
    """Return 1 from first to last, fading to 0 on either side of them (all in px)."""
    return smooth(1 - np.maximum(first - along, along - last).clip(0) / fade)


def _develop(tones: np.ndarray, ramp: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Return tones (0 to 1) in the ramp's colours, with grain; in strips, to save memory."""
    colours = palette.encode(ramp)
    pixels = np.empty((*tones.shape, 3), np.uint8)
    for top in range(0, len(tones), 256):
        strip = colours[(tones[top : top + 256] * (len(ramp) - 1)).astype(np.uint16)]
        strip += GRAIN * rng.standard_normal((*strip.shape[:2], 1), dtype=np.float32)
        pixels[top : top + 256] = strip.clip(0, 1) * 255 + 0.5
    return Image.fromarray(pixels)


def _colour(ramp: np.ndarray, tone: float) -> tuple[int, ...]:
    """Return a tone's colour in 8-bit sRGB."""
    colour = palette.encode(ramp[int(tone * (len(ramp) - 1))])
    return tuple((colour * 255).round().astype(int).tolist())
