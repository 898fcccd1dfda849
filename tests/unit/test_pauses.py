"""Pauses in scripts: their notation, and all that reads a script."""

import dataclasses

import pytest
from audio_pipeline.core.stage import Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.planning import inventory
from audio_pipeline.project import Project
from audio_pipeline.sound.alignment import SENTENCE, Word
from audio_pipeline.sound.assembly import divided, pieces
from audio_pipeline.stages.registry import every
from audio_pipeline.text import pauses, script_checks
from audio_pipeline.text.cleaning import spoken_words
from audio_pipeline.video.cues import cues
from direct import ask, build, configuration, settings
from growth import growth
from service_stubs import PiperStub


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("[pause 2s]", 2), ("[pause 500ms]", 0.5), ("[Pause 1.5 s]", 1.5), ("[PAUSE\n2,25S]", 2.25),
        ("[ pause .5s ]", 0.5), ("[pause2s]", 2), ("[pause 60s]", 60), ("[pause 60000ms]", 60),
    ],
)  # fmt: skip
def test_the_notation_is_lenient(text, seconds):
    assert pauses.divide(f"One{text}two") == [("One", seconds), ("two", 0.0)]


@pytest.mark.parametrize(
    "text",
    ["[pause]", "[pause long]", "(pause 2s)", "[paused 2s]", "[pause 2s", "pause 2s]", "[2s pause]", "[pauses 2]"],
)  # fmt: skip
def test_what_only_looks_like_a_pause_is_text(text):
    assert pauses.divide(text) == [(text, 0.0)]
    assert pauses.without(text) is text


@pytest.mark.parametrize(
    "text",
    ["[pause 61s]", "[pause 0s]", "[pause 2 min]", "[pause 2]", "[pause -1s]", f"[pause {'9' * 100_000}s]"],
)  # fmt: skip
def test_a_pause_of_another_length_is_an_error_of_one_short_line(text):
    with pytest.raises(InputError) as caught:
        pieces(f"One. {text} Two.", "en", "sentence")

    message = str(caught.value)
    assert message.startswith(f"the script has '{text[:20]}"[:25]) and len(message) < 200
    assert "expected a pause above 0 and up to 60 s, like [pause 2s]" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. [pause 2s] Two.", "One. Two."),
        ("One[pause 2s]two [pause 1s].", "One two."),
        ("One [pause 2s], two", "One, two"),
        ("One.\n\n[pause 2s]\n\n[pause 1s]\n\nTwo.\n", "One.\n\nTwo."),
        ("[pause 2s] One.\n[pause 1s]\nTwo. [pause 9s]", "One.\nTwo."),
        ("这是[pause 2s]的。[pause 1s]好", "这是的。好"),
        ("[pause 2s]", ""),
        ("One [pause 99s] two", "One [pause 99s] two"),
    ],
)
def test_the_words_of_a_text_close_up(text, expected):
    assert pauses.without(text) == expected


