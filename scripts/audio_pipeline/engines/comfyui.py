"""ComfyUI: a workflow is put into the server's queue, waited for, and its picture fetched.

The end is polled for, in /history, instead of being awaited on the WebSocket /ws. Polling needs no further library,
survives a broken connection and works behind every proxy; of what /ws sends, only the progress would be new, and after
a lost connection the history would have to be read all the same.
The queue and the history are in the server's memory: a prompt that is in neither was lost in a restart, or deleted by
someone, and is sent again. A job that is killed leaves its prompt in the queue, where it is still drawn.
Source: comfyanonymous/ComfyUI 0.3.64, server.py, execution.py and nodes.py.
"""

import contextlib
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from audio_pipeline import sanitize
from audio_pipeline.core.request import Request
from audio_pipeline.engines import stable_diffusion
from audio_pipeline.engines.comfyui_workflow import Workflow
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceError, ServiceUnavailable
from audio_pipeline.http.client import MAX_TEXT, Client
from audio_pipeline.http.errors import Down
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.sanitize import excerpt
from audio_pipeline.settings import Server

_FIRST_PAUSE_S, _MAX_PAUSE_S = 0.1, 1  # between two looks at the history
_QUEUE_PAUSE_S = 5  # between two looks at the queue, which has the complete workflow of each prompt
_POLL_S = 60  # longest wait for the answer to a look
_MAX_ID = 200  # characters of a prompt's ID
_OUT_OF_MEMORY = re.compile("OutOfMemory|out of memory|Allocation on device", re.IGNORECASE)


def client(server: Server, http: HttpPolicy) -> Client:
    return Client(
        "ComfyUI",
        server.url,
        timeout_s=server.timeout_s,
        http=http,
        login=stable_diffusion.login(),
        secret="SD_SERVER_AUTH",
        advice="start it with 'python main.py', or set SD_SERVER_URL",
    )


def draw(
    request: Request, seed: int | None, workflow: Workflow, at: Server, http: HttpPolicy
) -> tuple[bytes, str, dict[str, Any]]:
    """Return the picture, its checkpoint or the workflow's name, and details from the server."""
    values = {key: request[key] for key in request["nodes"]}
    if "seed" in values:
        values["seed"] = seed
    run = _Run(workflow, request, at, http)
    server = client(at, http)
    with server.slot:
        data = server.retry(lambda: run.picture(workflow.filled(values)))
    used, number = str(values.get("checkpoint") or workflow.name), version(server)
    return data, excerpt(used), {"version": number} if number else {}


