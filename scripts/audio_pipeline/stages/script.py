"""Script of a topic: the text that is spoken, written by a language model, by the user (text=…), or a translation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import ORIGINAL, OUTLINE, SOURCE, SPOKEN, Job, Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.makers import section_requests, translation_requests
from audio_pipeline.makers.llm_stage import LlmStage
from audio_pipeline.settings import Configuration, ScriptSettings, TranslationSettings
from audio_pipeline.text import speakers

_OWN = "file"  # engine of a text by the user


@dataclass(frozen=True, kw_only=True)
class WritingSettings(ScriptSettings):
    """Settings of scripts and of their translations."""

    translation: TranslationSettings


class Script(LlmStage):
    name, order = "script", 10
    path = "scripts/{slug}.txt"
    rule, target = "generate_script", "scripts"
    noun, title = ("script", "scripts"), "Script"
    sources = {SOURCE: "source", OUTLINE: "outline", ORIGINAL: SPOKEN}
    spoken = True
    compared = True

    def settings(self, config: Configuration) -> WritingSettings:
        return WritingSettings.of(config.values, "script", translation=config.translation)

    def describe(self, config: Configuration, topics: Sequence[Topic]) -> str:
        written, translated = (
            [topic for topic in topics if topic.is_translated is value] for value in (False, True)
        )
        if not translated or config.translation.engine == "script":
            return super().describe(config, topics)
        translator = f"{translation_requests.EMBEDDED} for translations"
        return f"{super().describe(config, written)}, {translator}" if written else translator

    def check_topic(self, settings: ScriptSettings, topic: Topic, place: str) -> None:
        if topic.is_translated:
            translation_requests.check_topic(_writing(settings).translation, topic, place)
        if self.needs_server(settings, topic):
            super().check_topic(settings, topic, place)

    def needs_server(self, settings: ScriptSettings, topic: Topic) -> bool:
        if topic.is_translated:
            return _writing(settings).translation.engine == "script"
        return topic.text_file is None

    def request(self, topic: Topic, settings: ScriptSettings, material: Material) -> Request:
        if topic.text_file:
            try:
                return {"engine": _OWN, "text": files.known_sha256(topic.text_file)}
            except OSError as error:
                raise InputError(f"{topic.text_file}: cannot be read ({error.strerror})") from None
        if topic.is_translated:
            return self._translation_request(topic, _writing(settings), material)
        source = material.read.get(SOURCE, "").strip()
        values: dict[str, Any] = {"source": source, "cast": list(settings.speakers)}
        if OUTLINE in material.read:
            return self._sections_request(topic, settings, material.read[OUTLINE], values)
        return self.text_request(topic, settings, **values)

    def _sections_request(
        self, topic: Topic, settings: ScriptSettings, outline: str, values: dict[str, Any]
    ) -> Request:
        """Return the request for a script in sections. prompts: of each, without what was said before."""
        lines = section_requests.lines(outline)
        writing = replace(settings, template=settings.section_template)
        requests = [
            self.text_request(
                topic,
                writing,
                **values,
                outline=lines,
                number=number,
                title=section_requests.title(line, self.language(settings, topic)),
                before=section_requests.BEFORE,
            )
            # The job refuses an empty outline.
            for number, line in enumerate(lines or [""], start=1)
        ]
        prompts = [request.pop("prompt") for request in requests]
        before = section_requests.before_tokens(settings, prompts)
        sections = {"outline": lines, "prompts": prompts, "before_tokens": before}
        language = {"language": self.language(settings, topic), "speakers": list(settings.speakers)}
        return {**requests[0], **sections, **language}

    def _translation_request(
        self, topic: Topic, settings: WritingSettings, material: Material
    ) -> Request:
        text = material.read.get(ORIGINAL, "")
        names = speakers.of(text, settings.speakers)
        request = {
            "language": self.language(settings, topic),
            "original": translation_requests.divided(text, topic, names),
        }
        request |= {"speakers": names} if names else {}
        translation = settings.translation
        if translation.engine == "embedded":
            return {**translation_requests.embedded(topic), **request}
        prompting = replace(
            settings,
            template=translation.template,
            temperature=translation.temperature,
            system_prompt="",
        )
        values = {"from_language": topic.from_language, "sentence": translation_requests.SENTENCE}
        asked = self.text_request(topic, prompting, **values)
        return {**translation_requests.checked(asked, translation.template), **request}

    def maker(self, job: Job[Any]) -> Ask:
        if job.topic.text_file:
            from audio_pipeline.makers import own_text

            return own_text.maker(job, job.topic.text_file)
        if job.topic.is_translated:
            from audio_pipeline.makers import translating

            return translating.maker(job, _writing(job.settings).translation)
        if OUTLINE in job.files:
            from audio_pipeline.makers import section_writing

            return section_writing.maker(job, self.language(job.settings, job.topic))
        return super().maker(job)

    def attempts(self, settings: ScriptSettings, topic: Topic) -> int:
        # The makers of translations and sections count the attempts at each part.
        in_parts = topic.is_translated or (settings.sections > 1 and not topic.text_file)
        return 1 if in_parts else super().attempts(settings, topic)

    def part_of(self, request: Request) -> str:
        if "outline" in request:
            return "section"
        return "sentence" if "original" in request else ""

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        if request["engine"] in (_OWN, translation_requests.EMBEDDED):
            return ()
        if "original" in request:
            return translation_requests.answers(request, attempt)
        if "outline" in request:
            return section_requests.answers(request, attempt, index)
        return super().answers(request, attempt, index)


def _writing(settings: ScriptSettings) -> WritingSettings:
    assert isinstance(settings, WritingSettings)
    return settings


STAGE = Script()
