"""Pictures by Stable Diffusion's /sdapi/v1/txt2img, by ComfyUI, by OpenAI's protocol, or as title cards."""

import base64
import functools
import io
from collections.abc import Mapping
from typing import Any

import PIL.Image

from audio_pipeline import sanitize
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.engines import gpu_memory, picture_sizes
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.makers.answers import SingleAnswer
from audio_pipeline.pictures import picture_checks, picture_formats, png_parameters
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import ImageSettings, Server

KIND = "picture"


def maker(job: Job[ImageSettings]) -> Ask:
    """Return a function that requests a picture, checks it, and fits it to the requested size."""
    if job.settings.engine == "card":
        return _card
    record, checks = job.record, job.settings.checks

    def ask(request: Request, seed: int | None) -> Answer:
        draw = functools.partial(_ENGINES[request["engine"]], job.settings, request, seed)
        return server_pool.with_server(
            job.slots, job.settings, job.config.http, draw, gpu_memory.free
        )

    def finish(request: Request, seed: int | None, answer: Answer) -> Artifact:
        service, size = dict(answer.details), (request["width"], request["height"])
        infotext = service.pop("infotext", None)
        image = picture_formats.decoded(_NAMES[request["engine"]], answer.data, size, service)
        passed, warnings, service["fingerprint"] = picture_checks.run(image, checks, record)
        on_stored = None
        if checks["repeat"] != "off":
            on_stored = functools.partial(picture_checks.others_of(record).add, record.name)
        for warning in warnings:
            print(f"warning: {warning}")
        if warnings:
            service["warnings"] = warnings
        texts = {"Title": request["prompt"]}
        if request["engine"] == "stable-diffusion":
            texts["parameters"] = infotext or png_parameters.parameters(
                request, seed, answer.model, image.size, service.get("checkpoint_hash", "")
            )
        if image.size != size:
            image = _fit(image, size, service)
        passed = ["decodes", "size", *passed]
        return Artifact(png(image, texts, seed), answer.model, passed, service, on_stored)

    cache = answer_cache.of(job.config)
    return SingleAnswer(cache, KIND, unit, 2 * job.settings.timeout_s, ask, finish)


def unit(request: Request) -> Request:
    """Return what shapes the service's picture: the size that is asked for, which may not be that of the file."""
    if request["engine"] == "comfyui":
        left_out = {"width", "height"} - set(request["nodes"])
        return {key: value for key, value in request.items() if key not in left_out}
    if request["engine"] != "openai":
        return request
    width, height = picture_sizes.nearest(request)
    return {**request, "width": width, "height": height}


def _card(request: Request, attempt: Attempt) -> Artifact:
    from audio_pipeline.pictures.title_card import (  # numpy: only cards need it
        MissingGlyphs,
        render,
    )

    try:
        image = render(
            request["title"],
            width_px=request["width"],
            height_px=request["height"],
            seed=attempt.seed or 0,
            style=request["style"],
        )
    except MissingGlyphs as error:
        raise InputError(str(error)) from None
    data = png(image, {"Title": request["title"]}, attempt.seed)
    return Artifact(data, "title card", ["decodes", "size"])


def _stable_diffusion(
    _: ImageSettings, request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Answer:
    from audio_pipeline.engines import stable_diffusion

    text, model, service = stable_diffusion.draw(request, seed, server, http)
    return Answer(_from_base64("Stable Diffusion", text), model, service)


def _comfyui(
    settings: ImageSettings, request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Answer:
    from audio_pipeline.engines import comfyui, comfyui_workflow

    workflow = comfyui_workflow.load(settings.workflow, settings.nodes)
    data, model, service = comfyui.draw(request, seed, workflow, server, http)
    return Answer(data, model, service)


def _openai(
    _: ImageSettings, request: Request, seed: int | None, server: Server, http: HttpPolicy
) -> Answer:
    from audio_pipeline.engines import openai

    text = openai.draw(openai.client("image", server, http), request)
    return Answer(_from_base64("the picture service", text), request["model"])


def _from_base64(name: str, text: str) -> bytes:
    """Return the picture of a text in base64 or a data URL. Raises BadAnswer."""
    text = text.partition(",")[2] if text.startswith("data:") else text
    if not text:
        raise BadAnswer(
            f"{name} sent an empty picture; it may be out of memory: set a smaller image.width and image.height"
        )
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise BadAnswer(f"{name} sent a picture that cannot be decoded ({error})") from None


def _fit(
    image: "PIL.Image.Image", size: tuple[int, int], service: dict[str, Any]
) -> "PIL.Image.Image":
    """Scale and crop a picture to the size, and note that in the log and the record."""
    from PIL import Image, ImageOps

    service["resized_from"] = "{}x{}".format(*image.size)
    print(f"the picture came as {service['resized_from']}; fitted to {size[0]}x{size[1]}")
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def png(image: "PIL.Image.Image", texts: Mapping[str, str], seed: int | None) -> bytes:
    """Encode a picture with these text chunks and the seed, without metadata of the server's file."""
    from PIL import PngImagePlugin

    chunks = PngImagePlugin.PngInfo()
    known = {**texts, **({} if seed is None else {"Seed": str(seed)})}
    for name, text in sanitize.value({**known, "Software": "Audio Pipeline"}).items():
        chunks.add_text(name, text)  # Pillow writes iTXt for text outside of Latin-1
    data = io.BytesIO()
    # Half the time of the default level, 6, for 5 % more bytes.
    image.convert("RGB").save(data, "PNG", pnginfo=chunks, compress_level=3)
    return data.getvalue()


_ENGINES = {"stable-diffusion": _stable_diffusion, "comfyui": _comfyui, "openai": _openai}
_NAMES = {
    "stable-diffusion": "Stable Diffusion",
    "comfyui": "ComfyUI",
    "openai": "the picture service",
}