class _Run:
    """A workflow at one server. The errors of its requests are retried all together, by the caller."""

    def __init__(self, workflow: Workflow, request: Request, at: Server, http: HttpPolicy) -> None:
        self._workflow, self._size = workflow, f"{request['width']}x{request['height']}"
        self._timeout_s = at.timeout_s
        inner = replace(http, has_fallback=True, lease=None)  # the caller waits for a restart
        self._sender = client(at, replace(inner, tries=1))
        self._poller = client(replace(at, timeout_s=min(at.timeout_s, _POLL_S)), inner)
        self._place = self._sender.place

    def picture(self, nodes: Mapping[str, Any]) -> bytes:
        """Queue the workflow, wait for its end and return the picture. Raises ServiceError."""
        end = time.monotonic() + self._timeout_s
        prompt_id = str(uuid.uuid4())
        try:
            prompt_id = self._queue(prompt_id, nodes)
            entry = self._finished(prompt_id, end)
        except (ServiceUnavailable, BadAnswer) as error:
            if not isinstance(error, Down):  # it may be queued, and will be requested again
                self._cancel(prompt_id)
            raise
        image = self._image_of(entry)
        path = f"/view?{urlencode(image, errors='replace')}"
        try:
            return self._poller.fetch(self._poller.url + path).body
        except RequestRefused as error:
            if error.status in (400, 403, 404):
                raise BadAnswer(
                    f"{self._place} has drawn a picture and no longer has its file "
                    f"{excerpt(image['filename'], 80)!r} (HTTP {error.status})"
                ) from None
            raise

    def _queue(self, prompt_id: str, nodes: Mapping[str, Any]) -> str:
        """Return the ID of the queued prompt, which older servers choose. Raises RequestRefused: nodes at fault."""
        payload = {"prompt": nodes, "prompt_id": prompt_id, "client_id": "audio-pipeline"}
        try:
            answer = self._sender.post_json("/prompt", payload, MAX_TEXT, self._sender.check_error)
        except RequestRefused as error:
            raise self._refusal(error) from None
        queued = answer.get("prompt_id") if isinstance(answer, dict) else None
        if not isinstance(queued, str) or not 0 < len(queued) <= _MAX_ID:
            raise BadAnswer(
                f"{self._place} sent {excerpt(str(answer), 80)!r}; expected the ID of a prompt"
            )
        if faults := self._node_errors(answer):  # the nodes at fault are left out, others run
            self._cancel(queued)
            raise RequestRefused(f"{self._place}: {faults}", 400)
        return queued

    def _refusal(self, error: RequestRefused) -> RequestRefused:
        """Return the error of a refused prompt, with the titles of the nodes at fault."""
        if error.status in (404, 405):
            return not_comfyui(error, self._sender)
        try:
            answer = json.loads(error.body)
        except (ValueError, RecursionError):
            return error
        faults = self._node_errors(answer)
        if not faults and isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            match = re.search(r"#([\w:.-]{1,60})", str(answer["error"].get("details"))[:1000])
            faults = f"{self._workflow.title(match[1])}: {error.reason}" if match else ""
        return RequestRefused(f"{self._place}: {faults}", error.status) if faults else error

    def _node_errors(self, answer: Any) -> str:
        """Return the faults of the nodes in an answer, or ""."""
        listed = answer.get("node_errors") if isinstance(answer, dict) else None
        faults = []
        for node, entry in list(listed.items() if isinstance(listed, dict) else ())[:3]:
            errors = entry.get("errors") if isinstance(entry, dict) else None
            for error in errors[:2] if isinstance(errors, list) else ():
                if isinstance(error, dict):
                    faults.append(self._node_error(node, error))
        return "; ".join(faults)

    def _node_error(self, node: str, error: Mapping[str, Any]) -> str:
        texts = (error.get("message"), error.get("details"))
        reason = ": ".join(excerpt(text) for text in texts if isinstance(text, str) and text)
        extra = error.get("extra_info")
        name = extra.get("input_name") if isinstance(extra, dict) else None
        advice = f"; check {self._workflow.name}"
        if (node, name) == self._workflow.bound.get("checkpoint"):
            advice = "; set image.checkpoint"
        return f"{self._workflow.title(node)}: {reason}{advice}"

    def _finished(self, prompt_id: str, end: float) -> dict[str, Any]:
        """Return the history of the prompt once it has ended. Raises ServiceUnavailable: it is lost, or late."""
        pause_s, look_at, where = _FIRST_PAUSE_S, 0.0, ""
        while True:
            if entry := self._history(prompt_id):
                return entry
            now = time.monotonic()
            if now >= end:
                raise ServiceUnavailable(
                    f"{self._place} did not draw the picture within {self._timeout_s:g} s ({where}); "
                    "raise image.timeout_s if it is only slow"
                )
            if now >= look_at:
                where = self._where(prompt_id)
                if not where:
                    if entry := self._history(prompt_id):  # ended between the two looks
                        return entry
                    raise ServiceUnavailable(
                        f"{self._place} no longer has the prompt: it was restarted, or its queue was cleared"
                    )
                look_at = now + _QUEUE_PAUSE_S
            time.sleep(min(pause_s, end - now))
            pause_s = min(1.5 * pause_s, _MAX_PAUSE_S)

    def _history(self, prompt_id: str) -> dict[str, Any] | None:
        """Return the entry of a prompt that has ended, or None."""
        answer = self._poller.get_json(f"/history/{quote(prompt_id, safe='', errors='replace')}")
        self._poller.check_error(answer)
        entry = answer.get(prompt_id, {}) if isinstance(answer, dict) else None
        if not isinstance(entry, dict):
            raise BadAnswer(
                f"{self._place} sent {excerpt(str(answer), 80)!r}; expected the history of a prompt"
            )
        return entry or None

    def _where(self, prompt_id: str) -> str:
        """Return where the prompt is, "" if it is neither running nor waiting."""
        try:
            answer = self._poller.get_json("/queue")
        except BadAnswer:  # the workflows of a very long queue have more than 16 MB
            return "its queue cannot be read"
        running, waiting = (_ids(answer, f"queue_{kind}") for kind in ("running", "pending"))
        if prompt_id in running:
            return "it was being drawn"
        return f"{len(waiting)} prompts in its queue" if prompt_id in waiting else ""

    def _cancel(self, prompt_id: str) -> None:
        """Take a prompt out of the queue, or interrupt it if it is the one that runs. Errors are ignored.

        Older servers ignore the ID and interrupt whatever runs, so the queue is read first.
        """
        with contextlib.suppress(ServiceError):
            self._sender.post("/queue", {"delete": [prompt_id]})
            if prompt_id in _ids(self._sender.get_json("/queue"), "queue_running"):
                self._sender.post("/interrupt", {"prompt_id": prompt_id})

    def _image_of(self, entry: Mapping[str, Any]) -> dict[str, str]:
        """Return filename, subfolder and type of the picture of a prompt that has ended. Raises ServiceError."""
        status, outputs = entry.get("status"), entry.get("outputs")
        if isinstance(status, dict) and status.get("status_str") == "error":
            raise self._failure(status.get("messages"))
        images: dict[str, Any] = {}
        for node, output in outputs.items() if isinstance(outputs, dict) else ():
            listed = output.get("images") if isinstance(output, dict) else None
            if isinstance(listed, list) and listed:
                images[node] = listed[0]
        chosen = self._workflow.output
        if chosen and chosen not in images:
            raise RequestRefused(
                f"{self._place}: {self._workflow.title(chosen)} gave no picture; set image.nodes.output"
            )
        if not images:
            raise RequestRefused(
                f"{self._place} ran {self._workflow.name} and has no picture; "
                "expected one of a node like SaveImage"
            )
        if not chosen and len(images) > 1:
            titles = ", ".join(self._workflow.title(node) for node in list(images)[:10])
            raise RequestRefused(
                f"{self._place}: several nodes gave pictures: {titles}; set image.nodes.output to the title of one"
            )
        image = images[chosen or next(iter(images))]
        keys = {"filename": "", "subfolder": "", "type": "output"}
        found = (
            {key: image.get(key, usual) for key, usual in keys.items()}
            if isinstance(image, dict)
            else {}
        )
        if not found.get("filename") or not all(
            isinstance(text, str) and len(text) < 1000 for text in found.values()
        ):
            raise BadAnswer(
                f"{self._place} sent {excerpt(str(image), 80)!r}; expected the name of a picture's file"
            )
        return found

    def _failure(self, messages: Any) -> ServiceError:
        """Return the error of a prompt that failed or was interrupted. messages: [event, data] of its run."""
        for message in reversed(messages if isinstance(messages, list) else []):
            match message:
                case ["execution_error", dict() as error]:
                    return self._execution_error(error)
                case ["execution_interrupted", dict()]:
                    return ServiceUnavailable(f"{self._place}: the prompt was interrupted there")
        return RequestRefused(
            f"{self._place} could not run {self._workflow.name} and gave no reason"
        )

    def _execution_error(self, error: Mapping[str, Any]) -> ServiceError:
        reason = excerpt(str(error.get("exception_message") or error.get("exception_type")))
        text = f"{self._place}: {self._workflow.title(str(error.get('node_id')))} failed: {reason}"
        if _OUT_OF_MEMORY.search(f"{error.get('exception_type')} {reason}"):
            return ServiceUnavailable(
                f"{text}: no memory for {self._size}; set a smaller image.width and image.height, or free its GPU"
            )
        return RequestRefused(text)


