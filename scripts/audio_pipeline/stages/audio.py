"""Recording of a topic's text, spoken by Piper or by a service with OpenAI's protocol."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SPOKEN, TEXT, Finding, Job, Material, Probe, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.core.voices import cast_settings, voice_settings, voices_of
from audio_pipeline.engines import models
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.settings import AudioSettings, Configuration
from audio_pipeline.text import pauses, speakers

if TYPE_CHECKING:
    from audio_pipeline.text.lexicon import Lexicon

_SECONDS_PER_TOPIC = 120  # of speech, more than most scripts need


class Audio(Stage[AudioSettings]):
    """A WAV file of 16-bit PCM with normalised loudness."""

    name, order = "audio", 30
    path = "audio/{slug}.wav"
    rule, target = "synthesize_audio", "audio"
    noun, title = ("recording", "recordings"), "Recording"
    sources = {TEXT: SPOKEN}
    settings_type = AudioSettings
    service = "tts"
    computing = ("embedded",)
    part = "sentence"
    optional = ("max_characters", "lexicon", "cast")

    def describe(self, config: Configuration, topics: Sequence[Topic]) -> str:
        settings = self.settings(config)
        voices = sorted({voice for topic in topics for voice in voices_of(topic, settings)})
        more = f" and {len(voices) - 3} more" if len(voices) > 3 else ""
        return f"{settings.engine} {', '.join(voices[:3])}{more}"

    def check_topic(self, settings: AudioSettings, topic: Topic, place: str) -> None:
        """Check that the language has a voice, and with the embedded engine, that it is available and speaks it."""
        language = self.language(settings, topic)
        where = f"{place}: line {topic.line}: the topic {topic.slug!r} is in {language!r}"
        try:
            voice = voice_settings(topic, settings)["voice"]
        except InputError as error:
            raise InputError(f"{where}, {error}") from None
        if settings.engine == "openai":
            _refuse_phonemes([topic], settings, "audio.engine: openai")
        if settings.engine != "embedded":
            return
        try:
            for each in voices_of(topic, settings):
                models.check_voice(each)
        except EngineError as error:
            raise EngineError(f"{where}; {error}") from None
        if voice.split("_")[0].lower() != language.split("-")[0].lower():
            raise InputError(
                f"{where}, but the voice {voice} is not: set audio.voice, or put voice=… behind the topic"
            )

    def request(self, topic: Topic, settings: AudioSettings, material: Material) -> Request:
        request: Request = {"engine": settings.engine}
        if settings.engine == "openai":
            request["model"] = settings.model
        request |= _parameters(settings, voice_settings(topic, settings))
        for key in ("split", "sentence_pause_s", "paragraph_pause_s", "rate_hz", "loudness_lufs"):
            request[key] = getattr(settings, key)
        # Omitted if unset, so that recordings made before this key existed stay current.
        if settings.max_characters:
            request["max_characters"] = settings.max_characters
        request["language"] = self.language(settings, topic)
        # Only terms of this text, so that a new term makes no other recording stale.
        if settings.lexicon:
            text = speakers.words(material.text, settings.speakers)
            terms = pronunciations(topic, settings).occurring(text)
            request |= {"lexicon": terms} if terms else {}
        if cast := self._cast(topic, settings, material.text):
            request["cast"] = cast
        return {**request, "text": material.text.strip()}

    def _cast(self, topic: Topic, settings: AudioSettings, text: str) -> dict[str, Request]:
        """Return what differs in the requests for the turns of each speaker of a text."""
        turns = speakers.turns(text, settings.speakers) if settings.cast else []
        said: dict[str, list[str]] = {}
        for turn in turns:
            if turn.speaker:
                said.setdefault(turn.speaker, []).append(turn.text)
        cast = {}
        for name, texts in said.items():
            voice = cast_settings(name, topic, settings)
            cast[name] = _parameters(settings, voice)
            if settings.lexicon:
                language = topic.language or settings.language
                known = _pronunciations(settings, language, voice["voice"])
                cast[name]["lexicon"] = known.occurring(pauses.without("\n\n".join(texts)))
        return cast

    def maker(self, job: Job[AudioSettings]) -> Ask:
        from audio_pipeline.makers import speaking  # slow to import, and not needed by the plan

        return speaking.maker(job)

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        from audio_pipeline.makers import speaking

        return speaking.answers(request, attempt, index)

    def answer_noun(self, settings: AudioSettings) -> tuple[str, str] | None:
        return (
            ("sentence", "sentences") if settings.split == "sentence" else ("passage", "passages")
        )

    def attempts(self, settings: AudioSettings, topic: Topic) -> int:
        return 1  # the maker counts the attempts at each sentence

    def largest(self, config: Configuration) -> int:
        return 44_100 * _SECONDS_PER_TOPIC

    def preflight(self, probe: Probe[AudioSettings]) -> Iterator[Finding]:
        if probe.settings.checks["heard"] != "off":
            yield from _check_recogniser(probe)
        if check := _PREFLIGHT.get(probe.settings.engine):
            yield from check(probe)


def pronunciations(topic: Topic, settings: AudioSettings) -> "Lexicon":
    """Return the pronunciations for the topic's language and voice."""
    return _pronunciations(settings, *language_and_voice(topic, settings))


