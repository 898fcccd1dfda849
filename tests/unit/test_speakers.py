"""Speakers: which part of a script each of them says."""

import pytest
from audio_pipeline.sound.alignment import Word
from audio_pipeline.sound.assembly import pieces
from audio_pipeline.text import cleaning, speakers
from audio_pipeline.video import cues

CAST = ("Anna", "Ben", "Dr. Who")

TURNS = {
    "a name a line": ("Anna: Hello.\nBen: Hi. Well?", [("Anna", "Hello."), ("Ben", "Hi. Well?")]),
    "a name a paragraph": ("Anna: Hello.\n\nBen: Hi.", [("Anna", "Hello."), ("Ben", "Hi.")]),
    "bold, capitals, remarks": (
        "**Anna:** Hello.\nBEN (laughing): Hi.\n**Dr. Who**: I see.",
        [("Anna", "Hello."), ("Ben", "Hi."), ("Dr. Who", "I see.")],
    ),
    "a narrator": (
        "They meet.\n\nAnna: Hello.\n\nThey part.\n\nThe end.",
        [("", "They meet."), ("Anna", "Hello."), ("", "They part.\n\nThe end.")],
    ),
    "a second line": ("Anna: Hello.\nHow are you?", [("Anna", "Hello.\nHow are you?")]),
    "no names": ("Note: tea.\n\nAnnabel: no.", [("", "Note: tea.\n\nAnnabel: no.")]),
    "a name within a sentence": ("I met Anna: she left.", [("", "I met Anna: she left.")]),
    "a name without words": ("Anna:\n\nBen: Hi.", [("Ben", "Hi.")]),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_text_is_divided_among_its_speakers(name: str) -> None:
    text, expected = TURNS[name]
    assert speakers.turns(text, CAST) == expected


@pytest.mark.parametrize(
    ("name", "written"),
    [("İpek", "Ipek"), ("Ivo", "ıvo"), ("Iris", "İRİS"), ("STRASSE", "strasse")],
)
def test_letters_with_several_cases_are_no_fault(name: str, written: str) -> None:
    (turn,) = speakers.turns(f"{written}: Hi.", [name])
    assert turn in ((name, "Hi."), ("", f"{written}: Hi."))


def test_without_a_cast_a_text_is_one_turn() -> None:
    assert speakers.turns("Anna: Hello.", ()) == [("", "Anna: Hello.")]


def test_names_are_no_words() -> None:
    text = "Anna: Hello. [pause 2s]\nBen: Hi."
    assert speakers.words(text, CAST) == "Hello.\n\nHi."
    assert speakers.words("One.\nTwo.", CAST) == "One.\nTwo."
    assert speakers.of(text + "\nAnna: Bye.", CAST) == ["Anna", "Ben"]


def test_a_model_s_dialogue_is_cleaned_turn_by_turn() -> None:
    raw = "Here is the dialogue:\n\n**Anna:** Hello *there*!\n\n[Music]\n\nBEN: (smiling) Hi.\n\n---\n"
    text = speakers.cleaned(raw, CAST, lambda said: cleaning.spoken_words(said, "en"))
    assert text == "Anna: Hello there!\n\nBen: Hi."


def test_each_piece_has_its_speaker_and_turns_end_like_paragraphs() -> None:
    text = "Anna: One. Two.\nBen: Three. [pause 2s]\n\nFour.\n\nAnna: Five."
    found = pieces(text, "en", "sentence", None, {"Anna": None, "Ben": {"Three": "Tree"}})
    assert [(each.speaker, each.spoken, each.ends, each.pause_s) for each in found] == [
        ("Anna", "One.", "sentence", None),
        ("Anna", "Two.", "paragraph", None),
        ("Ben", "Tree.", "paragraph", 2.0),
        ("", "Four.", "paragraph", None),
        ("Anna", "Five.", "paragraph", None),
    ]


def words(text: str) -> list[Word]:
    return [
        Word(word, True, 8.0 * word.endswith("."), number, number + 0.9)
        for number, word in enumerate(text.split())
    ]


def test_cues_begin_with_a_turn_and_with_the_name_of_a_new_speaker() -> None:
    turns = [("Anna", "Hello there."), ("Anna", "Well."), ("Ben", "Hi."), ("", "They part.")]
    spoken = words(" ".join(text for _, text in turns))
    found = cues.of_turns(spoken, turns, len(spoken), 42, "en")
    assert [(cue.begin_s, cue.lines) for cue in found] == [
        (0, ("Anna: Hello there.",)),
        (2, ("Well.",)),
        (3, ("Ben: Hi.",)),
        (4, ("They part.",)),
    ]