def _ids(queue: Any, name: str) -> list[Any]:
    """Return the IDs in a list of the queue, whose items begin with a number and the ID."""
    items = queue.get(name) if isinstance(queue, dict) else None
    items = items if isinstance(items, list) else []
    return [item[1] for item in items if isinstance(item, list) and len(item) > 1]


def version(server: Client) -> str:
    """Return the server's version, or "". Errors are ignored, so that a picture is not lost."""
    try:
        answer = server.probe("/system_stats")
        return _version(server.parse(answer)) if answer else ""
    except ServiceError:
        return ""


def check(server: Client, workflow: Workflow, checkpoint: str) -> str:
    """Return a line about a server that can run the workflow. checkpoint: image.checkpoint. Raises ServiceError."""
    try:
        number = _version(server.get_json("/system_stats"))
    except RequestRefused as error:
        raise not_comfyui(error, server) if error.status == 404 else error from None
    kinds = {
        content["class_type"]: node for node, content in reversed(list(workflow.nodes.items()))
    }
    known = {kind: _class(server, kind) for kind in kinds}
    if lacking := [workflow.title(node) for kind, node in kinds.items() if not known[kind]]:
        raise RequestRefused(
            f"{server.place} has no class for {', '.join(lacking[:20])}: install the custom nodes that have it"
        )
    used = checkpoint
    if "checkpoint" in workflow.bound:
        node, name = workflow.bound["checkpoint"]
        used = checkpoint or str(workflow.current("checkpoint"))
        choices = _choices(known[workflow.nodes[node]["class_type"]], name)
        if choices is not None and used not in choices:
            raise RequestRefused(
                f"{server.place} has no checkpoint {excerpt(used)!r}; it has {sanitize.names(choices)}: "
                "set image.checkpoint"
            )
    shown = f", version {number}" if number else ""
    has = f" and {excerpt(used)}" if "checkpoint" in workflow.bound else ""
    return f"{server.place}{shown}, has all nodes of {workflow.name}{has}"


