"""Stable Diffusion behind /sdapi/v1/txt2img: AUTOMATIC1111, Forge, SD.Next, stable-diffusion.cpp, KoboldCpp.

They drop what they do not know without a word: a checkpoint (all), a sampler or scheduler (stable-diffusion.cpp). So
those are looked up first, where the server has lists, and compared with what it says that it used, where it says so.
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
# Where a server tells its version: SD.Next, modules/api/api.py; KoboldCpp, koboldcpp.py.
_VERSIONS = (
    ("/sdapi/v1/version", "SD.Next", "updated"),
    ("/api/extra/version", "KoboldCpp", "version"),
)
_MOST_SAID = 20_000  # characters of an infotext: it has the prompts
_NAMES = ("model_name", "title", "filename", "hash", "sha256")


def client(server: Server, http: HttpPolicy) -> Client:
    user, colon, password = os.environ.get("SD_SERVER_AUTH", "").partition(":")
    if user and not colon:
        raise InputError("SD_SERVER_AUTH has no colon; expected user:password")
    return Client(
        "Stable Diffusion",
        server.url,
        timeout_s=server.timeout_s,
        http=http,
        login=(user, password) if user else None,
        secret="SD_SERVER_AUTH",
        advice="start it with --api, or set SD_SERVER_URL",
    )


def draw(
    request: Request, seed: int | None, at: Server, http: HttpPolicy
) -> tuple[str, str, dict[str, Any]]:
    """The picture in base64, the checkpoint that drew it, and what the server told.

    Raises RequestRefused: checkpoint, sampler or scheduler is not there.
    """
    server = client(at, http)
    wanted = checkpoint(server, request["checkpoint"]) if request["checkpoint"] else {}
    chosen = choices(server, request["sampler"], request["scheduler"])
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
        **chosen,
    }
    if request["checkpoint"]:
        payload["override_settings"] = {"sd_model_checkpoint": request["checkpoint"]}
        payload["override_settings_restore_afterwards"] = False
    try:
        answer = server.post_json("/sdapi/v1/txt2img", payload, check=server.check_error)
    except (RequestRefused, ServiceUnavailable) as error:
        raise _explained(error, server, request) from None
    images = answer.get("images") if isinstance(answer, dict) else None
    if not isinstance(images, list) or not images or not isinstance(images[0], str):
        raise BadAnswer(
            f"{server.place} sent {excerpt(str(answer), 80)!r}; expected a picture in 'images'"
        )
    info = _info(answer)
    used = info.get("sd_model_name")
    if wanted and isinstance(used, str) and used and not _is(wanted, used):
        raise RequestRefused(
            f"{server.place} drew with the checkpoint {excerpt(used)!r}, not {request['checkpoint']!r}; "
            "set image.checkpoint"
        )
    told = {
        "checkpoint_sha256": wanted.get("sha256"),
        "checkpoint_hash": info.get("sd_model_hash") or wanted.get("hash"),
        "version": info.get("version"),
        "infotext": next(iter(_list(info.get("infotexts"))), None),
    }
    model = request["checkpoint"] or (used if isinstance(used, str) and used else loaded(server))
    said = {
        name: each[:_MOST_SAID] for name, each in told.items() if isinstance(each, str) and each
    }
    return images[0], excerpt(model) or "stable-diffusion", sanitize.value(said)


def checkpoints(server: Client) -> list[dict[str, Any]]:
    """What the server has. It is also the check that its interface is there at all, which every one of them passes."""
    try:
        found = server.get_json("/sdapi/v1/sd-models")
    except RequestRefused as error:
        raise no_api(error, server) if error.status == 404 else error from None
    if not isinstance(found, list):
        raise BadAnswer(f"{server.place} sent no list of checkpoints; is it another service?")
    return [model for model in found if isinstance(model, dict)]


def checkpoint(server: Client, name: str) -> dict[str, Any]:
    """The entry of a checkpoint: by its name, or its title, which carries a hash. Raises RequestRefused."""
    found = checkpoints(server)
    for model in found:
        if _is(model, name):
            return model
    known = sanitize.names(model.get("model_name") for model in found)
    raise RequestRefused(
        f"{server.place} has no checkpoint {name!r}; it has {known}: set image.checkpoint"
    )


def choice(server: Client, kind: str, name: str) -> str:
    """A sampler or scheduler as the server spells it. kind: "sampler", "scheduler". Raises RequestRefused: unknown."""
    answer = server.probe(f"/sdapi/v1/{kind}s")
    listed = server.parse(answer) if answer else None
    entries = [entry for entry in _list(listed) if isinstance(entry, dict)]
    if not entries:
        return name  # KoboldCpp has no schedulers
    for entry in entries:
        names = [entry.get("name"), entry.get("label"), *_list(entry.get("aliases"))]
        if name in names:
            return name
        if _plain(name) in [_plain(str(known)) for known in names]:
            return str(entry.get("name") or name)
    known = sanitize.names((entry.get("name") for entry in entries), 40)
    raise RequestRefused(f"{server.place} has no {kind} {name!r}; it has {known}: set image.{kind}")


def choices(server: Client, sampler: str, scheduler: str) -> dict[str, str]:
    """What to send for both, empty ones left out. Raises RequestRefused: the server has no such one."""
    found = _SCHEDULER_IN_NAME.search(sampler)
    if found and not scheduler:  # as AUTOMATIC1111 spelled it up to 1.8
        try:
            return {"sampler_name": choice(server, "sampler", sampler)}
        except RequestRefused:
            sampler, scheduler = sampler[: found.start()], found[1]
    sent = {}
    if sampler:
        sent["sampler_name"] = choice(server, "sampler", sampler)
    if scheduler:
        sent["scheduler"] = choice(server, "scheduler", scheduler)
    return sent


def no_api(error: RequestRefused, server: Client) -> RequestRefused:
    """404 where the interface should be. A web page at / says that it is AUTOMATIC1111, started without --api."""
    return RequestRefused(
        f"{server.place} does not know /sdapi/v1 (HTTP 404): AUTOMATIC1111 and Forge must be started with --api",
        error.status,
    )


def _explained(error: ServiceError, server: Client, request: Request) -> ServiceError:
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
    """The JSON text in `info`, which is "" on stable-diffusion.cpp."""
    try:
        info = json.loads(answer.get("info") or "{}")
    except (ValueError, TypeError):
        return {}
    return info if isinstance(info, dict) else {}


def identity(server: Client) -> str:
    """Which of the servers it is, and its version where there is a way to ask."""
    try:
        for path, name, key in _VERSIONS:
            answer = server.probe(path)
            told = server.parse(answer) if answer else None
            if isinstance(told, dict) and told.get(key):
                return f"{name} {excerpt(str(told[key]), 20)}"
        page = server.probe("/")
    except ServiceError:
        page = None  # the name of a server that works is not worth an error
    if page and b"Stable Diffusion Server is running" in page.body:
        return "stable-diffusion.cpp"
    return "AUTOMATIC1111 or Forge"


def loaded(server: Client) -> str:
    """The checkpoint that is loaded; a picture that is there is not lost for want of the name."""
    try:
        answer = server.probe("/sdapi/v1/options")
        options = server.parse(answer) if answer else {}
    except ServiceError:
        options = {}
    name = options.get("sd_model_checkpoint") if isinstance(options, dict) else None
    return name if isinstance(name, str) and name else "stable-diffusion"


def change_memory(server: Client, change: str) -> bool:
    """Have the server "unload" its checkpoint, or "reload" it; False: it is none that can."""
    try:
        server.post(f"/sdapi/v1/{change}-checkpoint")
    except RequestRefused as error:
        if error.status in (404, 405, 501):
            return False
        raise
    return True


def _is(model: Mapping[str, Any], name: str) -> bool:
    """True if the name, in one of the forms that the servers use, means this entry."""
    names = {str(model[key]) for key in _NAMES if model.get(key)}
    files = {re.split(r"[\\/]", each)[-1] for each in names}
    stems = {re.sub(r"\.(safetensors|ckpt|gguf|sft)( \[\w+\])?$", "", each) for each in files}
    return name in names | files | stems


def _plain(name: str) -> str:
    """Euler a = euler_a = k_euler_a."""
    return re.sub(r"^k_|[ _-]", "", name.lower().replace("dpmpp", "dpm++"))
