"""Sounds of the pieces of a text, each taken from the answer cache or requested.

A piece that fails its checks is requested again, no other. A killed job loses only the piece that it was waiting for.

A recogniser hears the sounds after all have arrived, so that no slot is held meanwhile. Those that it understands badly
stay in the cache, as they are sounds all the same: the best of them may be the one to use.
"""

import collections
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, TypeVar

from audio_pipeline.core import attempts
from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.attempts import WantedAnswer, numbered
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.record import UsedAnswer, unit_of
from audio_pipeline.core.request import Request, digest
from audio_pipeline.engines import text_limit
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.makers import hearing
from audio_pipeline.makers.answers import timed
from audio_pipeline.makers.hearing import Hearing, Verdict
from audio_pipeline.run import request_log
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import assembly, decoding, sound_checks, wav
from audio_pipeline.text import respelling
from audio_pipeline.text.lexicon import Terms

KIND = "speech"
_OPTIONS = (
    "engine", "model", "voice", "speed", "speaker", "length_scale", "noise_scale", "noise_w_scale"
)  # fmt: skip
_LIMIT = "most_characters"  # detail of an answer without data: the service refuses longer texts

Speak = Callable[[assembly.Piece], Answer]
Takes = Mapping[str, Sequence[int]]
T = TypeVar("T")


@dataclass(frozen=True)
class Sound:
    """The sound of a piece. read: returns a plain WAV file; sent_as: format of the service's file; checked: results of
    the piece's checks; answer: the service's, without data; used: where that is in the cache; verdict: None if it was
    not heard.
    """

    piece: assembly.Piece
    read: Callable[[], bytes]
    sent_as: str
    checked: sound_checks.Result
    answer: Answer
    used: UsedAnswer
    verdict: Verdict | None = None


class _TooLong(Exception):
    """The service refuses longer texts than `limit` characters."""

    def __init__(self, limit: int) -> None:
        self.limit = limit


def of_speaker(request: Request, speaker: str) -> Request:
    """Return the request with the voice and the pronunciations of a speaker, "" for the topic's own voice."""
    return {**request, **request["cast"][speaker]} if speaker else request


def unit(request: Request, text: str, speaker: str = "") -> Request:
    """Return what shapes the sound of a text, but for its take. request: of the recording."""
    own = of_speaker(request, speaker)
    return {key: own[key] for key in _OPTIONS if key in own} | {"text": text}


def wanted(
    pieces: Sequence[assembly.Piece], request: Request, takes: Takes, index: CacheIndex
) -> Iterator[WantedAnswer]:
    """Yield the answers that `SpokenPieces` looks for, for the plan."""

    def answer(piece: assembly.Piece, alone: bool) -> WantedAnswer:
        result = _wanted(request, piece, takes)
        refusal = index.refusal(result)
        if refusal and (limit := _limit_of(refusal)):
            raise _TooLong(limit)
        return result

    return _collect(pieces, request, answer)


def _collect(
    pieces: Sequence[assembly.Piece],
    request: Request,
    use: Callable[[assembly.Piece, bool], T],
) -> Iterator[T]:
    """Yield the result of `use` for each piece; pieces that exceed max_characters, or the service's limit, are divided.

    use: called with a piece, and True if it is the only one; raises _TooLong.
    """
    limit, queue = request.get("max_characters"), collections.deque(pieces)
    language = request["language"]
    alone = len(pieces) == 1
    while queue:
        piece = queue.popleft()
        if not limit or len(piece.spoken) <= limit:
            try:
                yield use(piece, alone)
                continue
            except _TooLong as error:
                limit = error.limit
        alone = False
        lexicon = of_speaker(request, piece.speaker).get("lexicon")
        queue.extendleft(reversed(assembly.divided(piece, language, limit, lexicon)))


def _wanted(request: Request, piece: assembly.Piece, takes: Takes) -> WantedAnswer:
    asked = unit(request, piece.spoken, piece.speaker)
    return WantedAnswer(KIND, asked, attempts.take_of(takes, asked))


def _limit_of(answer: Answer) -> int | None:
    """Return the most characters that the service accepts if the answer stands for a refusal, else None."""
    limit = answer.details.get(_LIMIT)
    return limit if not answer.data and isinstance(limit, int) and limit > 0 else None


