"""Pictures in every format that services send: the result, and the refusals before decoding."""

import io
import re
import struct
import zlib

import numpy as np
import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.pictures import picture_checks
from audio_pipeline.pictures.picture_formats import decoded
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

SIZE = (64, 48)
RAMP = Image.linear_gradient("L").resize(SIZE)
CHECKS = {"flat": "error", "repeat": "off"}


def file(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def taken(data: bytes, wanted: tuple[int, int] = SIZE) -> tuple[np.ndarray, dict]:
    service: dict = {}
    image = decoded("the service", data, wanted, service)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int), service


def png(
    width: int, height: int, *chunks: tuple[bytes, bytes], colour: int = 0, bits: int = 8
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def ramp16(low: int = 0, high: int = 65535) -> Image.Image:
    values = np.linspace(low, high, SIZE[0] * SIZE[1]).reshape(SIZE[::-1])
    return Image.fromarray(values.astype(np.uint16))


def with_alpha(mode: str) -> Image.Image:
    alpha = Image.new("L", SIZE, 255)
    alpha.paste(0, (0, 0, 32, 48))
    image = Image.new("RGB", SIZE, (200, 30, 30)).convert("L" if mode == "LA" else "RGB")
    image.putalpha(alpha)
    return image


def palette(transparency) -> bytes:
    image = Image.new("P", SIZE, 1)
    image.putpalette([0, 255, 0, 200, 30, 30])
    image.paste(0, (0, 0, 32, 48))
    return file(image, transparency=transparency)


# Transparency


@pytest.mark.parametrize(
    "data",
    [
        file(with_alpha("RGBA")),
        palette(b"\0\xff"),
        palette(0),
        file(with_alpha("RGBA"), "WEBP", lossless=True),
    ],
)
def test_what_is_transparent_stands_on_white(data):
    pixels, service = taken(data)

    assert (pixels[:, :32] == 255).all() and (pixels[:, 32:] == (200, 30, 30)).all()
    assert service["ground"] == "white"


def test_grey_with_transparency_stands_on_white():
    pixels, service = taken(file(with_alpha("LA")))

    assert (
        (pixels[:, :32] == 255).all()
        and (pixels[:, 32:] < 100).all()
        and service == {"ground": "white"}
    )


@pytest.mark.parametrize(("mode", "colour"), [("RGB", (9, 9, 9)), ("L", 9)])
def test_a_colour_that_counts_as_transparent_stands_on_white(mode, colour):
    image = Image.merge("RGB", [RAMP] * 3).convert(mode)
    image.paste(colour, (0, 0, 32, 48))

    assert (taken(file(image, transparency=colour))[0][:, :32] == 255).all()


def test_half_transparent_is_mixed():
    pixels, _ = taken(file(Image.new("RGBA", SIZE, (0, 0, 0, 128))))

    assert (abs(pixels - 127) <= 1).all()


def test_an_alpha_channel_that_hides_nothing_changes_nothing():
    opaque = Image.merge("RGB", [RAMP] * 3)
    pixels, service = taken(file(opaque.convert("RGBA")))

    assert (pixels == np.asarray(opaque)).all() and service == {}


@pytest.mark.parametrize(
    "image",
    [
        Image.merge("RGBA", [RAMP, RAMP, RAMP, Image.new("L", SIZE, 0)]),
        Image.merge("LA", [RAMP, Image.new("L", SIZE, 0)]),
        ramp16(30000, 30100),
        ramp16(0, 255),
        ramp16(65000, 65535),
        Image.fromarray(np.full(SIZE[::-1], 999, np.uint16)),
    ],
    ids=["transparent", "grey, transparent", "grey", "black", "white", "one colour"],
)
def test_what_is_of_one_colour_when_it_is_seen_is_flat(image):
    with pytest.raises(BadAnswer, match=r"image\.checks\.flat"):
        picture_checks.run(decoded("it", file(image), SIZE, {}), CHECKS, None)


# Depth and colours


def test_grey_of_16_bits_is_scaled():
    pixels, service = taken(file(ramp16()))

    assert pixels[0, 0, 0] == 0 and pixels[-1, -1, 0] == 255 and service == {}
    assert abs(pixels.mean() - 127.5) < 1 and len(np.unique(pixels)) == 256
    assert picture_checks.run(decoded("it", file(ramp16()), SIZE, {}), CHECKS, None)[0] == ["flat"]


@pytest.mark.parametrize("colour", [2, 6, 4, 0])
def test_16_bits_in_every_kind_of_png(colour):
    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    row = b"\0" + b"".join(
        struct.pack(">H", 257 * x) * (samples - (samples in (2, 4)))
        + b"\xff\xff" * (samples in (2, 4))
        for x in range(256)
    )
    data = png(256, 4, (b"IDAT", zlib.compress(row * 4)), colour=colour, bits=16)

    pixels, _ = taken(data, (256, 4))

    assert (pixels[0, :, 0] == np.arange(256)).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_every_colour_space_becomes_rgb(mode):
    image = Image.new("RGB", SIZE, "white").convert(mode)
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    pixels, service = taken(file(image, kind))

    assert pixels.min() >= 250 and service == ({"sent_as": "JPEG"} if kind == "JPEG" else {})


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_put_upright(kind, orientation, corner):
    """corner: position of the file's upper left one in the result."""
    image = Image.new("RGB", SIZE)
    image.paste((255, 255, 255), (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation

    pixels, _ = taken(file(image, kind, exif=exif))

    assert pixels[corner].min() > 200
    assert pixels.shape[:2] == (SIZE[::-1] if orientation in (1, 3) else SIZE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_taken(kind):
    frames = [Image.new("RGB", SIZE, colour) for colour in ((200, 0, 0), (0, 200, 0))]
    pixels, _ = taken(file(frames[0], kind, save_all=True, append_images=frames[1:]))

    assert abs(pixels - (200, 0, 0)).max() < 8


@pytest.mark.parametrize("behind", [b"trailing" * 100, b"\0", file(RAMP)])
def test_what_comes_behind_a_picture_is_left_out(behind):
    assert (taken(file(RAMP) + behind)[0][..., 0] == np.asarray(RAMP)).all()


# Refusals


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (file(RAMP, "GIF"), "sent GIF; expected PNG, JPEG or WebP"),
        (file(RAMP, "BMP"), "sent BMP"),
        (file(RAMP, "TIFF"), "sent TIFF"),
        (file(RAMP, "JPEG2000"), "sent JPEG 2000"),
        (file(RAMP, "ICO", sizes=[(32, 32)]), "sent ICO"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "sent AVIF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "sent HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "sent HEIC"),
        (b"\xff\x0a\xfa\x7f", "sent JPEG XL"),
        (b"\0\0\0\x20ftypisom", "sent a video"),
        (b"<svg xmlns=", "sent SVG"),
        (b"<?xml version='1.0'?><svg>", "sent SVG"),
        (b"%PDF-1.7", "sent PDF"),
        (b"\x89PNG\r\n", r"begins with b'\\x89PNG"),
        (b"<!doctype html>", "begins with b'<!doctype ht'; expected PNG"),
        (b"", "begins with b''"),
    ],
)  # fmt: skip
def test_another_format_is_named(data, said):
    with pytest.raises(BadAnswer, match=said) as told:
        taken(data)

    assert "\n" not in str(told.value) and len(str(told.value)) < 200


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (13000, 13000),
        (80_000_000, 1),
        (1, 80_000_000),
        (20000, 64),
        (2**31 - 1, 2**31 - 1),
        (8192, 4096),
    ],
)
def test_a_picture_far_larger_than_asked_for_is_refused_before_it_is_decoded(
    width, height, monkeypatch
):
    data = png(width, height, (b"IDAT", zlib.compress(bytes(10_000_000))))

    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))

    with pytest.raises(
        BadAnswer, match=f"sent a picture of {width}x{height} px; expected 1280x720"
    ):
        taken(data, (1280, 720))


