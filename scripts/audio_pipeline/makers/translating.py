"""Translations of scripts, sentence by sentence: each from an answer of its own, so an edit asks for one sentence."""

import functools
from dataclasses import dataclass, field

from audio_pipeline import sanitize
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.attempts import Attempt, takes_of
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.record import UsedAnswer
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import ORIGINAL, Job
from audio_pipeline.engines import translator
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.makers import translation_requests, writing
from audio_pipeline.makers.answers import SingleAnswer
from audio_pipeline.settings import ScriptSettings, TranslationSettings
from audio_pipeline.text import cleaning, pauses, script_checks, translation_checks

_OF_SENTENCES = ("characters", "refusal", "markup", "forbidden")  # of the checks of scripts
_DRAFT = "the translation is a draft of a small model; read it, and correct it by hand"
_OF_TEXTS = ("language",)


def maker(job: Job[ScriptSettings], translation: TranslationSettings) -> Ask:
    """Return a function that translates the original's script.

    service["warnings"]: of the checks; that of the embedded translator says that a person should read it.
    """

    def ask(request: Request, attempt: Attempt) -> Artifact:
        if not any(request["original"]):
            path = job.files.get(ORIGINAL, "--original")
            raise InputError(f"{path}: has no words to translate; write the original there")
        sentences = _Sentences(job, translation, request, attempt)
        paragraphs = [
            " ".join(sentences.translated(part) for part in paragraph)
            for paragraph in request["original"]
        ]
        text = "\n\n".join(paragraphs)
        settings = job.settings.with_checks(_OF_TEXTS)
        try:
            passed, warnings = script_checks.run(text, request["language"], settings)
        except BadAnswer:
            sentences.forget()
            raise
        return sentences.artifact(text, passed, warnings)

    return ask


@dataclass
class _Sentences:
    """Translations of the sentences of a script, as they are made."""

    job: Job[ScriptSettings]
    settings: TranslationSettings
    request: Request
    attempt: Attempt
    requested: int = 0
    known: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)
    answers: list[UsedAnswer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.takes = takes_of(self.attempt)
        self.wanted = set(translation_requests.to_translate(self.request))

    def translated(self, part: str) -> str:
        """Return the translation of a sentence, and a pause as it is. Raises ServiceError, EngineError."""
        if title := pauses.chapter_title(part):
            return pauses.chapter(self.translated(title))
        if part not in self.wanted:
            return part
        if part not in self.known:
            is_embedded = self.request["engine"] == translation_requests.EMBEDDED
            self.known[part] = self._embedded(part) if is_embedded else self._requested(part)
        return self.known[part]

    def forget(self) -> None:
        """Remove the answers from the cache, as together they are no translation: the next run asks again."""
        cache = answer_cache.of(self.job.config)
        for used in self.answers:
            cache.remove_key(translation_requests.KIND, used.key)

    def artifact(self, text: str, passed: list[str], warnings: list[str]) -> Artifact:
        is_draft = self.request["engine"] == translation_requests.EMBEDDED
        warnings = [*([_DRAFT] if is_draft else []), *self.warnings, *warnings]
        for warning in warnings:
            print(f"warning: {warning}")
        service: dict[str, object] = {"warnings": warnings} if warnings else {}
        checks = [name for name, level in self.settings.checks.items() if level != "off"]
        return Artifact(
            f"{text}\n".encode(),
            ", ".join(self.models),
            [*checks, *passed],
            service,
            requested=self.requested,
            answers=self.answers,
            takes=self.takes,
        )

    def _embedded(self, sentence: str) -> str:
        model = self.request["model"]
        self.models[model] = None
        text = translator.translated(sentence, model)
        return self._checked(
            sentence,
            translation_checks.with_numbers_of(
                sentence, text, self.job.topic.from_language or "", self.request["language"]
            ),
        )

    def _requested(self, sentence: str) -> str:
        def finish(request: Request, seed: int | None, answer: Answer) -> Artifact:
            if answer.details.get("cut_off"):
                raise BadAnswer(
                    f"the translation of {sentence[:60]!r} was cut off after {request['max_tokens']} tokens"
                )
            text = answer.data.decode(errors="replace")
            script_checks.refuse_far_too_long(text, self.job.settings)
            text = " ".join(cleaning.spoken_words(text, self.request["language"]).split())
            return Artifact(self._checked(sentence, text).encode(), answer.model, [])

        settings = self.job.settings
        cache = answer_cache.of(self.job.config)
        ask = functools.partial(writing.ask, self.job)
        single = SingleAnswer(
            cache, translation_requests.KIND, dict, 2 * settings.timeout_s, ask, finish
        )
        made = single.of_part(
            translation_requests.unit(self.request, sentence),
            self.attempt,
            self.takes,
            settings.attempts,
            "script",
        )
        self.requested += made.requested
        self.models[made.model] = None
        self.answers += made.answers
        assert isinstance(made.data, bytes)
        return made.data.decode()

    def _checked(self, sentence: str, text: str) -> str:
        """Return the translation of a sentence. Raises BadAnswer: it fails a check."""
        shown = sentence if len(sentence) <= 60 else f"{sentence[:60]}…"
        if fault := translation_checks.fault(sentence, text):
            raise BadAnswer(
                f"the translation of {shown!r} {fault}; expected the same in other words"
            )
        if sanitize.has_secret(text):
            raise BadAnswer("the translation repeats the key of the service")
        settings = self.job.settings.with_checks(_OF_SENTENCES)
        _, warnings = script_checks.run(text, self.request["language"], settings)
        numbers = translation_checks.changed_numbers(
            sentence, text, self.job.topic.from_language or "", self.request["language"]
        )
        names = translation_checks.lost_names(sentence, text)
        for check, found in (("numbers", numbers), ("names", names)):
            level = self.settings.checks[check]
            if found and level != "off":
                message = (
                    f"the translation of {shown!r} is {text!r}, which differs in {', '.join(found)} "
                    f"(translation.checks.{check})"
                )
                if level == "error":
                    raise BadAnswer(message)
                warnings.append(message)
        self.warnings |= dict.fromkeys(warnings)
        return text
