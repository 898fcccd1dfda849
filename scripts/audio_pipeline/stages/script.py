"""Script of a topic: the text that is spoken, written by a language model, or by the user (text=…)."""

from collections.abc import Iterable

from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SOURCE, Job, Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.makers.llm_stage import LlmStage
from audio_pipeline.settings import ScriptSettings

_OWN = "file"  # engine of a text by the user


class Script(LlmStage):
    name, order = "script", 10
    path = "scripts/{slug}.txt"
    rule, target = "generate_script", "scripts"
    noun, title = ("script", "scripts"), "Script"
    sources = {SOURCE: "source"}
    spoken = True
    compared = True

    def check_topic(self, settings: ScriptSettings, topic: Topic, place: str) -> None:
        if self.needs_server(topic):
            super().check_topic(settings, topic, place)

    def needs_server(self, topic: Topic) -> bool:
        return topic.text_file is None

    def request(self, topic: Topic, settings: ScriptSettings, material: Material) -> Request:
        if topic.text_file:
            try:
                return {"engine": _OWN, "text": files.known_sha256(topic.text_file)}
            except OSError as error:
                raise InputError(f"{topic.text_file}: cannot be read ({error.strerror})") from None
        source = material.read.get(SOURCE, "").strip()
        return self.text_request(topic, settings, source=source)

    def maker(self, job: Job[ScriptSettings]) -> Ask:
        if job.topic.text_file:
            from audio_pipeline.makers import own_text

            return own_text.maker(job, job.topic.text_file)
        return super().maker(job)

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        return () if request["engine"] == _OWN else super().answers(request, attempt, index)


STAGE = Script()
