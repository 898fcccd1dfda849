"""Servers on the loopback interface that behave like the real ones, with faults on request.

    with OllamaStub() as ollama:
        ...                      # work against ollama.url
        assert len(ollama.asked()) == 1 and ollama.peak == 1

Each keeps every request as it came, in `requests`. `fault` (a name from bad_replies.FAULTS, or a callable that
takes the handler) replaces the next `fault_times` answers to generation requests, or all of them (None); `latency_s`
delays them. The answers are modelled on real ones: see the sources in the clients.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import sample_media
from replies import Asked, Reply, json_line, json_reply
from stub_server import Stub

JOE = "en_US-joe-medium"


class FortyTwo(Stub):
    """Server that answers everything with 42, for behaviour common to all services."""

    def is_generation(self, request: Asked) -> bool:
        return True

    def answer(self, request: Asked) -> Reply:
        return json_reply(42)


class OllamaStub(Stub):
    """Ollama 0.33, native API. models: name → digest; a token is a word here."""

    generation = frozenset({("POST", "/api/chat"), ("POST", "/api/generate")})

    def __init__(self, models: dict[str, str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.models = {"gemma3:4b": "a" * 64} if models is None else models
        self.text: str | Callable[[str, int | None], str] = sample_media.paragraph
        self.done_reason = "stop"
        self.thinking = ""
        self.loaded: set[str] = set()
        self.unloaded: list[str] = []

    def is_generation(self, request: Asked) -> bool:
        return super().is_generation(request) and not self._is_unload(request.body)

    @staticmethod
    def _is_unload(body: dict[str, Any]) -> bool:
        return body.get("keep_alive") == 0 and not (body.get("prompt") or body.get("messages"))

    def answer(self, request: Asked) -> Reply:
        method, path, _, body = request
        if (method, path) == ("GET", "/api/version"):
            return json_reply({"version": "0.33.0"})
        if (method, path) == ("GET", "/api/tags"):
            return json_reply({"models": [self._model(name) for name in self.models]})
        if (method, path) == ("GET", "/api/ps"):
            return json_reply({"models": [self._model(name) for name in self.loaded]})
        if (method, path) == ("GET", "/"):
            return Reply(body=b"Ollama is running", kind="text/plain; charset=utf-8")
        if (method, path) == ("POST", "/api/pull"):
            return self._pull(body["model"])
        if (method, path) not in {*self.generation, ("POST", "/api/show")}:
            return Reply(404, b"404 page not found", "text/plain")
        if body.get("model") not in self.models:
            return json_reply({"error": f"model '{body.get('model')}' not found"}, 404)
        if path == "/api/show":
            return json_reply({"details": {"family": "gemma3"}, "capabilities": ["completion"]})
        if self._is_unload(body):
            self.loaded.discard(body["model"])
            self.unloaded.append(body["model"])
            return json_reply({"model": body["model"], "done": True, "done_reason": "unload"})
        self.loaded.add(body["model"])
        return self._generate(path, body)

    def _model(self, name: str) -> dict[str, Any]:
        return {"name": name, "model": name, "digest": self.models[name], "size": 3338801804}

    def _pull(self, name: str) -> Reply:
        if name.startswith("nope"):
            error = {"error": "pull model manifest: file does not exist"}
            lines = [{"status": "pulling manifest"}, error]
        else:
            self.models[name] = "b" * 64
            lines = [{"status": "pulling manifest"}]
            layer = {"status": "pulling bbbb", "digest": "sha256:bbbb", "total": 1000}
            lines += [{**layer, "completed": done} for done in (0, 500, 1000)]
            lines += [{"status": "success"}]
        return Reply(body=[json_line(line) for line in lines], kind="application/x-ndjson")

    def _generate(self, path: str, body: dict[str, Any]) -> Reply:
        chat = path == "/api/chat"
        prompt = (
            "\n".join(m["content"] for m in body["messages"]) if chat else body.get("prompt", "")
        )
        options = body.get("options", {})
        text = self.text(prompt, options.get("seed")) if callable(self.text) else self.text
        tokens, room = len(prompt.split()), options.get("num_ctx", 4096)
        if tokens > room:
            if body.get("truncate") is False:
                return self._too_long(tokens, room)
            text, tokens = "", room
        end = {
            "done": True,
            "done_reason": self.done_reason,
            "total_duration": 2_000_000_000,
            "load_duration": 500_000_000,
            "prompt_eval_count": tokens,
            "prompt_eval_duration": 100_000_000,
            "eval_count": len(text.split()),
            "eval_duration": 900_000_000,
        }
        common = {"model": body["model"], "created_at": "2026-11-22T09:00:00Z"}

        def piece(content: str, **more: Any) -> bytes:
            said = (
                {"message": {"role": "assistant", "content": content}}
                if chat
                else {"response": content}
            )
            return json_line({**common, **said, "done": False, **more})

        if body.get("stream", True) is False:
            return Reply(body=piece(text, **end))
        words = text.split(" ")
        pieces = [piece(word + " " * (n < len(words) - 1)) for n, word in enumerate(words) if text]
        if self.thinking:
            thought = json.loads(piece(""))
            thought["message"]["thinking"] = self.thinking
            pieces.insert(0, json_line(thought))
        return Reply(body=[*pieces, piece("", **end)], kind="application/x-ndjson")

    @staticmethod
    def _too_long(tokens: int, room: int) -> Reply:
        """Return the engine's error, as JSON in a string in JSON."""
        said = f"request ({tokens} tokens) exceeds the available context size ({room} tokens)"
        inner = {
            "code": 400,
            "message": f"{said}, try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": tokens,
            "n_ctx": room,
        }
        return json_reply({"error": json.dumps({"error": inner})}, 400)