def _pronunciations(settings: AudioSettings, language: str, voice: str) -> "Lexicon":
    from audio_pipeline.text import lexicon  # slow to import, and few projects have one

    return lexicon.of(settings.lexicon, lexicon.keys(settings.lexicon, language, voice))


def _parameters(settings: AudioSettings, voice: Mapping[str, Any]) -> Request:
    """Return the part of a request that says how a voice speaks."""
    if settings.engine == "openai":
        return {"voice": voice["voice"], "speed": round(1 / voice["length_scale"], 3)}
    return dict(voice)


def language_and_voice(topic: Topic, settings: AudioSettings) -> tuple[str, str]:
    return topic.language or settings.language, voice_settings(topic, settings)["voice"]


def _refuse_phonemes(topics: Sequence[Topic], settings: AudioSettings, where: str) -> None:
    """Raise InputError if the lexicon has phonemes for one of the topics, which `where` cannot speak."""
    if settings.lexicon:
        from audio_pipeline.text.lexicon import refuse_phonemes

        for topic in topics:
            refuse_phonemes(pronunciations(topic, settings).terms, where)


def _check_piper(probe: Probe[AudioSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import piper

    settings, voices = probe.settings, _voices(probe)
    service = piper.client(probe.server, probe.http)
    server = piper.detect(service)
    if server.voices is None:
        piper.check_is_piper(service)
        _refuse_phonemes(probe.topics, settings, f"{service.place}, {server.version},")
        yield Finding(
            True,
            f"{service.place}, {server.version}: it has one voice and no options; audio.voice is ignored",
        )
        return
    for name in voices:
        config = piper.voice(service, server, name)
        if (kind := config.get("phoneme_type", "espeak")) != "espeak":
            own = [t for t in probe.topics if voice_settings(t, settings)["voice"] == name]
            _refuse_phonemes(own, settings, f"the voice {name} (phonemes: {kind})")
        if settings.speaker is not None:
            piper.speaker_id(settings.speaker, name, config)
    yield Finding(True, f"{service.place}, {server.version}, has {', '.join(voices)}")
    yield from _check_languages(
        probe, {name: piper.language(name, server.voices[name]) for name in voices}
    )


def _check_openai(probe: Probe[AudioSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import openai

    yield from openai.check("audio", probe.settings.model, probe.server, probe.http)


def _check_embedded(probe: Probe[AudioSettings]) -> Iterator[Finding]:
    models.check_installed("piper")
    for name in _voices(probe):
        if models.is_kokoro(name):
            from audio_pipeline.engines import kokoro

            kokoro.model()  # fetched here, as nodes of a cluster may have no network
        else:
            models.voice(name)
    yield Finding(True, f"embedded, {', '.join(_voices(probe))}")


def _check_recogniser(probe: Probe[AudioSettings]) -> Iterator[Finding]:
    """Check that sentences can be heard, and report languages in which they cannot."""
    from audio_pipeline.sound import recogniser

    settings = probe.settings
    try:
        recogniser.check_installed(settings.heard_model)
    except EngineError as error:
        raise EngineError(f"{error}; or set audio.checks.heard: off") from None
    languages = {topic.language or settings.language for topic in probe.topics}
    unknown = sorted(code for code in languages if not recogniser.knows(settings.heard_model, code))
    if unknown:
        yield Finding(
            True,
            f"note: the recogniser does not know {', '.join(map(repr, unknown))}; recordings in it are not heard",
        )


def _voices(probe: Probe[AudioSettings]) -> list[str]:
    return sorted({voice for topic in probe.topics for voice in voices_of(topic, probe.settings)})


def _check_languages(
    probe: Probe[AudioSettings], language_of: Mapping[str, str]
) -> Iterator[Finding]:
    """Report topics in another language than their voice's. language_of: voice → its language."""
    for voice, language in language_of.items():
        mismatches = [
            (topic.slug, expected)
            for topic in probe.topics
            if voice_settings(topic, probe.settings)["voice"] == voice
            and _primary(expected := topic.language or probe.settings.language)
            != _primary(language)
        ]
        if mismatches:
            slug, expected = mismatches[0]
            more = f" and {len(mismatches) - 1} more" if len(mismatches) > 1 else ""
            yield Finding(
                False,
                f"the voice {voice} speaks {language}, but the topic {slug!r}{more} is in {expected}: "
                "set audio.voice, or put voice=… behind the topic",
            )


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


_PREFLIGHT = {"piper": _check_piper, "embedded": _check_embedded, "openai": _check_openai}

STAGE = Audio()