@pytest.mark.parametrize(
    "piece", ["[", "[pause ", "[pause 1s]", " [pause 1s] \n", "[pause 1", "  \n", "[pause 1s]."]
)
def test_twice_the_text_takes_about_twice_as_long(piece):
    once, twice = (piece * (length // len(piece)) for length in (30_000, 60_000))

    assert growth(pauses.without, once, twice) < 3


# Recordings

TEXT = "[pause 1s] The answer is [pause 2s] forty-two. It [pause 1s] … [pause 500ms]\n\nThe end. [pause 3s]"


@pytest.mark.parametrize("split", ["sentence", "paragraph"])
def test_a_pause_divides_a_text_and_several_add_up(split):
    found = pieces(TEXT, "en", split)

    assert [(piece.written, piece.ends, piece.pause_s) for piece in found] == [
        *[("The answer is", "sentence", 2.0), ("forty-two. It", "sentence", 1.5)][: 2 * (split == "paragraph")],
        *[("The answer is", "sentence", 2.0), ("forty-two.", "sentence", None), ("It", "sentence", 1.5)][
            : 3 * (split == "sentence")
        ],
        ("The end.", "sentence", None),
    ]  # fmt: skip


def test_with_one_request_for_all_a_pause_divides_it_too():
    found = pieces(TEXT, "en", "none")

    assert [(piece.written, piece.ends, piece.pause_s) for piece in found] == [
        ("The answer is", "sentence", 2.0), ("forty-two. It", "sentence", 1.5), ("The end.", "", None),
    ]  # fmt: skip


def test_the_last_part_of_a_divided_piece_has_the_pause():
    first, _ = pieces("One two three. Four five six. [pause 2s] End.", "en", "none")

    sentences = divided(first, "en", 20)
    parts = divided(sentences[-1], "en", 10)
    assert [(part.ends, part.pause_s) for part in sentences] == [
        ("sentence", None),
        ("sentence", 2.0),
    ]
    assert [part.pause_s for part in parts] == [None] * (len(parts) - 1) + [2.0]


def test_a_job_sends_the_words_and_names_them_as_sentences():
    with PiperStub() as stub:
        made = ask("audio", "piper", stub.url, script="The answer is [pause 1s] forty-two.")
        sent = [request.body["text"] for request in stub.asked()]

    assert sent == ["The answer is", "forty-two."]
    assert [text for _, _, text in made.service["sentences"]] == sent


def test_a_script_of_pauses_has_nothing_to_speak():
    with PiperStub() as stub:
        with pytest.raises(InputError, match="has no word that can be spoken"):
            ask("audio", "piper", stub.url, script="[pause 2s] [pause 1s]")
        assert not stub.asked()


def test_no_cue_stays_through_a_long_silence():
    words = [Word("No.", True, SENTENCE, 0.0, 0.3), Word("Yes.", False, SENTENCE, 2.3, 2.6)]

    assert [cue.lines for cue in cues(words, 3.0, 42, "en")] == [("No.",), ("Yes.",)]


# Everything else that reads a script


def test_pauses_are_neither_words_nor_markup():
    plain = "Tea is hot, and it is drunk in cups all over the world. People like it."
    paused = plain.replace("hot,", "hot, [pause 2s]") + " [pause 1s]"
    config = settings("script", "ollama", max_words=16, min_words=16)

    assert script_checks.count_words(paused) == script_checks.count_words(plain) == 16
    assert script_checks.run(paused, "en", config) == script_checks.run(plain, "en", config)
    assert script_checks.run(paused, "en", config)[1] == []


def test_a_copy_with_pauses_is_still_a_copy(tmp_path):
    text = "Tea is hot, and it is drunk in cups all over the world, as people like it so much every day."
    (tmp_path / "a.txt").write_text(" [pause 1s] ".join(text.split()))
    case = script_checks.Case("en", output=tmp_path / "b.txt")

    assert "is nearly that of" in (script_checks.check_near_duplicate(text, case) or "")


@pytest.mark.parametrize("prompt", ["template", "llm"])
def test_prompts_of_pictures_have_the_words_alone(prompt):
    topic, texts = (
        Topic("Tea", "tea"),
        ("Tea is hot. It is brown.", "Tea is [pause 2s] hot. It is brown."),
    )
    if prompt == "template":
        requests = [build("image", topic, settings("image", "openai"), text) for text in texts]
    else:
        of = every()["prompt"].settings(configuration())
        requests = [every()["prompt"].request(topic, of, Material(text)) for text in texts]

    assert requests[0] == requests[1]


def test_page_catalogue_and_feed_have_the_words_alone(tmp_path):
    config = dataclasses.replace(configuration(), output=str(tmp_path))
    path = tmp_path / "scripts/tea.txt"
    path.parent.mkdir()
    path.write_text("Tea is [pause 2s] hot.\n")

    (entry,) = inventory.read(Project(config, {"tea": Topic("Tea", "tea")}))
    assert (entry.script, entry.words) == ("Tea is hot.", 3)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Tea. [pause 2s] Cake. [pause] Milk.", "Tea. [pause 2s] Cake. Milk."),
        ("Tea.\n\n**[Pause 1.5 s]**\n\nCake. [pause 90s]", "Tea.\n\n[Pause 1.5 s]\n\nCake."),
        ("Tea. [pause for 2s] [music [pause 2s] fades] Cake.", "Tea. Cake."),
    ],
)
def test_valid_pauses_in_a_models_answer_are_kept(answer, text):
    assert spoken_words(answer, "en") == text == spoken_words(text, "en")


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        ("Origins", "[chapter Origins]"),
        ("C++ and I/O: [a]", "[chapter C++ and I/O: a]"),
        ("चाय का इतिहास", "[chapter चाय का इतिहास]"),
        ("***", ""),
        ("x" * 200, f"[chapter {'x' * 100}]"),
    ],
)
def test_titles_of_chapters_are_kept_as_far_as_a_mark_can_have_them(title: str, mark: str) -> None:
    assert pauses.chapter(title) == mark
    if mark:
        assert pauses.are_pauses(mark) and pauses.chapters(f"One. {mark} Two.") == [
            (mark[9:-1], "One.")
        ]
        assert pauses.without(f"One.\n\n{mark}\n\nTwo.") == "One.\n\nTwo."
