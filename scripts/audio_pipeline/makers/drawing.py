"""Drawing: a picture by Stable Diffusion behind /sdapi/v1/txt2img, by OpenAI's protocol, or as a title card."""

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

# The picture, the model's name, what the service told, and the PNG's texts.
Drawn = tuple["PIL.Image.Image", str, dict[str, Any], dict[str, str]]


def maker(job: Job[ImageSettings]) -> Ask:
    record, checks = job.record, job.settings.checks

    def ask(request: Request, seed: int | None) -> Artifact:
        draw = functools.partial(_ENGINES[request["engine"]], request, seed)
        understand = server_pool.with_server(
            job.slots, job.settings, job.config.http, draw, gpu_memory.free
        )
        image, model, service, about = understand()  # the next picture is being drawn already
        passed, kept = ["decodes", "size"], None
        if request["engine"] != "card":
            found, warnings, service["fingerprint"] = picture_checks.run(image, checks, record)
            passed += found
            if checks["repeat"] != "off":
                kept = functools.partial(picture_checks.others_of(record).add, record.name)
            for warning in warnings:
                print(f"warning: {warning}")
            if warnings:
                service["warnings"] = warnings
        size = (request["width"], request["height"])
        if image.size != size:
            image = _fitted(image, size, service)
        if request.get("title") or "prompt" in request:
            about = {"Title": request.get("title") or request["prompt"], **about}
        if seed is not None:
            about["Seed"] = str(seed)
        return Artifact(_png(image, about), model, passed, service, kept)

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

    def understand() -> Drawn:
        image = _decoded("Stable Diffusion", text, request, service)
        about = service.pop("infotext", None) or png_parameters.parameters(
            request, seed, model, image.size, service.get("checkpoint_hash", "")
        )
        return image, model, service, {"parameters": about}

    return understand


def _openai(
    request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Callable[[], Drawn]:
    from audio_pipeline.engines import openai

    text = openai.draw(openai.client("image", server, http), request)
    service: dict[str, Any] = {}
    return lambda: (
        _decoded("the picture service", text, request, service),
        request["model"],
        service,
        {},
    )


def _decoded(name: str, text: str, request: Request, service: dict[str, Any]) -> "PIL.Image.Image":
    """The picture in base64, with or without `data:…,` before it. Some servers are set to JPEG or WebP."""
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


def _fitted(
    image: "PIL.Image.Image", size: tuple[int, int], service: dict[str, Any]
) -> "PIL.Image.Image":
    """Scaled, and cut at the sides if it has another shape; said in the log and in the record."""
    from PIL import Image, ImageOps

    service["resized_from"] = "{}x{}".format(*image.size)
    print(f"the picture came as {service['resized_from']}; fitted to {size[0]}x{size[1]}")
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _png(image: "PIL.Image.Image", about: Mapping[str, str]) -> bytes:
    """about: text chunks. What the server's file had in it is not carried over."""
    from PIL import PngImagePlugin

    chunks = PngImagePlugin.PngInfo()
    for name, text in sanitize.value({**about, "Software": "Audio Pipeline"}).items():
        chunks.add_text(name, text)  # outside of Latin-1, Pillow makes it an iTXt chunk by itself
    data = io.BytesIO()
    # Half the time of the usual level, 6, for a twentieth more bytes.
    image.convert("RGB").save(data, "PNG", pnginfo=chunks, compress_level=3)
    return data.getvalue()


_ENGINES = {"card": _card, "stable-diffusion": _stable_diffusion, "openai": _openai}