class PiperStub(Stub):
    """Piper's server. dialect: "old" (rhasspy/piper), "1.4" (1.3.0 to 1.4.2) or "1.8" (1.5.0 to 1.8.0)."""

    generation = frozenset({("POST", "/"), ("POST", "/synthesize")})

    def __init__(
        self, dialect: str = "1.8", voices: list[str] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.dialect = dialect
        self.voices = {name: piper_voice(name) for name in voices or [JOE, "pt_BR-faber-medium"]}
        self.sound: Callable[[str], bytes] = sample_media.tone

    def is_generation(self, request: Asked) -> bool:
        return super().is_generation(request) or request.path.startswith("/?text=")

    def answer(self, request: Asked) -> Reply:
        method, path, _, body = request
        get = method == "GET"
        if self.dialect == "old":
            if get and path.startswith("/?text="):
                return self._speak(parse_qs(urlsplit(path).query)["text"][0])
            if path == "/" and not get:
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                return self._speak(raw.decode())  # JSON is spoken aloud
            return Reply(404, b"<!doctype html><title>404 Not Found</title>", "text/html")
        if get and path == "/voices":
            return json_reply(self.voices)
        new = self.dialect == "1.8"
        if get and path == "/info" and new:
            name = next(iter(self.voices))
            return json_reply({"voice": {"name": name, "num_speakers": 1}, "last": None})
        if get and path == "/" and new:
            return Reply(body=b"<!doctype html><title>Piper</title>", kind="text/html")
        if not get and path == ("/synthesize" if new else "/"):
            if isinstance(body.get("speaker_id"), str):
                return self._failure()
            # As the real server, use the default voice for an unknown one.
            return self._speak(body.get("text", "").strip())
        known = path in ("/", "/synthesize", "/voices", "/info")
        return Reply(
            405 if known else 404, b"<!doctype html><title>Not Allowed</title>", "text/html"
        )

    def _speak(self, text: str) -> Reply:
        if not any(c.isalnum() for c in text):
            return self._failure()
        return Reply(body=self.sound(text), kind="text/html; charset=utf-8")

    @staticmethod
    def _failure() -> Reply:
        page = (
            b"<!doctype html><title>500 Internal Server Error</title><h1>Internal Server Error</h1>"
        )
        return Reply(500, page, "text/html; charset=utf-8")


def piper_voice(name: str, speakers: dict[str, int] | None = None) -> dict[str, Any]:
    """Return the contents of a voice's .onnx.json."""
    return {
        "audio": {"sample_rate": 22050, "quality": "medium"},
        "espeak": {"voice": name[:2]},
        "language": {"code": name.split("-")[0]},
        "num_speakers": len(speakers or [0]),
        "speaker_id_map": speakers or {},
    }


class StableDiffusionStub(Stub):
    """AUTOMATIC1111's API.

    size_step: sizes are rounded up to multiples of it; info: False as on stable-diffusion.cpp; kind: "JPEG", "WEBP".
    api: False as without --api; login: "user:password" if required.
    """

    generation = frozenset({("POST", "/sdapi/v1/txt2img")})

    def __init__(self, checkpoints: list[str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.checkpoints = checkpoints or ["dreamshaper_8", "sd_xl_base_1.0"]
        self.samplers = ["Euler a", "Euler", "DPM++ 2M"]
        self.api, self.info, self.size_step, self.kind = True, True, 1, "PNG"
        self.login = ""
        self.memory: list[str] | None = []  # "unload", "reload"; None: no such requests
        self.image: Callable[..., bytes] = sample_media.picture

    def answer(self, request: Asked) -> Reply:
        method, path, headers, body = request
        login = f"Basic {sample_media.base64_of(self.login.encode())}"
        if self.login and headers.get("Authorization") != login:
            return json_reply({"detail": "Incorrect username or password"}, 401)
        if path == "/":
            return Reply(body=b"<!doctype html><title>Stable Diffusion</title>", kind="text/html")
        if not self.api:
            return json_reply({"detail": "Not Found"}, 404)
        if (method, path) == ("GET", "/sdapi/v1/sd-models"):
            return json_reply([self._checkpoint(name) for name in self.checkpoints])
        if (method, path) == ("GET", "/sdapi/v1/samplers"):
            return json_reply(
                [{"name": name, "aliases": [], "options": {}} for name in self.samplers]
            )
        if (method, path) == ("GET", "/sdapi/v1/options"):
            loaded = self._checkpoint(self.checkpoints[0])["title"]
            return json_reply({"samples_format": self.kind.lower(), "sd_model_checkpoint": loaded})
        change = path.removeprefix("/sdapi/v1/").removesuffix("-checkpoint")
        if method == "POST" and change in ("unload", "reload") and self.memory is not None:
            self.memory.append(change)
            return json_reply({})
        if (method, path) != ("POST", "/sdapi/v1/txt2img"):
            return json_reply({"detail": "Not Found"}, 404)
        if body.get("sampler_name", "Euler") not in self.samplers:
            return json_reply({"detail": "Sampler not found"}, 404)
        return self._generate(body)

    @staticmethod
    def _checkpoint(name: str) -> dict[str, Any]:
        return {
            "title": f"{name}.safetensors [879db523c3]",
            "model_name": name,
            "hash": "879db523c3",
            "sha256": "8" * 64,
            "filename": f"/models/{name}.safetensors",
        }

    def _generate(self, body: dict[str, Any]) -> Reply:
        step = self.size_step
        width, height = (-(-body[side] // step) * step for side in ("width", "height"))
        data = self.image(body["prompt"], body["seed"], width, height, self.kind)
        wanted = body.get("override_settings", {}).get("sd_model_checkpoint", self.checkpoints[0])
        # As the real server, ignore an unknown checkpoint.
        used = wanted if wanted in self.checkpoints else self.checkpoints[0]
        info = {
            "seed": body["seed"],
            "sd_model_name": used,
            "sd_model_hash": "879db523c3",
            "sampler_name": body.get("sampler_name"),
            "version": "v1.10.1",
        }
        return json_reply(
            {
                "images": [sample_media.base64_of(data)],
                "parameters": body,
                "info": json.dumps(info) if self.info else "",
            }
        )


class OpenAIStub(Stub):
    """OpenAI's protocol as llama.cpp, vLLM, LM Studio, LocalAI and hosted services speak it. key: "" requires none."""

    generation = frozenset(
        {
            ("POST", "/v1/chat/completions"),
            ("POST", "/v1/audio/speech"),
            ("POST", "/v1/images/generations"),
        }
    )

    def __init__(self, models: list[str] | None = None, key: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.url += "/v1"
        self.models = models or ["a-model", "tts-1", "gpt-image-1"]
        self.key = key
        self.finish_reason = "stop"
        self.text: str | Callable[[str, int | None], str] = sample_media.paragraph

    def answer(self, request: Asked) -> Reply:
        method, path, headers, body = request
        if self.key and headers.get("Authorization") != f"Bearer {self.key}":
            # Hosted services really do repeat the key.
            said = f"Incorrect API key provided: {headers.get('Authorization')}"
            return json_reply({"error": {"message": said, "code": "invalid_api_key"}}, 401)
        if (method, path) == ("GET", "/v1/models"):
            return json_reply({"data": [{"id": name, "object": "model"} for name in self.models]})
        if (method, path) not in self.generation:
            return json_reply({"error": {"message": f"Invalid URL ({method} {path})"}}, 404)
        if body.get("model") not in self.models:
            said = f"The model `{body.get('model')}` does not exist"
            return json_reply({"error": {"message": said, "code": "model_not_found"}}, 404)
        if path == "/v1/audio/speech":
            return Reply(body=sample_media.tone(body["input"]), kind="audio/wav")
        if path == "/v1/images/generations":
            width, height = map(int, body["size"].split("x"))
            data = sample_media.picture(body["prompt"], None, width, height)
            return json_reply({"created": 1, "data": [{"b64_json": sample_media.base64_of(data)}]})
        prompt = "\n".join(m["content"] for m in body["messages"])
        text = self.text(prompt, body.get("seed")) if callable(self.text) else self.text
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": len(text.split())}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return json_reply({"model": body["model"], "choices": [choice], "usage": usage})
