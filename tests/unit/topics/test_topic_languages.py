"""Topics in several languages."""

import hashlib

import pytest
from audio_pipeline.core.topics import read_topics
from audio_pipeline.errors import InputError


def several(tmp_path, text):
    path = tmp_path / "topics.txt"
    path.write_text(text, encoding="utf-8")
    return read_topics(path)[0]


def test_a_topic_in_several_languages_is_a_topic_for_each(tmp_path):
    topics = several(tmp_path, "Coffee\nThe history of tea | language=en,pt-BR,es seed=7\n")

    assert [(t.slug, t.language, t.text_id, t.seed, t.line) for t in topics] == [
        ("coffee", None, None, None, 1),
        ("the-history-of-tea", "en", "the-history-of-tea", 7, 2),
        ("the-history-of-tea-pt-br", "pt-BR", "the-history-of-tea", 7, 2),
        ("the-history-of-tea-es", "es", "the-history-of-tea", 7, 2),
    ]


def test_a_further_language_leaves_the_slug_of_the_first_as_it_was(tmp_path):
    before = several(tmp_path, "Tea | language=en\n")
    after = several(tmp_path, "Tea | language=en,de\n")

    assert before[0].slug == after[0].slug == "tea"


def test_the_slug_of_a_further_language_stays_within_80_characters(tmp_path):
    topics = several(tmp_path, f"{'tea ' * 30} | language=en,pt-BR\n")

    assert len(topics[1].slug) <= 80 and topics[1].slug.endswith("-pt-br")
    assert topics[0].slug != topics[1].slug


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ("language=en,EN", "name each language once"),
        ("language=en,en,en", "name each language once"),
        ("language=en,", "expected a language code like en or pt-BR, or several like en,pt-BR,es"),
        ("language=en,de voice=x", "one voice for several languages"),
    ],
)
def test_what_cannot_be_meant_by_several_languages_is_told(tmp_path, attributes, message):
    with pytest.raises(InputError, match=message):
        several(tmp_path, f"Tea | {attributes}\n")


def test_the_slug_of_a_further_language_is_cut_only_where_it_must_be(tmp_path):
    longest = "tea-cups-x" * 7 + "tea-cup"  # with -de, 80 characters
    fits = several(tmp_path, f"Tea | language=en,de slug={longest}\n")
    cut = several(tmp_path, f"Tea | language=en,de slug={longest}y\n")

    assert fits[1].slug == f"{longest}-de"
    digest = hashlib.sha256(f"{longest}y".encode()).hexdigest()[:8]
    assert cut[1].slug == f"{longest[:68]}-{digest}-de" and len(cut[1].slug) == 80


def test_a_longer_language_leaves_less_of_the_slug(tmp_path):
    slug = "tea-cups-x" * 8
    digest = hashlib.sha256(slug.encode()).hexdigest()[:8]

    (_, topic) = several(tmp_path, f"Tea | language=en,zh-Hans slug={slug}\n")
    assert topic.slug == f"{slug[:63]}-{digest}-zh-hans" and len(topic.slug) == 80


def test_a_cut_slug_of_a_further_language_has_no_double_hyphen(tmp_path):
    slug = "tea-cups-x" * 6 + "tea-cup-milk-tea-cup"

    assert "--" not in several(tmp_path, f"Tea | language=en,de slug={slug}\n")[1].slug
