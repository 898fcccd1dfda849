"""Typesetting of a title: characters, fonts, lines and size."""

import importlib.util
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from audio_pipeline.text.unspaced import CLOSING, HAN_KANA, HANGUL, OPENING, TOKEN

LONGEST = 400  # characters of a title; no card has room for more
EM_PX = 200  # size at which letters are measured; small ones have rounded widths
ELLIPSIS = "…"
ZWNJ = "\u200c"  # zero-width non-joiner: invisible, but Persian is spelled with it


class MissingGlyphs(Exception):
    """The title cannot be set with the fonts and libraries that are installed."""


@dataclass(frozen=True)
class Face:
    """A font in a package, skipped if the package is not installed.

    axes: values for the variation axes, in the file's order; leading_em: distance of baselines, in font sizes.
    """

    package: str
    file: str
    axes: tuple[int, ...]
    leading_em: float


CJK = "justmytype_intl_cjk"
HEEBO = "fontpkg_heebo"
OPTIONAL = {CJK: f"[{HAN_KANA}{HANGUL}{OPENING}{CLOSING}]", HEEBO: "[\u0590-\u05ff]"}
FACES = (  # in order of preference; all under the SIL Open Font License 1.1
    Face("fontpkg_fraunces", "files/Fraunces[SOFT,WONK,opsz,wght].ttf", (60, 620, 0, 0), 1.10),
    Face("fontpkg_inter", "files/Inter[opsz,wght].ttf", (32, 700), 1.14),
    Face("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", (680, 100), 1.24),
    Face("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf", (680, 100), 1.50),
    Face(HEEBO, "files/Heebo[wght].ttf", (680,), 1.20),
    Face(CJK, "fonts/ofl/notosansjp/NotoSansJP[wght].ttf", (700,), 1.30),
    Face(CJK, "fonts/ofl/notosanssc/NotoSansSC[wght].ttf", (700,), 1.30),
    Face(CJK, "fonts/ofl/notosanskr/NotoSansKR[wght].ttf", (700,), 1.30),
)


def clean(title: str) -> str:
    """Return the title on one line, composed, without emoji, controls and stray or stacked accents."""
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", " ".join(title.split())[: LONGEST + 1]):
        kind = unicodedata.category(character)
        control = kind[0] == "C" and character != ZWNJ
        emoji = kind in ("So", "Sk") and character >= "\u20d0"  # before: °, ©, №
        selector = "\ufe00" <= character <= "\ufe0f"
        stray = kind[0] == "M" and (not kept or kept[-1] == " ")
        heap = kind == "Mn" and [unicodedata.category(c) for c in kept[-2:]] == ["Mn"] * 2
        if not (control or emoji or selector or stray or heap or kind == "Me"):
            kept.append(character)
    text = " ".join("".join(kept).split())
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        return ""
    return text[:LONGEST] + ELLIPSIS if len(text) > LONGEST else text


