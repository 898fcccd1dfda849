"""Stable Diffusion's protocol /sdapi/v1/txt2img: AUTOMATIC1111, Forge, SD.Next, stable-diffusion.cpp, KoboldCpp.

They silently ignore an unknown checkpoint (all), sampler or scheduler (stable-diffusion.cpp). So these are looked up in
the server's lists first, and compared with those that it reports to have used, if it does.
Source: AUTOMATIC1111/stable-diffusion-webui 1.10, modules/api/api.py and engines/models.py;
leejet/stable-diffusion.cpp, examples/server/routes_sdapi.cpp (as in stable-diffusion-cpp-python 0.4.7).
"""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from audio_pipeline import sanitize
from audio_pipeline.core.request import Request
from audio_pipeline.errors import (
    BadAnswer,
    InputError,
    RequestRefused,
    ServiceError,
    ServiceUnavailable,
)
from audio_pipeline.http.client import Client
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.sanitize import excerpt
from audio_pipeline.settings import Server

_SCHEDULER_IN_NAME = re.compile(
    r" (Karras|Exponential|Polyexponential|SGM Uniform)$", re.IGNORECASE
)
# Path, name and key of version numbers. Source: SD.Next, modules/api/api.py; KoboldCpp, koboldcpp.py.
_VERSIONS = (
    ("/sdapi/v1/version", "SD.Next", "updated"),
    ("/api/extra/version", "KoboldCpp", "version"),
)
_MAX_TEXT = 20_000  # characters of an infotext, which includes the prompts
_NAMES = ("model_name", "title", "filename", "hash", "sha256")


def client(server: Server, http: HttpPolicy) -> Client:
    return Client(
        "Stable Diffusion",
        server.url,
        timeout_s=server.timeout_s,
        http=http,
        login=login(),
        secret="SD_SERVER_AUTH",
        advice="start it with --api, or set SD_SERVER_URL",
    )


def login() -> tuple[str, str] | None:
    """Return user and password of SD_SERVER_AUTH, or None. Raises InputError: it has no colon."""
    user, colon, password = os.environ.get("SD_SERVER_AUTH", "").partition(":")
    if user and not colon:
        raise InputError("SD_SERVER_AUTH has no colon; expected user:password")
    return (user, password) if user else None


def draw(
    request: Request, seed: int | None, at: Server, http: HttpPolicy
) -> tuple[str, str, dict[str, Any]]:
    """Return the picture in base64, its checkpoint, and details from the server.

    Raises RequestRefused: the checkpoint, sampler or scheduler does not exist.
    """
    server = client(at, http)
    requested = checkpoint(server, request["checkpoint"]) if request["checkpoint"] else {}
    names = choices(server, request["sampler"], request["scheduler"])
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
        **names,
    }
    if request["checkpoint"]:
        payload["override_settings"] = {"sd_model_checkpoint": request["checkpoint"]}
        payload["override_settings_restore_afterwards"] = False
    try:
        answer = server.post_json("/sdapi/v1/txt2img", payload, check=server.check_error)
    except (RequestRefused, ServiceUnavailable) as error:
        raise _with_advice(error, server, request) from None
    images = answer.get("images") if isinstance(answer, dict) else None
    if not isinstance(images, list) or not images or not isinstance(images[0], str):
        raise BadAnswer(
            f"{server.place} sent {excerpt(str(answer), 80)!r}; expected a picture in 'images'"
        )
    info = _info(answer)
    used = info.get("sd_model_name")
    if requested and isinstance(used, str) and used and not _matches(requested, used):
        raise RequestRefused(
            f"{server.place} drew with the checkpoint {excerpt(used)!r}, not {request['checkpoint']!r}; "
            "set image.checkpoint"
        )
    reported = {
        "checkpoint_sha256": requested.get("sha256"),
        "checkpoint_hash": info.get("sd_model_hash") or requested.get("hash"),
        "version": info.get("version"),
        "infotext": next(iter(_list(info.get("infotexts"))), None),
    }
    model = request["checkpoint"]
    model = model or (used if isinstance(used, str) and used else loaded_checkpoint(server))
    texts = {
        name: text[:_MAX_TEXT] for name, text in reported.items() if isinstance(text, str) and text
    }
    return images[0], excerpt(model) or "stable-diffusion", sanitize.value(texts)


def checkpoints(server: Client) -> list[dict[str, Any]]:
    """List the server's checkpoints. All variants have this path, so it also shows that the API is enabled."""
    try:
        listed = server.get_json("/sdapi/v1/sd-models")
    except RequestRefused as error:
        raise no_api(error, server) if error.status == 404 else error from None
    if not isinstance(listed, list):
        raise BadAnswer(f"{server.place} sent no list of checkpoints; is it another service?")
    return [model for model in listed if isinstance(model, dict)]


