"""Replies of the stub servers: text, sound and pictures that pass the checks and depend on the request."""

import base64
import hashlib
import io
import itertools
import math
import random
import re
import struct
import wave

_OPENINGS = [
    "Few people stop to think about {about}, yet it touches ordinary life in many ways.",
    "The story of {about} begins with a simple question that anyone can ask.",
    "At first sight {about} looks like a small matter, but there is far more to it.",
    "Scientists and travellers alike have long been curious about {about}.",
]
_MIDDLES = [
    "Long ago people watched it closely and wrote down whatever they could see.",
    "With better tools, careful measurements replaced the guesses of earlier times.",
    "Each part depends on the others, and a change in one is felt by all of them.",
    "Teachers still use this example because it shows how one cause has several effects.",
    "Engineers learned from it and built machines that work in much the same way.",
    "Children notice it early, and many adults remember the moment when they understood.",
]
_ENDINGS = [
    "Today the question is largely answered, although some details remain open.",
    "The next time you meet it, look again and you may see something new.",
    "What remains is a quiet wonder at how well it all fits together.",
]


def paragraph(prompt: str, seed: int | None) -> str:
    """Return about 50 words of plain English, different for each prompt and seed."""
    choose = random.Random(f"{prompt}|{seed}")
    topic = re.search(r": (.+?)\. ", prompt + " ")
    sentences = [choose.choice(_OPENINGS), *choose.sample(_MIDDLES, 2), choose.choice(_ENDINGS)]
    number = choose.randrange(1000, 10000)  # so that no two answers are the same
    sentences.insert(3, f"One study followed {number} examples of it for a whole year.")
    return " ".join(sentences).format(about=_lower(topic[1] if topic else "this topic"))


def tone(
    text: str, *, rate_hz: int = 22050, seconds: float | None = None, channels: int = 1
) -> bytes:
    """Return a WAV file (16-bit PCM) of a tone with a pitch that depends on the text.

    seconds: by default about the time of saying the text fast, and at least 1.
    """
    frequency_hz = 200 + int(hashlib.sha256(text.encode()).hexdigest()[:4], 16) % 600
    second = [
        int(12000 * math.sin(2 * math.pi * frequency_hz * n / rate_hz)) for n in range(rate_hz)
    ]
    length = int(rate_hz * (max(1.0, 0.03 * len(text)) if seconds is None else seconds))
    samples = itertools.islice(itertools.cycle(second), length)
    return wav([sample for sample in samples for _ in range(channels)], rate_hz, channels)


def speech(text: str) -> bytes:
    """Return a tone as long as the words take to say."""
    return tone(text, seconds=0.3 * max(len(text.split()), 2))


def wav(samples: list[int], rate_hz: int = 22050, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((channels, 2, rate_hz, 0, "NONE", ""))
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def picture(prompt: str, seed: int | None, width_px: int, height_px: int, kind="PNG") -> bytes:
    """Return a picture of soft coloured clouds of exactly that size, different for each prompt and seed."""
    from PIL import Image

    colours = random.Random(f"{prompt}|{seed}").randbytes(8 * 8 * 3)
    image = Image.frombytes("RGB", (8, 8), colours)
    return encoded(image.resize((width_px, height_px), Image.Resampling.BICUBIC), kind)


def flat_picture(width_px: int, height_px: int, colour=(0, 0, 0)) -> bytes:
    from PIL import Image

    return encoded(Image.new("RGB", (width_px, height_px), colour), "PNG")


def encoded(image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