def _version(stats: Any) -> str:
    system = stats.get("system") if isinstance(stats, dict) else None
    number = system.get("comfyui_version") if isinstance(system, dict) else None
    return excerpt(number, 40) if isinstance(number, str) else ""


def _class(server: Client, kind: str) -> dict[str, Any]:
    """Return the server's description of a class of nodes, {} if it lacks the class."""
    answer = server.get_json(f"/object_info/{quote(kind, safe='', errors='replace')}")
    found = answer.get(kind) if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}


def _choices(description: Mapping[str, Any], name: str) -> list[Any] | None:
    """Return the values that an input may have, or None if there is no list of them."""
    inputs = description.get("input")
    for group in ("required", "optional"):
        listed = inputs.get(group) if isinstance(inputs, dict) else None
        match listed.get(name) if isinstance(listed, dict) else None:
            case [list() as choices, *_] | ["COMBO", {"options": list() as choices}, *_]:
                return choices
    return None


def not_comfyui(error: RequestRefused, server: Client) -> RequestRefused:
    """Return the error for a server that lacks a path of ComfyUI's."""
    return RequestRefused(
        f"{server.place} does not answer as ComfyUI does (HTTP {error.status}); is it another service?",
        error.status,
    )


def free_memory(server: Client) -> None:
    """Have the server unload its models once it is idle."""
    server.post("/free", {"unload_models": True, "free_memory": True})