def checkpoint(server: Client, name: str) -> dict[str, Any]:
    """Return the entry of a checkpoint. name: its name, or its title with a hash. Raises RequestRefused."""
    installed = checkpoints(server)
    for model in installed:
        if _matches(model, name):
            return model
    names = sanitize.names(model.get("model_name") for model in installed)
    raise RequestRefused(
        f"{server.place} has no checkpoint {name!r}; it has {names}: set image.checkpoint"
    )


def choice(server: Client, kind: str, name: str) -> str:
    """Return the server's spelling of a name. kind: "sampler" or "scheduler". Raises RequestRefused: unknown."""
    answer = server.probe(f"/sdapi/v1/{kind}s")
    listed = server.parse(answer) if answer else None
    entries = [entry for entry in _list(listed) if isinstance(entry, dict)]
    if not entries:
        return name  # KoboldCpp has no schedulers
    for entry in entries:
        names = [entry.get("name"), entry.get("label"), *_list(entry.get("aliases"))]
        if name in names:
            return name
        if _normalise(name) in [_normalise(str(spelling)) for spelling in names]:
            return str(entry.get("name") or name)
    available = sanitize.names((entry.get("name") for entry in entries), 40)
    raise RequestRefused(
        f"{server.place} has no {kind} {name!r}; it has {available}: set image.{kind}"
    )


def choices(server: Client, sampler: str, scheduler: str) -> dict[str, str]:
    """Return the request's fields for sampler and scheduler, unless "". Raises RequestRefused: unknown."""
    match = _SCHEDULER_IN_NAME.search(sampler)
    if match and not scheduler:  # the spelling of AUTOMATIC1111 up to 1.8
        try:
            return {"sampler_name": choice(server, "sampler", sampler)}
        except RequestRefused:
            sampler, scheduler = sampler[: match.start()], match[1]
    fields = {}
    if sampler:
        fields["sampler_name"] = choice(server, "sampler", sampler)
    if scheduler:
        fields["scheduler"] = choice(server, "scheduler", scheduler)
    return fields


def no_api(error: RequestRefused, server: Client) -> RequestRefused:
    """Return the error for a server without the API, most likely AUTOMATIC1111 started without --api."""
    return RequestRefused(
        f"{server.place} does not know /sdapi/v1 (HTTP 404): AUTOMATIC1111 and Forge must be started with --api",
        error.status,
    )


def _with_advice(error: ServiceError, server: Client, request: Request) -> ServiceError:
    text = str(error)
    if "sampler" in text.lower():
        return RequestRefused(f"{text}: set image.sampler, now {request['sampler']!r}", 404)
    if isinstance(error, RequestRefused) and error.status == 404:
        return no_api(error, server)
    if isinstance(error, ServiceUnavailable) and re.search("OutOfMemory|out of memory", text):
        size = f"{request['width']}x{request['height']}"
        return ServiceUnavailable(
            f"{text}: no memory for {size}; set a smaller image.width and image.height, or free its GPU"
        )
    return error


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _info(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Parse the JSON text in `info`, which is "" on stable-diffusion.cpp."""
    try:
        info = json.loads(answer.get("info") or "{}")
    except (ValueError, TypeError):
        return {}
    return info if isinstance(info, dict) else {}


def identity(server: Client) -> str:
    """Return the name of the server, with its version if it has a path for that."""
    try:
        for path, name, key in _VERSIONS:
            answer = server.probe(path)
            version = server.parse(answer) if answer else None
            if isinstance(version, dict) and version.get(key):
                return f"{name} {excerpt(str(version[key]), 20)}"
        page = server.probe("/")
    except ServiceError:
        page = None  # the name is not worth an error
    if page and b"Stable Diffusion Server is running" in page.body:
        return "stable-diffusion.cpp"
    return "AUTOMATIC1111 or Forge"


def loaded_checkpoint(server: Client) -> str:
    """Return the name of the loaded checkpoint. Errors are ignored, so that a picture is not lost."""
    try:
        answer = server.probe("/sdapi/v1/options")
        options = server.parse(answer) if answer else {}
    except ServiceError:
        options = {}
    name = options.get("sd_model_checkpoint") if isinstance(options, dict) else None
    return name if isinstance(name, str) and name else "stable-diffusion"


def change_memory(server: Client, change: str) -> bool:
    """Have the server "unload" or "reload" its checkpoint. Return False if it does not support that."""
    try:
        server.post(f"/sdapi/v1/{change}-checkpoint")
    except RequestRefused as error:
        if error.status in (404, 405, 501):
            return False
        raise
    return True


def _matches(model: Mapping[str, Any], name: str) -> bool:
    """True if the name, in one of the servers' spellings, is that of this entry."""
    names = {str(model[key]) for key in _NAMES if model.get(key)}
    files = {re.split(r"[\\/]", path)[-1] for path in names}
    stems = {re.sub(r"\.(safetensors|ckpt|gguf|sft)( \[\w+\])?$", "", file) for file in files}
    return name in names | files | stems


def _normalise(name: str) -> str:
    """Return the same name for "Euler a", "euler_a" and "k_euler_a"."""
    return re.sub(r"^k_|[ _-]", "", name.lower().replace("dpmpp", "dpm++"))
