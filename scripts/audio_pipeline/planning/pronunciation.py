"""Terms of the lexicon that have no effect on any recording."""

from collections.abc import Iterator

from audio_pipeline import files
from audio_pipeline.core.voices import cast_settings
from audio_pipeline.project import Project
from audio_pipeline.stages import audio
from audio_pipeline.text import lexicon, pauses

_MOST_LINES = 10


def without_effect(project: Project) -> list[str]:
    """Return a line for each term without effect, at most ten. Reads scripts only if the lexicon has terms."""
    if not any(project.config.audio.lexicon.values()):
        return []
    lines = list(_lines(project))
    more = len(lines) - _MOST_LINES
    rest = [f"lexicon: and {more} more without effect"] if more > 0 else []
    return [*lines[:_MOST_LINES], *rest]


def _lines(project: Project) -> Iterator[str]:
    configured, use = project.config.audio.lexicon, _Use(project)
    for key, terms in configured.items():
        if terms and key not in use.keys:
            yield f"lexicon: no topic has the language or voice {key!r}; its terms have no effect"
            continue
        for term in terms:
            if (key, term) not in use.effective:
                yield f"lexicon: {term!r} ({key}) has no effect: a more specific language or a voice has it too"
            elif (key, term) not in use.occurring and key in use.keys_of_texts:
                so_far = " so far" if key in use.keys_of_missing_texts else ""
                yield f"lexicon: {term!r} ({key}) occurs in no script{so_far}; check its spelling"


class _Use:
    """Where the lexicon applies.

    keys: languages and voices of topics; keys_of_texts, keys_of_missing_texts: those of topics with and without a text;
    effective: (key, term) that no stronger key replaces for some topic; occurring: those that are in its text.
    """

    def __init__(self, project: Project) -> None:
        self.keys: set[str] = set()
        self.keys_of_texts: set[str] = set()
        self.keys_of_missing_texts: set[str] = set()
        self.effective: set[tuple[str, str]] = set()
        self.occurring: set[tuple[str, str]] = set()
        for slug in project.topics_of("audio"):
            self._add(project, slug)

    def _add(self, project: Project, slug: str) -> None:
        topic, settings = project.topics[slug], project.config.audio
        language, voice = audio.language_and_voice(topic, settings)
        cast = [cast_settings(name, topic, settings)["voice"] for name in settings.cast]
        for each in dict.fromkeys([voice, *cast]):
            self._add_voice(project, slug, lexicon.keys(settings.lexicon, language, each))

    def _add_voice(self, project: Project, slug: str, keys: list[str]) -> None:
        """Add a voice that may speak a topic's text. keys: of the lexicon, that apply to it."""
        configured = project.config.audio.lexicon
        if not keys:
            return
        known = lexicon.of(configured, keys)
        origins = {term: key for key in keys for term in configured[key] if term in known.terms}
        self.keys.update(keys)
        self.effective.update((key, term) for term, key in origins.items())
        try:
            text = files.read_text(project.file(project.text_of_speech(slug), slug))
        except (OSError, UnicodeDecodeError):
            self.keys_of_missing_texts.update(keys)
            return
        self.keys_of_texts.update(keys)
        self.occurring.update(
            (origins[term], term) for term in known.occurring(pauses.without(text))
        )