def is_right_to_left(text: str) -> bool:
    """True if the first letter of a text is right-to-left. Source: Unicode UAX 9, rules P2 and P3."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


@dataclass(frozen=True)
class Block:
    """Lines of text in one size."""

    lines: tuple[str, ...]
    faces: tuple[Face, ...]
    size_px: int

    @property
    def leading_px(self) -> float:
        """The distance from one baseline to the next."""
        used = (face for line in self.lines for face, _ in _runs(line, self.faces))
        return self.size_px * max(face.leading_em for face in used)

    @property
    def descent_px(self) -> float:
        """The distance from the last baseline to its lowest letter, at least that of a "p"."""
        return self.size_px * max(0.24, _rise_and_fall_em(self.lines[-1], self.faces)[1])

    @property
    def width_px(self) -> float:
        """The width of the longest line."""
        return self.size_px * max(_width_em(line, self.faces) for line in self.lines)

    @property
    def height_px(self) -> float:
        """The distance from the top of the first line to the foot of the last."""
        ascent_px = self.size_px * max(0.75, _rise_and_fall_em(self.lines[0], self.faces)[0])
        return ascent_px + self.leading_px * (len(self.lines) - 1) + self.descent_px

    def ink(self, size_px: tuple[int, int], *, edge_px: float, foot_px: float) -> Image.Image:
        """Return the letters as a mask of the given size (width, height): mode L, 255 for ink.

        edge_px: the beginning of the lines: their left edge, or the right one of right-to-left text.
        foot_px: the end of the lowest letter, from the top.
        """
        finer = math.ceil(
            96 / self.size_px
        )  # letters are placed on full pixels: oversample small ones
        mask = Image.new("L", (size_px[0] * finer, size_px[1] * finer))
        pen = ImageDraw.Draw(mask)
        leftwards = is_right_to_left("".join(self.lines))
        for row, line in enumerate(reversed(self.lines)):
            baseline = foot_px - self.descent_px - row * self.leading_px
            x = edge_px
            for face, text in _runs(line, self.faces):
                run_px = self.size_px * _width_em(text, (face,))
                start = x - run_px if leftwards else x
                pen.text(
                    (start * finer, baseline * finer),
                    text,
                    fill=255,
                    font=_font(face, self.size_px * finer),
                    anchor="ls",
                    direction="rtl" if leftwards else None,
                )
                x = start if leftwards else x + run_px
        return mask.reduce(finer)


def fit(
    text: str, *, column_px: float, height_px: float, largest_px: int, smallest_px: int
) -> Block:
    """Return a text (cleaned, not empty) in a large size and few lines, within column and height.

    A line less is worth a font size a fifth smaller. Words too long for a line of the smallest size
    are split; a text too long for it ends in an ellipsis.

    Raises: MissingGlyphs.
    """
    faces = _faces_for(text)
    tokens = TOKEN.findall(text)

    def lines(size_px: int) -> tuple[str, ...]:
        pieces: list[str] = []
        for token in tokens:
            hopeless = _width_em(token.rstrip(), faces) > column_px / smallest_px
            pieces += _chop(token, faces, column_px / size_px) if hopeless else [token]
        return _break(pieces, faces, column_px / size_px)

    sizes = range(largest_px, smallest_px, -max(1, largest_px // 50))
    blocks = [Block(broken, faces, size_px) for size_px in sizes if (broken := lines(size_px))]
    fitting = [b for b in blocks if b.height_px <= height_px and b.width_px <= column_px]
    if fitting:
        return max(fitting, key=lambda block: block.size_px * 0.8 ** len(block.lines))

    smallest = block = Block(lines(smallest_px), faces, smallest_px)
    while len(block.lines) > 1 and block.height_px > height_px:
        block = Block(block.lines[:-1], faces, smallest_px)
    if block != smallest:
        *kept, last = block.lines
        while _width_em(last + ELLIPSIS, faces) > column_px / smallest_px:
            last = last[:-1]
        block = Block((*kept, last.rstrip(" ,;:.-…") + ELLIPSIS), faces, smallest_px)
    return block


def package_with(missing: str) -> str:
    """Return how to install a package with some of the missing characters, "" if there is none."""
    advice = ""
    installed = {face.package for face in FACES if _path(face)}
    for package, letters in OPTIONAL.items():
        if re.search(letters, missing) and package not in installed:
            advice = f"run 'pip install {package.replace('_', '-')}'"
    return advice


def installed() -> list[Path]:
    """Return the files of the installed faces."""
    return [path for face in FACES if (path := _path(face))]


def _break(tokens: Sequence[str], faces: tuple[Face, ...], column_em: float) -> tuple[str, ...]:
    """Return the lines of least raggedness (the sum of squares of their distances to the column).

    Returns () if a token is wider than the column. Source: Knuth and Plass, "Breaking Paragraphs
    into Lines", 1981, without stretching, shrinking and hyphens.
    """
    ends = list(accumulate((_width_em(token, faces) for token in tokens), initial=0.0))
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]  # by number of tokens: cost and breaks
    for end, token in enumerate(tokens, start=1):
        space = _width_em(token, faces) - _width_em(token.rstrip(), faces)
        choices: list[tuple[float, tuple[int, ...]]] = [(math.inf, ())]
        for begin in range(end - 1, -1, -1):
            lack = column_em - (ends[end] - ends[begin] - space)
            if lack < -1e-6:  # sums of widths are not exact
                break
            cost, breaks = best[begin]
            weight = 0.6 if end == len(tokens) else 1  # the last line may be shorter
            choices.append((cost + weight * lack**2, (*breaks, begin)))
        best.append(min(choices))
    cost, breaks = best[-1]
    if cost == math.inf:
        return ()
    stops = (*breaks[1:], len(tokens))
    return tuple("".join(tokens[a:b]).rstrip() for a, b in zip(breaks, stops, strict=True))


def _chop(token: str, faces: tuple[Face, ...], column_em: float) -> list[str]:
    """Split a token into pieces of similar width, no wider than the column, with hyphens between letters."""
    width_em = _width_em(token, faces)
    share_em = width_em / math.ceil(width_em / (column_em - 1)) + 1  # 1 em: a letter and a hyphen
    rightwards = not is_right_to_left(token)
    pieces = [""]
    for character in token:
        piece = pieces[-1]
        hyphen = "-" * (rightwards and piece[-1:].isalpha() and character.isalpha())
        may_split = piece and not character.isspace() and unicodedata.category(character)[0] != "M"
        if may_split and _width_em(piece + character + hyphen, faces) > share_em:
            pieces[-1] += hyphen
            pieces.append("")
        pieces[-1] += character
    return pieces


def _faces_for(text: str) -> tuple[Face, ...]:
    """Return a face that has all characters of a text, or else all installed ones, best first."""
    joined = any(unicodedata.bidirectional(c) in ("R", "AL", "NSM") for c in text)
    if joined and not features.check("raqm"):
        raise MissingGlyphs(
            "title card: Pillow finds no FriBidi library to join this script's letters: "
            "run 'apt install libfribidi0' (macOS: 'brew install fribidi')"
        )
    installed = [face for face in FACES if _path(face)]
    missing = "".join(sorted({c for c in text if not any(_has(f, c) for f in installed)}))
    if missing:
        step = package_with(missing) or (
            "write the title in another script, or use another image engine"
        )
        raise MissingGlyphs(f"title card: no installed font has {missing[:20]}: {step}")
    best_first = sorted(installed, key=lambda face: -sum(_has(face, c) for c in text))
    complete = all(_has(best_first[0], c) for c in text)
    return tuple(best_first[:1] if complete else best_first)


def _runs(text: str, faces: tuple[Face, ...]) -> list[tuple[Face, str]]:
    """Split the text into runs of one face; punctuation and spaces stay with the letters before them."""
    runs: list[tuple[Face, str]] = []
    for character in text:
        before = [runs[-1][0]] if runs and not character.isalnum() else []
        face = next((f for f in (*before, *faces) if _has(f, character)), faces[0])
        if runs and runs[-1][0] == face:
            runs[-1] = (face, runs[-1][1] + character)
        else:
            runs.append((face, character))
    return runs


@lru_cache(maxsize=4096)
def _width_em(text: str, faces: tuple[Face, ...]) -> float:
    """Return the width of a text in font sizes."""
    return sum(_font(face, EM_PX).getlength(run) for face, run in _runs(text, faces)) / EM_PX


@lru_cache(maxsize=4096)
def _rise_and_fall_em(text: str, faces: tuple[Face, ...]) -> tuple[float, float]:
    """Return the extent of a text above and below its baseline, in font sizes."""
    boxes = [_font(face, EM_PX).getbbox(run, anchor="ls") for face, run in _runs(text, faces)]
    return max(-top for _, top, _, _ in boxes) / EM_PX, max(box[3] for box in boxes) / EM_PX


@lru_cache(maxsize=4096)
def _has(face: Face, character: str) -> bool:
    """True if a face draws a character differently from one that no face has."""
    font = _font(face, 32, ImageFont.Layout.BASIC)  # without shaping
    drawn, unknown = (bytes(font.getmask(c)) for c in (character, "\uffff"))
    return drawn != unknown or character == ZWNJ


@lru_cache(maxsize=64)
def _font(
    face: Face, size_px: int, layout: ImageFont.Layout | None = None
) -> ImageFont.FreeTypeFont:
    path = _path(face)
    assert path, face
    font = ImageFont.truetype(path, size_px, layout_engine=layout)
    font.set_variation_by_axes(list(face.axes))
    return font


@lru_cache
def _path(face: Face) -> Path | None:
    """Return the path of a face's file, without importing. Returns None if its package is not installed."""
    package = importlib.util.find_spec(face.package)
    return Path(package.origin).parent / face.file if package and package.origin else None
