"""Stage `echo`: the script, said again. Only topics with a seed have one."""

from dataclasses import dataclass

from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import TEXT, Job, Material, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.settings import Configuration, StageSettings


@dataclass(frozen=True, kw_only=True)
class EchoSettings(StageSettings):
    times: int


class Echo(Stage[EchoSettings]):
    name, order = "echo", 70
    path = "echoes/{slug}.txt"
    rule, target = "make_echo", "echoes"
    noun, title = ("echo", "echoes"), "Echo"
    sources = {TEXT: "script"}
    settings_type = EchoSettings

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        return topic.seed is not None

    def request(self, topic: Topic, settings: EchoSettings, material: Material) -> Request:
        return {"engine": "echo", "times": settings.times, "text": material.text.strip() + "\n"}

    def maker(self, job: Job[EchoSettings]) -> Ask:
        return lambda asked, _: Artifact(asked["text"].encode() * asked["times"], "echo", ["said"])


STAGE = Echo()
