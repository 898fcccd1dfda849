"""Picture of a topic, by Stable Diffusion, ComfyUI, a service with OpenAI's protocol, or a drawn title card."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import TEXT, Finding, Job, Material, Probe, Stage
from audio_pipeline.core.template import render
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError, RequestRefused
from audio_pipeline.settings import Configuration, ImageSettings
from audio_pipeline.text import pauses

# Pillow and the clients are slow to import, and not needed by jobs that keep their file.


class Image(Stage[ImageSettings]):
    """A PNG file of the requested size."""

    name, order = "image", 40
    path, derived = "images/{slug}.png", ("thumbnails/{slug}.webp",)
    rule, target = "generate_image", "images"
    noun, title = ("picture", "pictures"), "Picture"
    sources = {TEXT: "script"}
    settings_type = ImageSettings
    service = "sd"
    computing = ("card",)

    def is_enabled(self, config: Configuration) -> bool:
        return config.image.engine != "none"

    def inputs(self, config: Configuration) -> Mapping[str, str]:
        return {TEXT: "prompt"} if config.image.is_prompted else self.sources

    def request(self, topic: Topic, settings: ImageSettings, material: Material) -> Request:
        request = _select(settings, "engine", "width", "height")
        seed = settings.seed if topic.seed is None else topic.seed
        if settings.engine == "card":
            return {**request, "title": topic.text, "style": settings.style, "seed": seed}
        written = material.text.strip()
        prompt = written if settings.is_prompted else _prompt(topic, settings, material.text)
        if settings.engine == "openai":
            return {**request, "model": settings.model, "prompt": prompt}
        if settings.engine == "comfyui":
            return {**request, "prompt": prompt, **_of_workflow(settings, prompt, seed)}
        keys = ("negative_prompt", "steps", "cfg_scale", "sampler", "scheduler", "checkpoint")
        return {**request, "prompt": prompt, **_select(settings, *keys), "seed": seed}

    def maker(self, job: Job[ImageSettings]) -> Ask:
        from audio_pipeline.makers import drawing  # slow to import, and not needed by the plan

        return drawing.maker(job)

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        if request["engine"] == "card":
            return ()
        from audio_pipeline.makers import drawing

        return [WantedAnswer(drawing.KIND, drawing.unit(request), attempt.number)]

    def answer_noun(self, settings: ImageSettings) -> tuple[str, str] | None:
        return None if settings.engine == "card" else self.noun

    def finish(self, job: Job[ImageSettings]) -> None:
        if job.config.gallery.enabled:
            from audio_pipeline.pictures import thumbnails

            folder = job.record.parents[2]  # the output folder
            thumbnails.make(
                job.output, folder / "thumbnails" / thumbnails.NAME.format(job.output.stem)
            )

    def largest(self, config: Configuration) -> int:
        return 3 * config.image.width * config.image.height

    def preflight(self, probe: Probe[ImageSettings]) -> Iterator[Finding]:
        if check := _PREFLIGHT.get(probe.settings.engine):  # a title card needs no service
            yield from check(probe)


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


def _prompt(topic: Topic, settings: ImageSettings, script: str) -> str:
    script = pauses.without(script)
    return render(
        settings.template,
        topic=topic.text,
        title=topic.text,
        language=topic.language or settings.language,
        script=script.strip(),
        first_sentence=first_sentence(script),
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


def _check_stable_diffusion(probe: Probe[ImageSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import stable_diffusion

    settings = probe.settings
    server = stable_diffusion.client(probe.server, probe.http)
    installed, name = stable_diffusion.checkpoints(server), settings.checkpoint
    if not name and not installed:
        raise InputError(f"{server.place} has no checkpoint; put one into its models folder")
    faults = []
    for check in (
        lambda: name and stable_diffusion.checkpoint(server, name),
        lambda: stable_diffusion.choices(server, settings.sampler, settings.scheduler),
    ):
        try:
            check()
        except RequestRefused as error:
            faults.append(str(error))
    if faults:
        raise RequestRefused("; ".join(faults))
    used = name or stable_diffusion.loaded_checkpoint(server)
    yield Finding(True, f"{server.place}, {stable_diffusion.identity(server)}, has {used}")


def _check_comfyui(probe: Probe[ImageSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import comfyui, comfyui_workflow

    workflow = comfyui_workflow.load(probe.settings.workflow, probe.settings.nodes)
    server = comfyui.client(probe.server, probe.http)
    yield Finding(True, comfyui.check(server, workflow, probe.settings.checkpoint))


def _check_openai(probe: Probe[ImageSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import openai

    yield from openai.check("image", probe.settings.model, probe.server, probe.http)


_PREFLIGHT = {
    "stable-diffusion": _check_stable_diffusion,
    "comfyui": _check_comfyui,
    "openai": _check_openai,
}

STAGE = Image()
