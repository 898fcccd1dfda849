"""Requests of pictures: of a topic from its script, and of a scene from what is seen in it."""

import functools
import re
from collections import Counter

from audio_pipeline.core.request import Request
from audio_pipeline.core.template import render
from audio_pipeline.core.topics import Topic
from audio_pipeline.settings import ImageSettings
from audio_pipeline.text import speakers


def picture_request(
    topic: Topic, settings: ImageSettings, text: str, *, is_shown: bool = False
) -> Request:
    """Return the request of a picture.

    text: the script; with image.prompt: llm, the prompt; is_shown: True if the text is what is seen in a scene, which
    takes the place of the script and of its first sentence. Raises InputError: the template cannot be rendered.
    """
    request = _select(settings, "engine", "width", "height")
    seed = settings.seed if topic.seed is None else topic.seed
    if settings.engine == "card":
        return {**request, "title": topic.text, "style": settings.style, "seed": seed}
    if settings.is_prompted and not is_shown:
        prompt = text.strip()
    else:
        prompt = _prompt(topic, settings, speakers.words(text, settings.speakers), is_shown)
    if settings.engine == "openai":
        return {**request, "model": settings.model, "prompt": prompt}
    if settings.engine == "comfyui":
        return {**request, "prompt": prompt, **_of_workflow(settings, prompt, seed)}
    keys = ("negative_prompt", "steps", "cfg_scale", "sampler", "scheduler", "checkpoint")
    return {**request, "prompt": prompt, **_select(settings, *keys), "seed": seed}


def _select(settings: ImageSettings, *keys: str) -> Request:
    return {key: getattr(settings, key) for key in keys}


def _of_workflow(settings: ImageSettings, prompt: str, seed: int) -> Request:
    """Return the workflow's hash, and the values that it takes, which `nodes` lists."""
    from audio_pipeline.engines import comfyui_workflow

    workflow = comfyui_workflow.load(settings.workflow, settings.nodes)
    values = {**_select(settings, "negative_prompt", "width", "height", "checkpoint"), "seed": seed}
    values = {"prompt": prompt, **values}
    bound = {value: content for value, content in values.items() if value in workflow.bound}
    if bound.get("checkpoint") == "":
        bound["checkpoint"] = workflow.current("checkpoint")
    return {**bound, "nodes": list(bound), "workflow": workflow.digest(list(bound))}


def _prompt(topic: Topic, settings: ImageSettings, script: str, is_shown: bool) -> str:
    return render(
        settings.template,
        topic=topic.text,
        title=topic.text,
        language=topic.language or settings.language,
        script=script.strip(),
        first_sentence=script if is_shown else first_sentence(script),
        keywords=functools.partial(keywords, script),
        look=settings.look,
    )


def keywords(text: str, most: int = 5) -> str:
    """Return the most frequent words of 6 letters or more; of equals, longer and earlier ones come first."""
    counts = Counter(word for word in re.findall(r"[^\W\d_]{6,}", text.lower()))
    ranked = sorted(counts, key=lambda word: (-counts[word], -len(word)))
    return ", ".join(ranked[:most])


def first_sentence(script: str) -> str:
    """Return the text up to the first end of a sentence, on one line.

    It does not use text/sentences.py, as better sentence ends would make existing pictures stale.
    """
    text = " ".join(script.split())
    return re.split(r"(?<=[.!?。！？])(?:\s+|(?<=[。！？]))", text, maxsplit=1)[0]
