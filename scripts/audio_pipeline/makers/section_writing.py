"""Longer scripts, section by section: each from an answer of its own, which knows what was said before."""

import functools

from audio_pipeline import files
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.attempts import Attempt, takes_of
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.record import UsedAnswer
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import OUTLINE, SOURCE, Job
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.makers import section_requests, writing
from audio_pipeline.makers.answers import SingleAnswer
from audio_pipeline.settings import ScriptSettings
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.text import pauses, script_checks, speakers

_OF_THE_WHOLE = ("near_duplicate", "language")  # checks


def maker(job: Job[ScriptSettings], language: str) -> Ask:
    """Return a function that writes the sections of an outline, each after the mark of its chapter."""
    source = files.read_text(job.files[SOURCE]) if SOURCE in job.files else ""
    cache = answer_cache.of(job.config)
    names = job.settings.speakers

    def ask(request: Request, attempt: Attempt) -> Artifact:
        if not request["outline"]:
            raise InputError(
                f"{job.files[OUTLINE]}: has no lines; write one for each section, as in `Origins: where it began`"
            )
        takes = takes_of(attempt)
        texts: list[str] = []
        warnings: dict[str, None] = {}
        passed: list[str] = []
        models: dict[str, None] = {}
        answers: list[UsedAnswer] = []
        requested = 0
        for number, line in enumerate(request["outline"]):
            finish = functools.partial(_finish, job, language, source, tuple(texts))
            single = SingleAnswer(
                cache,
                section_requests.KIND,
                dict,
                2 * job.settings.timeout_s,
                functools.partial(writing.ask, job),
                finish,
            )
            unit = section_requests.unit(request, number, texts)
            try:
                made = single.of_part(unit, attempt, takes, job.settings.attempts, "script")
            except BadAnswer as error:
                raise BadAnswer(f"section {number + 1}, {line[:60]!r}: {error}") from None
            assert isinstance(made.data, bytes)
            texts.append(made.data.decode())
            requested += made.requested
            models[made.model] = None
            answers += made.answers
            passed = made.checks
            warnings |= dict.fromkeys(made.service.get("warnings", []))
            print(
                f"section {number + 1} of {len(request['outline'])}: {section_requests.title(line, language)}"
            )
        titles = [section_requests.title(line, language) for line in request["outline"]]
        text = "\n\n".join(
            "\n\n".join(filter(None, (pauses.chapter(title), part)))
            for title, part in zip(titles, texts, strict=True)
        )
        index = job.record.with_name(similarity_index.NAME)
        settings = job.settings.with_checks(_OF_THE_WHOLE)
        words = speakers.without(text, names)
        try:
            more, doubts = script_checks.run(words, language, settings, job.output, index)
        except BadAnswer:  # so that the next run asks again
            for used in answers:
                cache.remove_key(section_requests.KIND, used.key)
            raise
        warnings |= dict.fromkeys(doubts)
        for warning in warnings:
            print(f"warning: {warning}")
        on_stored = script_checks.remember(job.settings, job.output, index)
        service = {"warnings": list(warnings)} if warnings else {}
        return Artifact(
            f"{text}\n".encode(), ", ".join(models), [*passed, *more], service, on_stored,
            requested=requested, answers=answers, takes=takes,
        )  # fmt: skip

    return ask


def _finish(
    job: Job[ScriptSettings],
    language: str,
    source: str,
    before: tuple[str, ...],
    request: Request,
    seed: int | None,
    answer: Answer,
) -> Artifact:
    """Return the text of a section. Raises BadAnswer: it fails a check, or repeats an earlier section."""
    settings = job.settings.with_checks(job.settings.checks.keys() - set(_OF_THE_WHOLE))
    text, service = writing.text_of(job, language, request, answer)
    words = speakers.without(text, settings.speakers)
    passed, warnings = script_checks.run(
        words, language, settings, source=source, topic=job.topic.text
    )
    level = settings.checks["repetition"]
    repeated = script_checks.repeated(words, "\n\n".join(before), language)
    if repeated and level != "off":
        message = f"the script says again what an earlier section says, {repeated[0]!r} (script.checks.repetition)"
        if level == "error":
            raise BadAnswer(message)
        warnings.append(message)
    service |= {"warnings": warnings} if warnings else {}
    return Artifact(text.encode(), answer.model, passed, service)
