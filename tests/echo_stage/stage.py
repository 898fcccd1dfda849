"""The echo of a topic: its script, said again. Only topics with a seed have one."""

from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import TEXT, Job, Material, Settings, Stage
from audio_pipeline.core.topics import Topic


class Echo(Stage):
    name, order = "echo", 70
    path = "echoes/{slug}.txt"
    rule, target = "make_echo", "echoes"
    noun, title = ("echo", "echoes"), "Echo"
    roles = (TEXT,)

    def inputs(self, config: Settings) -> dict[str, str]:
        return {TEXT: "script"}

    def applies_to(self, config: Settings, topic: Topic) -> bool:
        return topic.seed is not None

    def request(self, topic: Topic, settings: Settings, material: Material) -> Request:
        return {"engine": "echo", "times": settings["times"], "text": material.text.strip()}

    def maker(self, job: Job) -> Ask:
        def ask(request: Request, seed: int | None) -> Artifact:
            return Artifact(
                (f"{request['text']}\n" * request["times"]).encode(), "an echo", ["said"]
            )

        return ask


STAGE = Echo()
