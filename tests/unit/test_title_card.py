"""Title cards: the same card for the same title, readable type, and room for subtitles."""

import re

import numpy as np
import pytest
from audio_pipeline.pictures import palette, scenes, title_card, typeset
from audio_pipeline.text import unspaced
from PIL import Image, ImageFilter, features

TITLE = "Why octopuses have three hearts"
LONG = "Why do the languages of the world have words for black, white and red before blue? " * 4
SIZES = [(320, 256), (256, 256), (256, 400), (900, 256)]
NOT_INSTALLED = {face.package for face in typeset.FACES if not typeset._path(face)}
needs_hebrew = pytest.mark.skipif(typeset.HEEBO in NOT_INSTALLED, reason="needs fontpkg-heebo")
needs_cjk = pytest.mark.skipif(typeset.CJK in NOT_INSTALLED, reason="needs justmytype-intl-cjk")
needs_shaping = pytest.mark.skipif(not features.check("raqm"), reason="Pillow finds no FriBidi")


def card(title: str = TITLE, size: tuple[int, int] = (320, 256), **options) -> Image.Image:
    width_px, height_px = size
    return title_card.render(
        title, **{"width_px": width_px, "height_px": height_px, "seed": 7, **options}
    )


def scene_alone(title: str, size: tuple[int, int] = (320, 256), style: str = "auto") -> np.ndarray:
    """Return the card of a title, without the title."""
    return np.asarray(title_card._draw(title, "", *size, 7, style))


def ink_of(monkeypatch: pytest.MonkeyPatch, title: str, **options) -> tuple[np.ndarray, np.ndarray]:
    """Return the card's ink, 0 to 255, and the card as it would be without ink."""
    inks = []
    set_in_type = typeset.Block.ink

    def hide(block: typeset.Block, *arguments, **places) -> Image.Image:
        inks.append(set_in_type(block, *arguments, **places))
        return Image.new("L", inks[0].size)

    monkeypatch.setattr(typeset.Block, "ink", hide)
    background = card(title, **options)
    return np.asarray(inks[0]), np.asarray(background)