@pytest.mark.parametrize("size", [(1024, 1024), (1536, 1024), (4096, 4096), (64, 64), (16, 16)])
def test_a_picture_that_servers_really_send_for_a_small_one_is_taken(size):
    assert taken(file(Image.new("L", size)), (256, 256))[0].shape[:2] == size[::-1]


def test_a_large_picture_is_taken_where_one_was_asked_for():
    data = png(5000, 4000, (b"IDAT", zlib.compress(bytes(5001 * 4000))))

    assert taken(data, (3840, 2160))[0].shape == (4000, 5000, 3)


def bomb(name: bytes, head: bytes) -> bytes:
    return png(
        8,
        8,
        (name, head + zlib.compress(bytes(200 * 2**20), 9)),
        (b"IDAT", zlib.compress(bytes(9 * 8))),
    )


@pytest.mark.parametrize(
    "data",
    [
        bomb(b"zTXt", b"a\0\0"),
        bomb(b"iTXt", b"a\0\1\0\0\0"),
        bomb(b"iCCP", b"a\0\0"),
        png(8, 8, *[(b"tEXt", b"a\0" + b"x" * 2**20)] * 80, (b"IDAT", zlib.compress(bytes(9 * 8)))),
        file(RAMP)[:200],
        file(RAMP, "JPEG")[:400],
        file(RAMP, "WEBP")[:60],
        png(64, 48, (b"IDAT", b"no zlib data")),
        png(64, 48),
        png(64, 48, (b"IDAT", zlib.compress(bytes(100)))),
        png(0, 48, (b"IDAT", zlib.compress(bytes(100)))),
        png(64, 48, (b"PLTE", b"x"), (b"IDAT", zlib.compress(bytes(4000))), colour=3),
        png(64, 48, (b"IDAT", zlib.compress(bytes(4000))), colour=7),
        png(64, 48, (b"IDAT", zlib.compress(bytes(4000))), bits=5),
    ],
)  # fmt: skip
def test_a_broken_picture_is_refused_or_taken_in_one_line(data):
    try:
        pixels, _ = taken(data)
    except BadAnswer as error:
        assert re.match(r"the service sent a picture that cannot be decoded", str(error))
        assert "\n" not in str(error) and len(str(error)) < 300
    else:
        assert pixels.shape[2] == 3


