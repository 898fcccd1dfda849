"""What a service would be sent for a file: everything that shapes the result, and nothing that does not.

The plan and the job both build it here, from the same three things: the topic, the stage's settings and the
script. A file whose record holds an equal request is current. Addresses, time-outs, attempts and credentials are
no part of it; nor is the take, which says how often the user wanted another result for the same request.
"""

import functools
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from audio_pipeline.core.template import render
from audio_pipeline.core.topics import Topic
from audio_pipeline.core.voices import voice_settings

Request = dict[str, Any]

# Keys that some requests of a stage and engine have and others have not.
OPTIONAL = {
    "audio", "digest", "extra_body", "image", "max_characters", "prompt", "script", "subtitles",
}  # fmt: skip


def build(
    stage: str,
    topic: Topic,
    settings: Mapping[str, Any],
    script: str | None = None,
    inputs: Mapping[str, str] | None = None,
) -> Request:
    """The request of a stage as a flat dict of JSON values.

    settings: the stage's part of the configuration.
    script: the text of the topic's script; needed by all but "script" and "video". For "image" with a prompt of the
    language model's: that prompt.
    inputs: stage → SHA-256 of its file, for "subtitles" and "video", which work from files.
    Raises InputError: the prompt template cannot be rendered.
    """
    request = _MAKE[stage](topic, settings, (script or "").removeprefix("\ufeff"))
    return {**request, **(inputs or {})}


def digest(request: Request) -> str:
    """SHA-256 of the request as canonical JSON, in hexadecimal."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(had: Request, wanted: Request) -> list[str]:
    """Names of what differs, in the order of the wanted request."""
    return [key for key in {**wanted, **had} if had.get(key) != wanted.get(key)]


def language(topic: Topic, settings: Mapping[str, Any]) -> str:
    return topic.language or settings["language"]


def _script(topic: Topic, settings: Mapping[str, Any], _: str) -> Request:
    return _of_language_model(topic, settings)


def _prompt(topic: Topic, settings: Mapping[str, Any], script: str) -> Request:
    return _of_language_model(topic, settings, script=script.strip())


def _of_language_model(topic: Topic, settings: Mapping[str, Any], **values: str) -> Request:
    seed = _seed(topic, settings)
    prompt = render(
        settings["template"],
        topic=topic.text,
        language=language(topic, settings),
        seed=seed,
        **values,
    )
    request = {
        **_only(settings, "engine", "model", "system_prompt"),
        "prompt": prompt,
        **_only(settings, "temperature", "max_tokens"),
        "seed": seed,
    }
    if settings.get("extra_body"):
        request["extra_body"] = settings["extra_body"]
    if settings["engine"] == "ollama":
        request["context_tokens"] = settings["context_tokens"]
        if settings["digest"]:
            request["digest"] = settings["digest"]
    if settings["engine"] == "embedded":  # wherever the file lies, the model is the same
        request["model"] = re.split(r"[\\/]", settings["model"])[-1]
    return request


def _audio(topic: Topic, settings: Mapping[str, Any], script: str) -> Request:
    voice = voice_settings(topic, settings)
    request = {"engine": settings["engine"], "voice": voice.pop("voice")}
    if settings["engine"] == "openai":
        request |= {"model": settings["model"], "speed": round(1 / voice["length_scale"], 3)}
    else:
        request |= voice
    request |= _only(
        settings, "split", "sentence_pause_s", "paragraph_pause_s", "rate_hz", "loudness_lufs"
    )
    # What was made before there was this key is current.
    if settings.get("max_characters"):
        request["max_characters"] = settings["max_characters"]
    return {**request, "language": language(topic, settings), "text": script.strip()}


def _image(topic: Topic, settings: Mapping[str, Any], script: str) -> Request:
    request = _only(settings, "engine", "width", "height")
    seed = _seed(topic, settings)
    if settings["engine"] == "card":
        return {**request, "title": topic.text, "style": settings["style"], "seed": seed}
    prompt = script.strip() if settings["prompt"] == "llm" else _described(topic, settings, script)
    if settings["engine"] == "openai":
        return {**request, "model": settings["model"], "prompt": prompt}
    return {
        **request,
        "prompt": prompt,
        **_only(
            settings, "negative_prompt", "steps", "cfg_scale", "sampler", "scheduler", "checkpoint"
        ),
        "seed": seed,
    }


def _subtitles(topic: Topic, settings: Mapping[str, Any], script: str) -> Request:
    request = _only(settings, "engine", "line_characters")
    return {**request, "language": language(topic, settings), "text": script.strip()}


def _video(topic: Topic, settings: Mapping[str, Any], _: str) -> Request:
    shape = _only(
        settings, "engine", "aspect", "short_side", "frame_rate", "zoom", "burn_subtitles"
    )
    return {**shape, "language": language(topic, settings), "title": topic.text}


def _described(topic: Topic, settings: Mapping[str, Any], script: str) -> str:
    return render(
        settings["template"],
        topic=topic.text,
        title=topic.text,
        language=language(topic, settings),
        script=script.strip(),
        first_sentence=first_sentence(script),
        keywords=functools.partial(keywords, script),
        look=settings["look"],
    )


def keywords(text: str, most: int = 5) -> str:
    """The words that come most often, of those with 6 letters or more; of equals, the longer and the earlier."""
    counted = Counter(word for word in re.findall(r"[^\W\d_]{6,}", text.lower()))
    ranked = sorted(counted, key=lambda word: (-counted[word], -len(word)))
    return ", ".join(ranked[:most])


def first_sentence(script: str) -> str:
    """The text up to the first full stop that ends a sentence, on one line."""
    text = " ".join(script.split())
    return re.split(r"(?<=[.!?。！？])(?:\s+|(?<=[。！？]))", text, maxsplit=1)[0]


def _seed(topic: Topic, settings: Mapping[str, Any]) -> int:
    return settings["seed"] if topic.seed is None else topic.seed


def _only(settings: Mapping[str, Any], *keys: str) -> Request:
    return {key: settings[key] for key in keys}


_MAKE = {
    "script": _script,
    "prompt": _prompt,
    "audio": _audio,
    "image": _image,
    "subtitles": _subtitles,
    "video": _video,
}
