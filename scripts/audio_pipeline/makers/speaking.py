"""Recordings: the pieces of a text, spoken by a speech service and assembled."""

import functools
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from audio_pipeline import files
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.attempts import Attempt, WantedAnswer, takes_of
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.engines import embedded, models
from audio_pipeline.errors import InputError
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.makers import hearing, spoken_pieces
from audio_pipeline.makers.hearing import Hearing
from audio_pipeline.makers.spoken_pieces import Sound, SpokenPieces
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import AudioSettings, Server
from audio_pipeline.sound import assembly, recogniser, sound_checks
from audio_pipeline.sound.chunks import is_speakable
from audio_pipeline.text import lexicon, speakers

if TYPE_CHECKING:
    from audio_pipeline.http.client import Client

# The clients are slow to import, and not needed by jobs that keep their file.

Speak = Callable[[str], Answer]
_UNSPEAKABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def maker(job: Job[AudioSettings]) -> Ask:
    """Return a function that makes a recording of a text from the sounds of its pieces.

    A text is sent sentence by sentence, or as request["split"] says, each with its own timeout_s, so that long texts
    have more time. service["sentences"]: [first sample, sample after the last, sentence].
    """

    def ask(request: Request, attempt: Attempt) -> Artifact:
        try:
            return make(request, attempt)
        except OSError as error:  # that of a temporary file without a name
            error.filename = error.filename or str(job.output)
            raise

    def make(request: Request, attempt: Attempt) -> Artifact:
        wanted = pieces(request)
        job.output.parent.mkdir(parents=True, exist_ok=True)
        takes, before = takes_of(attempt), attempt.before
        with tempfile.TemporaryFile(dir=job.output.parent) as scratch:
            spoken = SpokenPieces(
                answer_cache.of(job.config),
                request,
                replace(job.settings, length_scale=spoken_pieces.length_scale(request)),
                takes,
                scratch,
                wait_s=2 * job.settings.timeout_s,
                hearing=_hearing(job, request),
                kept=frozenset(answer.key for answer in before.answers) if before else frozenset(),
            )
            for left in reversed(range(job.settings.attempts)):
                sounds = _judged(job, request, wanted, spoken)
                try:
                    artifact = _assembled(sounds, request, spoken.settings, job)
                    return replace(artifact, requested=spoken.requested, takes=takes)
                except sound_checks.BadRecording as error:
                    if not left:
                        raise
                    print(f"{error}; requesting again what causes it")
                    for index in error.pieces:
                        spoken.reject(sounds[index])
        raise AssertionError("attempts is at least 1")

    return ask


def answers(request: Request, attempt: Attempt, index: CacheIndex) -> Iterator[WantedAnswer]:
    """Return the answers of which the recording is made. Raises InputError as `pieces` does."""
    return spoken_pieces.wanted(pieces(request), request, takes_of(attempt), index)


def pieces(request: Request) -> list[assembly.Piece]:
    """Return the pieces of a recording's text. Raises InputError: it has no words, or an invalid pause."""
    text = _UNSPEAKABLE.sub(" ", request["text"])
    cast = {name: own.get("lexicon") for name, own in request.get("cast", {}).items()}
    if not is_speakable(speakers.words(text, cast)):
        raise InputError(
            f"the script {text[:40]!r} has no word that can be spoken; edit it, or delete it to make it again"
        )
    return assembly.pieces(
        text, request["language"], request["split"], request.get("lexicon"), cast
    )


def _hearing(job: Job[AudioSettings], request: Request) -> Hearing | None:
    """Return what hears the sentences, or None if the check is off or impossible."""
    if job.settings.checks[hearing.CHECK] == "off":
        return None
    model, language = job.settings.heard_model, request["language"]
    if not recogniser.knows(model, language):
        print(f"warning: the recogniser does not know {language!r}; nothing is heard")
        return None
    return Hearing(answer_cache.of(job.config), model, language)