def lines_of(title: str, column_px: float = 250, height_px: float = 115) -> tuple[str, ...]:
    text = typeset.clean(title)
    return typeset.fit(
        text, column_px=column_px, height_px=height_px, largest_px=36, smallest_px=13
    ).lines


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255."""
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


@pytest.mark.parametrize("style", title_card.STYLES)
def test_the_same_title_gives_the_same_bytes(style):
    first = card(style=style)
    second = card(style=style)

    assert first.tobytes() == second.tobytes()


def test_the_global_random_state_neither_matters_nor_changes():
    np.random.seed(1)
    before = card()
    drawn = np.random.random()
    np.random.seed(2)
    after = card()

    np.random.seed(1)
    assert before.tobytes() == after.tobytes()
    assert drawn == np.random.random()


def test_titles_and_seeds_tell_cards_apart():
    cards = [card(t) for t in ("How bread rises", "The sound of a violin")]
    cards += [card("How bread rises", seed=seed) for seed in (8, 9)]

    differences = [difference(a, b) for i, a in enumerate(cards) for b in cards[:i]]

    assert min(differences) > 5


def test_auto_uses_every_style_in_the_long_run():
    rngs = (title_card._random(f"topic {n}", 42, "style") for n in range(100))

    chosen = {title_card.STYLES[rng.integers(len(title_card.STYLES))] for rng in rngs}

    assert chosen == set(title_card.STYLES)


@pytest.mark.parametrize("size", [*SIZES, (257, 311), (256, 4096), (4096, 256)])
def test_a_card_has_exactly_the_size_asked_for(size):
    picture = card(size=size)

    assert (picture.size, picture.mode) == (size, "RGB")


@pytest.mark.parametrize("size", [(255, 256), (256, 255), (4097, 256), (256, 4097)])
def test_other_sizes_are_refused_with_the_limits(size):
    with pytest.raises(ValueError, match=re.escape("expected 256 to 4096")):
        card(size=size)


def test_an_unknown_style_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"'cubist'.*ridges"):
        card(style="cubist")


@pytest.mark.parametrize("style", title_card.STYLES)
@pytest.mark.parametrize("size", SIZES)
def test_scenes_stay_between_night_and_light_in_single_precision(style, size):
    canvas = scenes.Canvas(size[1], size[0], np.random.default_rng(1))

    tones = scenes.SCENES[style](canvas)

    assert (tones.shape, tones.dtype) == ((size[1], size[0]), np.float32)
    assert tones.min() >= 0
    assert 0.5 < tones.max() <= 1.001


@pytest.mark.parametrize("style", title_card.STYLES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", [TITLE, LONG, "gjpqy ÇŞ"])
def test_the_lowest_fifth_is_the_same_with_and_without_a_title(title, size, style):
    with_title = np.asarray(card(title, size, style=style))
    without = scene_alone(title, size, style)

    begins = int(np.ceil(0.8 * size[1]))
    assert np.array_equal(with_title[begins:], without[begins:])
    assert not np.array_equal(with_title[:begins], without[:begins])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", [TITLE, LONG, "W" * 60, "fjord " * 9, "A", "Ǻ" * 300])
def test_type_keeps_to_the_margins(monkeypatch, title, size):
    ink, _ = ink_of(monkeypatch, title, size=size)

    rows, columns = np.nonzero(ink > 40)
    margin = 0.07 * min(size)
    assert margin < columns.min() < columns.max() < size[0] - margin
    assert margin < rows.min() < rows.max() < 0.8 * size[1]


@pytest.mark.parametrize("style", title_card.STYLES)
@pytest.mark.parametrize("title", [TITLE, LONG, "How bread rises", "Ocean waves"])
def test_type_has_a_contrast_of_four_and_a_half_at_every_pixel(monkeypatch, title, style):
    ink, background = ink_of(monkeypatch, title, style=style, size=(480, 270))
    around = np.asarray(Image.fromarray(ink).filter(ImageFilter.MaxFilter(5))) > 0

    white, behind = (wcag_luminance(c) for c in (np.array(title_card.WHITE), background[around]))

    assert ((white + 0.05) / (behind + 0.05)).min() >= 4.5


def wcag_luminance(pixels: np.ndarray) -> np.ndarray:
    """Source: WCAG 2.2, "relative luminance"."""
    value = pixels / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("title", ["", " \n\t", "🎉👩‍👩‍👧😀🇧🇷", "\x00\x1b\u202e\u200c\ufe0f"])
def test_a_title_of_nothing_but_emoji_or_controls_is_a_scene_without_type(title):
    picture = card(title)

    assert np.array_equal(np.asarray(picture), scene_alone(title))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("  Tea \t at\n5 ☕️ o’clock 🎉 ", "Tea at 5 o’clock"),
        ("Boiling at 100 °C ©", "Boiling at 100 °C ©"),
        ("1️⃣ 👍🏽 first", "1 first"),
        ("a\u202eb\x00c\ud800d", "abcd"),
        ("e\u0301" + "\u0301" * 9 + " \u0301x", "é\u0301\u0301 x"),
        ("می\u200cخواهیم", "می\u200cخواهیم"),
        ("x" * 500, "x" * 400 + "…"),
    ],
)
def test_a_title_is_cleaned_before_it_is_set(title, text):
    assert typeset.clean(title) == text


@pytest.mark.parametrize(
    "title", ["{0.__class__} %s %(x)s {title}", "../../etc/passwd", "\\N{DIGIT}"]
)
def test_a_title_is_only_ever_text(title):
    picture = card(title)

    assert picture.size == (320, 256)
    assert "".join(lines_of(title)).replace(" ", "") == title.replace(" ", "")


def test_lines_are_broken_evenly():
    lines = lines_of("one two three four five six seven eight", column_px=150, height_px=80)

    assert len(lines) > 1
    assert " ".join(lines) == "one two three four five six seven eight"
    assert min(map(len, lines[:-1])) >= 0.6 * max(map(len, lines))


def test_a_longer_title_is_set_in_smaller_type():
    sizes = [
        typeset.fit(
            TITLE * times, column_px=250, height_px=115, largest_px=36, smallest_px=13
        ).size_px
        for times in (1, 3)
    ]

    assert sizes[0] > sizes[1]


def test_a_title_too_long_for_the_smallest_type_ends_in_an_ellipsis():
    lines = lines_of(LONG)

    assert lines[-1].endswith("…")
    assert LONG.startswith(" ".join(lines)[:-1])


def test_a_word_of_sixty_letters_is_parted_with_hyphens():
    word = "donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunt"

    lines = lines_of(word)

    assert len(lines) > 1
    assert all(line.endswith("-") for line in lines[:-1])
    assert "".join(lines).replace("-", "") == word


@pytest.mark.parametrize(
    "title",
    [
        "Zażółć gęślą jaźń",
        "Những ẩn sĩ Việt",
        "Iğdır’ın şiiri",
        "Почему ґава",
        "Γιατί ώρα",
        "Why π ≈ 3",
    ],
)
def test_european_scripts_are_set_in_one_face(title):
    assert len(typeset._faces_for(title)) == 1


def test_a_script_that_no_font_has_is_named():
    with pytest.raises(title_card.MissingGlyphs, match=r"no installed font has กทย.*engine"):
        card("ทกย")


@needs_shaping
@pytest.mark.parametrize(
    ("title", "package"), [("The 歴 of tea", "justmytype-intl-cjk"), ("תולדות", "fontpkg-heebo")]
)
def test_missing_glyphs_name_the_package_that_has_them(monkeypatch, title, package):
    usual = tuple(face for face in typeset.FACES if face.package not in typeset.OPTIONAL)
    monkeypatch.setattr(typeset, "FACES", usual)

    with pytest.raises(title_card.MissingGlyphs, match=f"{title[4:5]}.*pip install {package}'"):
        card(title)


def test_missing_glyphs_are_said_in_one_line():
    with pytest.raises(title_card.MissingGlyphs) as caught:
        card("ไทย\nไทย" * 200)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


@needs_cjk
def test_japanese_lines_do_not_open_with_closing_marks():
    lines = lines_of("東京タワーの「歴史」について、もう一度考える。" * 2)

    assert len(lines) > 1
    assert not any(line[0] in unspaced.CLOSING or line[-1] in unspaced.OPENING for line in lines)


@needs_shaping
@pytest.mark.parametrize("title", ["تاريخ القهوة", pytest.param("תולדות הקפה", marks=needs_hebrew)])
def test_right_to_left_titles_begin_at_the_right_margin(monkeypatch, title):
    ink, _ = ink_of(monkeypatch, title, size=(640, 256))

    _, columns = np.nonzero(ink)
    assert 640 - columns.max() < 0.13 * 256
    assert columns.min() > 0.13 * 256


@needs_shaping
def test_arabic_letters_are_joined():
    face = next(face for face in typeset.FACES if face.package.endswith("arabic"))

    joined, apart = (
        typeset._width_em("قهوة", (face,)),
        sum(typeset._width_em(letter, (face,)) for letter in "قهوة"),
    )

    assert joined < 0.9 * apart


def test_without_fribidi_arabic_says_what_to_install_and_latin_is_set(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)

    assert card().size == (320, 256)
    with pytest.raises(title_card.MissingGlyphs, match="libfribidi0"):
        card("تاريخ القهوة")


@needs_shaping
@needs_hebrew
def test_scripts_of_several_fonts_share_a_line():
    faces = typeset._faces_for("Привет, שלום")

    runs = typeset._runs("Привет, שלום", faces)

    assert [text for _, text in runs] == ["Привет, ", "שלום"]


@pytest.mark.parametrize("mood", palette.MOODS)
def test_every_palette_climbs_from_night_to_light(mood):
    shadows, lights, _ = palette.MOODS[mood]

    luminance = palette.luminance(palette.ramp(shadows, lights))

    assert luminance[0] < 0.01
    assert luminance[-1] > 0.8
    assert np.all(np.diff(luminance) > -1e-5)


def test_a_palette_answers_to_what_the_title_is_about():
    ramps = [
        palette.choose(title, np.random.default_rng(3))
        for title in ("Whales of the deep", "Ocean currents", "The volcano")
    ]

    assert np.array_equal(ramps[0], ramps[1])
    assert not np.array_equal(ramps[0], ramps[2])


def test_conversion_agrees_with_ottossons_published_values():
    """Source: the first row of his table, white: XYZ (0.950, 1, 1.089) is OKLab (1, 0, 0)."""
    white = palette.linear_rgb(np.array(1.0), np.array(0.0), np.array(0.0))

    assert white == pytest.approx([1, 1, 1], abs=1e-3)
