"""Topics that are translations of others."""

import pytest
from audio_pipeline.core.topics import Topic, parse_line, read_topics
from audio_pipeline.core.translations import with_languages, with_originals
from audio_pipeline.errors import InputError


def read(tmp_path, text: str, default: str = "en") -> list[Topic]:
    path = tmp_path / "topics.txt"
    path.write_text(text, encoding="utf-8")
    return with_originals(read_topics(path)[0], "topics.txt", default)


def originals(topics: list[Topic]) -> list[tuple[str, str | None, str | None]]:
    return [(topic.slug, topic.original, topic.from_language) for topic in topics]


def test_the_other_languages_are_translations_of_the_one_that_is_named(tmp_path) -> None:
    topics = read(tmp_path, "Tea | language=pt-BR,en,es from=en\n")
    assert originals(topics) == [
        ("tea", "tea-en", "en"),
        ("tea-en", None, None),
        ("tea-es", "tea-en", "en"),
    ]


def test_without_from_each_language_has_a_script_of_its_own(tmp_path) -> None:
    assert {topic.original for topic in read(tmp_path, "Tea | language=en,es\n")} == {None}


@pytest.mark.parametrize("first", ["Tea", "Tea | language=en"])
def test_a_line_of_its_own_names_its_original_by_the_slug(tmp_path, first: str) -> None:
    topics = read(tmp_path, f"Chá | language=pt-BR original=tea\n{first}\n")
    assert originals(topics) == [("cha", "tea", "en"), ("tea", None, None)]


def test_a_job_gets_the_topic_as_a_line(tmp_path) -> None:
    for topic in read(tmp_path, "Tea | language=en,pt-BR from=en seed=3\n"):
        parsed = parse_line(topic.line_text)
        assert (parsed.slug, parsed.original, parsed.from_language, parsed.language) == (
            topic.slug,
            topic.original,
            topic.from_language,
            topic.language,
        )


FAULTY = {
    "another language than those": (
        "Tea | language=en,es from=fr",
        "topics.txt:1: has from=fr, which is none of its languages; expected one of en, es",
    ),
    "one language": (
        "Tea | language=es from=en",
        "topics.txt:1: has from=en in a topic in one language; expected several, as in "
        "language=en,pt-BR from=en, or original=SLUG of another topic",
    ),
    "no such topic": (
        "Tea | language=es original=te",
        "topics.txt:1: has original=te, but no topic has that slug; add one, or correct it",
    ),
    "itself": (
        "Tea | language=es original=tea",
        "topics.txt:1: has original=tea, itself a translation; name its original, tea",
    ),
    "a translation of a translation": (
        "Tea\nTé | language=es original=tea\nThé | slug=the language=fr original=te",
        "topics.txt:3: has original=te, itself a translation; name its original, tea",
    ),
    "the same language": (
        "Tea\nTee | original=tea",
        "topics.txt:2: is in en like its original, tea; give it another language=…",
    ),
    "a wrong language of the original": (
        "Tea\nTé | language=es original=tea from=fr",
        "topics.txt:2: has from=fr, but the topic tea is in en; leave out from=…",
    ),
    "several languages": (
        "Tea\nTee | slug=tee language=de,nl original=tea",
        "topics.txt:2: has original=… for several languages; give each language a line of its own",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faults_are_named_with_their_lines(tmp_path, name: str) -> None:
    text, message = FAULTY[name]
    with pytest.raises(InputError) as error:
        read(tmp_path, text + "\n")
    assert str(error.value).replace(f"{tmp_path}/", "") == message


def test_an_original_in_the_project_s_language_is_known_by_it(tmp_path) -> None:
    topics = read(tmp_path, "Chá\nTea | language=en original=cha\n", default="pt-BR")
    assert topics[1].from_language == "pt-BR"


def test_every_topic_without_a_language_gets_those_of_the_project(tmp_path) -> None:
    path = tmp_path / "topics.txt"
    path.write_text("Tea | seed=3 voice=x\nThé | language=fr\nMilk\n", encoding="utf-8")
    topics = with_languages(read_topics(path)[0], ["pt-BR", "EN", "es"], "topics.txt", "en")
    topics = with_originals(topics, "topics.txt", "en")
    assert [(topic.slug, topic.original, topic.language) for topic in topics] == [
        ("tea", None, None),
        ("tea-pt-br", "tea", "pt-BR"),
        ("tea-es", "tea", "es"),
        ("the", None, "fr"),
        ("milk", None, None),
        ("milk-pt-br", "milk", "pt-BR"),
        ("milk-es", "milk", "es"),
    ]
    assert (topics[1].seed, topics[1].voice, topics[1].from_language) == (3, None, "en")


def test_a_topic_with_the_slug_of_a_translation_is_named(tmp_path) -> None:
    path = tmp_path / "topics.txt"
    path.write_text("Tea\nTea es\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"txt:2: has the slug 'tea-es' of a translation of line 1"
    ):
        with_languages(read_topics(path)[0], ["es"], "topics.txt", "en")


def test_a_translation_with_a_line_of_its_own_stays(tmp_path) -> None:
    path = tmp_path / "topics.txt"
    path.write_text("Tea\nChá | language=pt-BR original=tea\n", encoding="utf-8")
    topics = with_languages(read_topics(path)[0], ["pt-br", "es"], "topics.txt", "en")
    assert [topic.slug for topic in topics] == ["tea", "tea-es", "cha"]


def test_a_translation_into_the_project_s_language_has_that_language(tmp_path) -> None:
    topics = read(tmp_path, "Tea | language=en\nChá | original=tea\n", default="pt-BR")
    assert (topics[1].language, topics[1].from_language) == ("pt-BR", "en")
