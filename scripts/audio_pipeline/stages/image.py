"""Picture of a topic, by Stable Diffusion, ComfyUI, a service with OpenAI's protocol, or a drawn title card."""

from collections.abc import Iterable, Iterator, Mapping

from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import TEXT, Finding, Job, Material, Probe, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError, RequestRefused
from audio_pipeline.makers.picture_requests import picture_request
from audio_pipeline.settings import Configuration, ImageSettings

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
    shared = True

    def is_enabled(self, config: Configuration) -> bool:
        return config.image.engine != "none"

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        """A card has text, so each language has its own."""
        return topic.original is None or config.image.engine == "card"

    def inputs(self, config: Configuration) -> Mapping[str, str]:
        return {TEXT: "prompt"} if config.image.is_prompted else self.sources

    def request(self, topic: Topic, settings: ImageSettings, material: Material) -> Request:
        return picture_request(topic, settings, material.text)

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