@dataclass
class SpokenPieces:
    """Collects the sounds of a recording. takes: see `attempts.takes_of`; scratch: file for the decoded sounds; wait_s:
    longest wait for another job that requests the same sound; hearing: None if nothing is heard; kept: keys of the
    sounds in the recording's record; requested: answers that were requested so far.
    """

    cache: AnswerCache
    request: Request
    settings: AudioSettings
    takes: Takes
    scratch: BinaryIO
    wait_s: float
    hearing: Hearing | None = None
    kept: frozenset[str] = frozenset()
    requested: int = 0
    _sounds: dict[str, Sound] = field(default_factory=dict)  # by key
    _stored: dict[str, Request] = field(default_factory=dict)  # by this job, by key
    _rejected: set[str] = field(default_factory=set)  # keys
    _attempts: collections.Counter[str] = field(default_factory=collections.Counter)  # by unit
    _asked_for: set[str] = field(default_factory=set)  # by this job, keys
    _verdicts: dict[str, Verdict] = field(default_factory=dict)  # by key
    _doubtful: dict[str, set[str]] = field(default_factory=dict)  # unit → keys

    def cached(self, pieces: Sequence[assembly.Piece]) -> list[Sound] | None:
        """Return the sounds in order if all are in the cache, else None."""
        sounds = []
        for sound in self._collect(pieces, None):
            if sound is None:
                return None
            sounds.append(sound)
        return sounds

    def spoken(self, pieces: Sequence[assembly.Piece], speak: Speak) -> list[Sound]:
        """Return the sounds in order, and request those that are missing. Raises BadAnswer: one fails all attempts."""
        return [sound for sound in self._collect(pieces, speak) if sound]

    def judged(self, sounds: Sequence[Sound]) -> list[Sound] | None:
        """Return the sounds with what is heard of each. Returns None if there is a new doubt: collect them again."""
        if not self.hearing:
            return list(sounds)
        judged, has_new_doubt = [], False
        for sound in sounds:
            key = sound.used.key
            if key not in self._verdicts:
                self._verdicts[key] = self._heard(sound, self.hearing)
                has_new_doubt |= self._note_doubt(sound.used)
            judged.append(replace(sound, verdict=self._verdicts[key]))
        return None if has_new_doubt else judged

    def reject(self, sound: Sound) -> None:
        """Use another sound for this piece from now on. One that this job has requested is removed from the cache."""
        key = sound.used.key
        self._rejected.add(key)
        if key in self._stored:
            self.cache.remove(KIND, self._stored.pop(key))
        request_log.answer_rejected("audio")

    def _collect(
        self, pieces: Sequence[assembly.Piece], speak: Speak | None
    ) -> Iterator[Sound | None]:
        return _collect(pieces, self.request, lambda piece, alone: self._sound(piece, alone, speak))

    def _sound(self, piece: assembly.Piece, alone: bool, speak: Speak | None) -> Sound | None:
        """Return the sound of a piece. Returns None if it is not in the cache, and there is no service to ask."""
        _, wanted, take = _wanted(self.request, piece, self.takes)
        name = unit_of(wanted)

        def key(number: int) -> str:
            return digest(numbered(wanted, number))

        def use(number: int) -> Sound:
            used = UsedAnswer(key(number), name, take)
            if used.key not in self._sounds:
                request = numbered(wanted, number)
                self._sounds[used.key] = self._use(piece, alone, request, used, speak)
            return replace(self._sounds[used.key], piece=piece)

        def has(number: int) -> bool:
            return key(number) in self._sounds or self.cache.has_key(KIND, key(number))

        def is_usable(number: int) -> bool:
            excluded = self._rejected | self._doubtful.get(name, set())
            return key(number) not in excluded and has(number)

        def is_spent(number: int) -> bool:
            return key(number) in self._rejected or has(number)

        # First the sound in the record: it may have been preferred to an earlier one for what was heard.
        sound = attempts.first_cached(take, lambda n: key(n) in self.kept and is_usable(n), use)
        sound = sound or attempts.first_cached(take, is_usable, use)
        left = self.settings.attempts - self._attempts[name] - len(self._found(name))
        if sound or (left > 0 and not speak):
            return sound
        try:
            if left < 1:
                raise BadAnswer(self._why_none(piece, name))
            return attempts.first_requested(take, left, is_spent, use, _log_rejected)
        except BadAnswer:
            best = self._best(
                name, [key(n) for n in attempts.numbers(take, self.settings.attempts)]
            )
            if best is None or self.settings.checks[hearing.CHECK] == "error":
                raise
            return replace(self._sounds[best], piece=piece)

    def _lexicon(self, piece: assembly.Piece) -> Terms | None:
        return of_speaker(self.request, piece.speaker).get("lexicon")

    def _heard(self, sound: Sound, by: Hearing) -> Verdict:
        """Return what is heard of a sound. It may be part of a sentence, so both texts count."""
        spoken = respelling.countable(sound.piece.spoken, self._lexicon(sound.piece))
        texts = [sound.piece.written or spoken, spoken]
        return hearing.judged(texts, by.heard(sound.read()), by.language)

    def _note_doubt(self, used: UsedAnswer) -> bool:
        """Return True if another sound is to be used, where there is one."""
        verdict = self._verdicts[used.key]
        if not verdict.is_doubtful(self.settings.heard_word_error_rate):
            return False
        if used.key in self.kept and self.settings.checks[hearing.CHECK] == "warn":
            return False  # an edit elsewhere in the text does not change this sentence
        print(verdict)
        _log_rejected()
        self._doubtful.setdefault(used.unit, set()).add(used.key)
        return True

    def _found(self, name: str) -> set[str]:
        """Return the keys of the doubtful sounds of a unit that this job has not requested."""
        return self._doubtful.get(name, set()) - self._asked_for

    def _best(self, name: str, keys: Sequence[str]) -> str | None:
        """Return the key of the doubtful sound with the fewest errors; of equals, the first."""
        usable = self._doubtful.get(name, set()) - self._rejected
        return min(
            (key for key in keys if key in usable),
            key=lambda key: self._verdicts[key].rate,
            default=None,
        )

    def _why_none(self, piece: assembly.Piece, name: str) -> str:
        """Return why a piece has no sound after all attempts."""
        if not (keys := self._doubtful.get(name)):
            return f"the sound of {piece.spoken[:40]!r} failed its checks again"
        best = min((self._verdicts[key] for key in keys), key=lambda verdict: verdict.rate)
        count = f", the best of {len(keys)} attempts" if len(keys) > 1 else ""
        return f"{best}{count}; raise audio.attempts to request more, or edit the sentence"

    def _use(
        self,
        piece: assembly.Piece,
        alone: bool,
        request: Request,
        used: UsedAnswer,
        speak: Speak | None,
    ) -> Sound:
        """Return the sound that answers a request, from the cache or the service."""
        answer = self.cache.get(KIND, request)
        if answer:
            return self._checked(piece, alone, answer, used)
        if not speak:
            raise BadAnswer("it is damaged")
        with self.cache.lock(KIND, request, self.wait_s):
            if answer := self.cache.get(KIND, request):
                return self._checked(piece, alone, answer, used)
            self.requested += 1
            self._attempts[used.unit] += 1
            answer = self._asked(piece, request, speak)
            sound = self._checked(piece, alone, answer, used)
            self._asked_for.add(used.key)
            if self.cache.put(KIND, request, answer):
                self._stored[used.key] = request
            return sound

    def _asked(self, piece: assembly.Piece, request: Request, speak: Speak) -> Answer:
        """Return the service's answer, or one that says how long a text may be."""
        try:
            return timed(lambda: speak(piece))
        except (RequestRefused, ServiceUnavailable) as refusal:
            limit = text_limit.from_refusal(refusal, len(piece.spoken))
            if not limit:
                raise
            print(f"{refusal}; dividing the text; set audio.max_characters: {limit} to avoid this")
            self.requested -= 1
            self._attempts[unit_of(unit(self.request, piece.spoken, piece.speaker))] -= 1
            self.cache.put(KIND, request, Answer(b"", details={_LIMIT: limit}))
            raise _TooLong(limit) from None

    def _checked(
        self, piece: assembly.Piece, alone: bool, answer: Answer, used: UsedAnswer
    ) -> Sound:
        """Decode and check a sound. Raises BadAnswer; _TooLong: the answer says that the text is to be divided."""
        if limit := _limit_of(answer):
            raise _TooLong(limit)
        file, sent_as = decoding.decoded(answer.data)
        words = respelling.countable(piece.spoken, self._lexicon(piece))  # no phonemes
        own = of_speaker(self.request, piece.speaker)
        settings = replace(self.settings, length_scale=length_scale(own))
        checked = sound_checks.check_piece(
            wav.parse(file), words, self.request["language"], settings, alone=alone
        )
        self.scratch.seek(0, os.SEEK_END)
        start = self.scratch.tell()
        self.scratch.write(file)

        def read() -> bytes:
            self.scratch.seek(start)
            return self.scratch.read(len(file))

        return Sound(piece, read, sent_as, checked, replace(answer, data=b""), used)


def length_scale(request: Request) -> float:
    """Return the requested length of speech, relative to the voice's normal speed."""
    return float(1 / request["speed"] if "speed" in request else request["length_scale"])


def _log_rejected() -> None:
    request_log.answer_rejected("audio")
