"""The picture's service: Stable Diffusion behind /sdapi/v1/txt2img, OpenAI's protocol, or a drawn title card."""

import base64
import binascii
import io
import os
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageOps, PngImagePlugin

from .errors import BadAnswer, InputError, RequestRefused
from .production import Ask, Made
from .request import Request
from .transport import Client


def asking(settings: Mapping[str, Any], http: Mapping[str, float]) -> Ask:
    """How to ask for a picture: a PNG of exactly the size that the request names."""

    def ask(request: Request, seed: int | None) -> Made:
        image, model, service = _ENGINES[request["engine"]](request, seed, settings, http)
        size = (request["width"], request["height"])
        if image.size != size:
            service["resized_from"] = "{}x{}".format(*image.size)
            print(f"the picture came as {service['resized_from']}; fitted to {size[0]}x{size[1]}")
            image = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
        return Made(_png(image.convert("RGB"), request, seed), model, ["decodes", "size"], service)

    return ask


def _card(
    request: Request, seed: int | None, settings: Mapping[str, Any], http: Mapping[str, float]
) -> tuple[Image.Image, str, dict[str, Any]]:
    from .title_card import MissingGlyphs, render  # numpy: only cards need it

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
    return image, "title card", {}


def _stable_diffusion(
    request: Request, seed: int | None, settings: Mapping[str, Any], http: Mapping[str, float]
) -> tuple[Image.Image, str, dict[str, Any]]:
    """Source: AUTOMATIC1111 1.10, modules/api/models.py and the server's /docs."""
    user, _, password = os.environ.get("SD_SERVER_AUTH", "").partition(":")
    client = Client(
        "Stable Diffusion",
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        login=(user, password) if user else None,
        advice="start it with --api, or set SD_SERVER_URL",
    )
    payload = {
        "prompt": request["prompt"],
        "negative_prompt": request["negative_prompt"],
        "width": request["width"],
        "height": request["height"],
        "steps": request["steps"],
        "cfg_scale": request["cfg_scale"],
        "seed": seed,
        "batch_size": 1,
        "n_iter": 1,
        "send_images": True,
        "save_images": False,
    }
    if request["sampler"]:
        payload["sampler_name"] = request["sampler"]
    if request["scheduler"]:
        payload["scheduler"] = request["scheduler"]
    if request["checkpoint"]:
        _check_checkpoint(client, request["checkpoint"])
        payload["override_settings"] = {"sd_model_checkpoint": request["checkpoint"]}
        payload["override_settings_restore_afterwards"] = False
    try:
        answer = client.post_json("/sdapi/v1/txt2img", payload)
    except RequestRefused as error:
        if error.status == 404 and "sampler" not in str(error).lower():
            raise RequestRefused(
                f"{client.place} does not know /sdapi/v1/txt2img (HTTP 404): AUTOMATIC1111 must be started with --api",
                404,
            ) from None
        raise
    images = answer.get("images") if isinstance(answer, dict) else None
    if not isinstance(images, list) or not images or not isinstance(images[0], str):
        raise BadAnswer(f"{client.place} sent {str(answer)[:80]!r}; expected a picture in 'images'")
    return _decoded(client, images[0]), request["checkpoint"] or "stable-diffusion", {}


def _check_checkpoint(client: Client, checkpoint: str) -> None:
    """An unknown one would be dropped silently. Titles carry a hash, names do not; either will do."""
    models = client.get_json("/sdapi/v1/sd-models")
    names = [
        str(model.get(key))
        for model in (models if isinstance(models, list) else [])
        if isinstance(model, dict)
        for key in ("model_name", "title")
        if model.get(key)
    ]
    if checkpoint not in names:
        raise RequestRefused(
            f"{client.place} has no checkpoint {checkpoint!r}; "
            f"it has {', '.join(names[:20]) or 'none'}: set image.checkpoint"
        )


def _openai(
    request: Request, seed: int | None, settings: Mapping[str, Any], http: Mapping[str, float]
) -> tuple[Image.Image, str, dict[str, Any]]:
    """Source: OpenAI API reference, "Create image"."""
    client = Client(
        "The picture service",
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        token=os.environ.get("OPENAI_API_KEY", ""),
        advice="start the server, or set image.url",
    )
    payload = {
        "model": request["model"],
        "prompt": request["prompt"],
        "size": f"{request['width']}x{request['height']}",
        "n": 1,
    }
    if not request["model"].startswith("gpt-image"):  # which always answers so, and refuses the key
        payload["response_format"] = "b64_json"
    answer = client.post_json("/images/generations", payload)
    try:
        data = answer["data"][0]["b64_json"]
    except (KeyError, IndexError, TypeError):
        data = None
    if not isinstance(data, str):
        raise BadAnswer(
            f"{client.place} sent {str(answer)[:80]!r}; expected a picture in data.0.b64_json"
        )
    return _decoded(client, data), request["model"], {}


def _decoded(client: Client, text: str) -> Image.Image:
    """The picture in base64, with or without `data:…,` before it."""
    text = text.partition(",")[2] if text.startswith("data:") else text
    if not text:
        raise BadAnswer(
            f"{client.place} sent an empty picture; it may be out of memory: try a smaller size"
        )
    try:
        data = base64.b64decode(text, validate=True)
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        image.load()
    except (
        binascii.Error,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:
        raise BadAnswer(f"{client.place} sent a picture that cannot be decoded ({error})") from None
    return image


def _png(image: Image.Image, request: Request, seed: int | None) -> bytes:
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Title", request.get("title") or request["prompt"])
    about.add_text("Software", "Audio Pipeline")
    if seed is not None:
        about.add_text("Seed", str(seed))
    data = io.BytesIO()
    image.save(data, "PNG", pnginfo=about)
    return data.getvalue()


_ENGINES = {"card": _card, "stable-diffusion": _stable_diffusion, "openai": _openai}
