"""Many look-ups in an answer cache: its folders are listed once, which replaces thousands of calls of stat()."""

from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.attempts import WantedAnswer, number_key, numbered, numbers
from audio_pipeline.core.request import digests


class CacheIndex:
    """The keys in a cache, each folder as it was at the first look-up there."""

    def __init__(self, cache: AnswerCache) -> None:
        self._cache = cache
        self._keys: dict[tuple[str, str], set[str]] = {}

    def has(self, wanted: WantedAnswer) -> bool:
        """True if one of the attempts at the answer is in the cache, as for `attempts.first_cached`."""
        return self._first(wanted) is not None

    def refusal(self, wanted: WantedAnswer) -> Answer | None:
        """Return the cached answer if it has no data, which stands for a refusal. Returns None otherwise."""
        found = self._first(wanted)
        if not found or not self._cache.is_empty(wanted.kind, found[1]):
            return None
        return self._cache.get(wanted.kind, numbered(wanted.unit, found[0]))

    def answer(self, wanted: WantedAnswer) -> Answer | None:
        """Return the first attempt at the answer that is in the cache, or None."""
        found = self._first(wanted)
        return self._cache.get(wanted.kind, numbered(wanted.unit, found[0])) if found else None

    def _first(self, wanted: WantedAnswer) -> tuple[int, str] | None:
        """Return number and key of the first attempt in the cache."""
        name, first = number_key(wanted.unit)
        attempts = numbers(wanted.take)
        keys = digests(wanted.unit, name, (first + number for number in attempts))
        for number, key in zip(attempts, keys, strict=True):
            if key in self._listed(wanted.kind, key[:2]):
                return number, key
        return None

    def _listed(self, kind: str, beginning: str) -> set[str]:
        if (kind, beginning) not in self._keys:
            self._keys[kind, beginning] = self._cache.keys(kind, beginning)
        return self._keys[kind, beginning]