def _judged(
    job: Job[AudioSettings],
    request: Request,
    wanted: Sequence[assembly.Piece],
    spoken: SpokenPieces,
) -> list[Sound]:
    """Return all sounds, heard, and request those that are missing or doubtful."""

    def speak_all(server: Server, http: HttpPolicy) -> list[Sound]:
        @functools.cache
        def voice_of(speaker: str) -> Speak:
            own = spoken_pieces.of_speaker(request, speaker)
            return _ENGINES[request["engine"]](own, server, http)

        voice_of("")  # before the slot is taken: it looks for the server
        with http.slot:  # one for all pieces
            return spoken.spoken(wanted, lambda piece: voice_of(piece.speaker)(piece.spoken))

    while True:
        sounds = spoken.cached(wanted) or server_pool.with_server(
            job.slots, job.settings, job.config.http, speak_all
        )
        if judged := spoken.judged(sounds):
            return judged


def _assembled(
    sounds: Sequence[Sound], request: Request, settings: AudioSettings, job: Job[AudioSettings]
) -> Artifact:
    """Return the recording as a temporary file. Raises BadRecording."""
    temporary = files.temporary_of(job.output)
    try:
        recording = assembly.assembled(
            [sound.piece for sound in sounds],
            [sound.read for sound in sounds],
            request,
            settings,
            temporary,
        )
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    passed, warnings = sound_checks.combined(
        [sound.checked for sound in sounds], (recording.passed, recording.warnings)
    )
    verdicts = [sound.verdict for sound in sounds if sound.verdict]
    doubts = [each for each in verdicts if each.is_doubtful(settings.heard_word_error_rate)]
    warnings += dict.fromkeys(map(str, doubts))
    if verdicts and not doubts:
        passed.append(hearing.CHECK)
    for warning in warnings:
        print(f"warning: {warning}")
    return Artifact(
        temporary,
        ", ".join(dict.fromkeys(sound.answer.model for sound in sounds)),
        ["pcm", *passed],
        _details(sounds, recording, warnings),
        answers=[sound.used for sound in sounds],
    )


def _details(
    sounds: Sequence[Sound], recording: assembly.Recording, warnings: list[str]
) -> dict[str, Any]:
    """Return details for the record, and log unusual formats."""
    service: dict[str, Any] = dict(sounds[0].answer.details)
    if len(sounds) > 1:
        service["passages"] = len(sounds)
    service["duration_s"] = round(recording.duration_s, 3)
    service["sentences"] = recording.spans
    sent_as = ", ".join(dict.fromkeys(sound.sent_as for sound in sounds))
    if sent_as != "WAV":
        service["sent_as"] = sent_as
    if recording.formats:
        service["formats"] = recording.formats
        print(
            f"the sound came in {' and '.join(recording.formats)}; resampled to {recording.rate_hz} Hz"
        )
    if warnings:
        service["warnings"] = warnings
    return service


def _piper(request: Request, server: Server, http: HttpPolicy) -> Speak:
    from audio_pipeline.engines import piper

    return _by_piper(piper.client(server, http), request)


def _embedded(request: Request, server: Server, http: HttpPolicy) -> Speak:
    """Return what speaks by Piper or Kokoro, whichever has the voice. Both servers have Piper's protocol."""
    from audio_pipeline.http.client import Client

    voice = request["voice"]
    is_kokoro = models.is_kokoro(voice)
    service = Client(
        "Kokoro" if is_kokoro else "Piper",
        embedded.kokoro() if is_kokoro else embedded.piper(voice),
        timeout_s=server.timeout_s,
        http=embedded.without_patience(http),
        token=embedded.key(),
        advice=embedded.KILLED_ADVICE,
    )
    return _by_piper(service, request)


def _by_piper(service: "Client", request: Request) -> Speak:
    from audio_pipeline.engines import piper

    server = piper.detect(service)
    if server.voices is None:
        lexicon.refuse_phonemes(request.get("lexicon", {}), f"{service.place}, {server.version},")
        print(
            f"{service.place}: the old server has one voice and no options; audio.voice is ignored"
        )
    details = {"version": server.version}
    return lambda text: Answer(
        piper.speak(service, server, request, text).body, request["voice"], details
    )


def _openai(request: Request, server: Server, http: HttpPolicy) -> Speak:
    from audio_pipeline.engines import openai

    service = openai.client("audio", server, http)
    lexicon.refuse_phonemes(request.get("lexicon", {}), service.place)
    return lambda text: Answer(openai.speak(service, request, text).body, request["voice"])


_ENGINES: dict[str, Callable[[Request, Server, HttpPolicy], Speak]] = {
    "piper": _piper,
    "embedded": _embedded,
    "openai": _openai,
}