def test_whatever_is_broken_in_a_picture_is_a_bad_answer():
    text = PngImagePlugin.PngInfo()
    text.add_itxt("parameters", "a sky", zip=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = [
        file(with_alpha("RGBA"), pnginfo=text, exif=exif, icc_profile=profile),
        palette(b"\0\xff"),
        file(ramp16()),
        file(Image.merge("RGB", [RAMP] * 3), "JPEG", exif=exif),
        file(with_alpha("RGBA"), "WEBP", exif=exif),
    ]
    dice = np.random.default_rng(1)
    for number in range(1500):
        data = bytearray(whole[number % len(whole)])
        for place in dice.integers(8, len(data), 3):
            data[place] = dice.choice([0, 1, 127, 255, dice.integers(256)])
        if number % 3 == 0:  # PNG checksums would hide the faults behind them
            data = _with_checksums(data)
        try:
            taken(bytes(data[: dice.choice([len(data), dice.integers(len(data))])]))
        except BadAnswer:
            continue


def _with_checksums(data: bytearray) -> bytearray:
    place = 8
    while data[:4] == b"\x89PNG" and place + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        if place + 12 + size > len(data):
            break
        struct.pack_into(
            ">I", data, place + 8 + size, zlib.crc32(data[place + 4 : place + 8 + size])
        )
        place += 12 + size
    return data
