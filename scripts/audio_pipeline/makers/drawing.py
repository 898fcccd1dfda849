"""Pictures by Stable Diffusion's /sdapi/v1/txt2img, by OpenAI's protocol, or as title cards."""

import base64
import functools
import io
from collections.abc import Callable, Mapping
from typing import Any

import PIL.Image

from audio_pipeline import sanitize
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.engines import gpu_memory
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.pictures import picture_checks, picture_formats
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import ImageSettings, Server

# The picture, the model's name, details from the service, and the PNG's text chunks.
Drawn = tuple["PIL.Image.Image", str, dict[str, Any], dict[str, str]]


def maker(job: Job[ImageSettings]) -> Ask:
    """Return a function that requests a picture, checks it, and fits it to the requested size."""
    record, checks = job.record, job.settings.checks

    def ask(request: Request, seed: int | None) -> Artifact:
        draw = functools.partial(_ENGINES[request["engine"]], request, seed)
        decode = server_pool.with_server(
            job.slots, job.settings, job.config.http, draw, gpu_memory.free
        )
        image, model, service, texts = decode()  # after the slot is free for the next picture
        passed, on_stored = ["decodes", "size"], None
        if request["engine"] != "card":
            more, warnings, service["fingerprint"] = picture_checks.run(image, checks, record)
            passed += more
            if checks["repeat"] != "off":
                on_stored = functools.partial(picture_checks.others_of(record).add, record.name)
            for warning in warnings:
                print(f"warning: {warning}")
            if warnings:
                service["warnings"] = warnings
        size = (request["width"], request["height"])
        if image.size != size:
            image = _fit(image, size, service)
        if request.get("title") or "prompt" in request:
            texts = {"Title": request.get("title") or request["prompt"], **texts}
        if seed is not None:
            texts["Seed"] = str(seed)
        return Artifact(_png(image, texts), model, passed, service, on_stored)

    return ask


def _card(
    request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Callable[[], Drawn]:
    from audio_pipeline.pictures.title_card import (  # numpy: only cards need it
        MissingGlyphs,
        render,
    )

    try:
        image = render(
            request["title"],
            width_px=request["width"],
            height_px=request["height"],
            seed=seed or 0,
            style=request["style"],
        )
    except MissingGlyphs as error:
        raise InputError(str(error)) from None
    return lambda: (image, "title card", {}, {})


def _stable_diffusion(
    request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Callable[[], Drawn]:
    from audio_pipeline.engines import stable_diffusion
    from audio_pipeline.pictures import png_parameters

    text, model, service = stable_diffusion.draw(request, seed, server, http)

    def decode() -> Drawn:
        image = _decode("Stable Diffusion", text, request, service)
        parameters = service.pop("infotext", None) or png_parameters.parameters(
            request, seed, model, image.size, service.get("checkpoint_hash", "")
        )
        return image, model, service, {"parameters": parameters}

    return decode


def _openai(
    request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Callable[[], Drawn]:
    from audio_pipeline.engines import openai

    text = openai.draw(openai.client("image", server, http), request)
    service: dict[str, Any] = {}
    return lambda: (
        _decode("the picture service", text, request, service),
        request["model"],
        service,
        {},
    )


def _decode(name: str, text: str, request: Request, service: dict[str, Any]) -> "PIL.Image.Image":
    """Decode a picture (PNG, JPEG or WebP) from base64 or a data URL. Raises BadAnswer."""
    text = text.partition(",")[2] if text.startswith("data:") else text
    if not text:
        raise BadAnswer(
            f"{name} sent an empty picture; it may be out of memory: set a smaller image.width and image.height"
        )
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise BadAnswer(f"{name} sent a picture that cannot be decoded ({error})") from None
    size = (request["width"], request["height"])
    return picture_formats.decoded(name, data, size, service)


def _fit(
    image: "PIL.Image.Image", size: tuple[int, int], service: dict[str, Any]
) -> "PIL.Image.Image":
    """Scale and crop a picture to the size, and note that in the log and the record."""
    from PIL import Image, ImageOps

    service["resized_from"] = "{}x{}".format(*image.size)
    print(f"the picture came as {service['resized_from']}; fitted to {size[0]}x{size[1]}")
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _png(image: "PIL.Image.Image", texts: Mapping[str, str]) -> bytes:
    """Encode a picture with these text chunks, without metadata of the server's file."""
    from PIL import PngImagePlugin

    chunks = PngImagePlugin.PngInfo()
    for name, text in sanitize.value({**texts, "Software": "Audio Pipeline"}).items():
        chunks.add_text(name, text)  # Pillow writes iTXt for text outside of Latin-1
    data = io.BytesIO()
    # Half the time of the default level, 6, for 5 % more bytes.
    image.convert("RGB").save(data, "PNG", pnginfo=chunks, compress_level=3)
    return data.getvalue()


_ENGINES = {"card": _card, "stable-diffusion": _stable_diffusion, "openai": _openai}
