"""Respellings and phonemes of the lexicon, spoken by Piper's HTTP server and checked by speech recognition."""

import pytest
from audio_pipeline.run import folder as run_folder
from audio_pipeline.sound import recogniser
from audio_pipeline.text import word_errors
from direct import ask
from english_model import english_model

TEXT = "The nurse called Nguyen, and then the doctor spoke to Nguyen's mother about Xqzt."
MEANT = "The nurse called Charlie, and then the doctor spoke to Charlie's mother about Mary."
LEXICONS = {
    "respelled": {"Nguyen": "Charlie", "Xqzt": "Mary"},
    "phonemes": {"Nguyen": "[[tʃˈɑːɹli]]", "Xqzt": "[[mˈɛɹi]]"},
}


@pytest.fixture(scope="module")
def heard():
    """Return a function from a text and the terms of the lexicon to what is recognised in its recording."""
    transcribe = recogniser.load(english_model())

    def of(text: str, terms: dict[str, str]) -> str:
        lexicon = {"en": terms} if terms else {}
        made = ask(
            "audio",
            "embedded",
            "",
            script=text,
            split="sentence",
            lexicon=lexicon,
            noise_scale=0,
            timeout_s=120,
        )
        return transcribe(made.data, "en")

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(run_folder.RUN_VARIABLE, raising=False)
        begun = run_folder.begin()
        try:
            yield of
        finally:
            run_folder.end(begun)


@pytest.mark.parametrize("name", LEXICONS)
def test_what_is_heard_changes_as_the_lexicon_says(heard, name):
    before, after = heard(TEXT, {}), heard(TEXT, LEXICONS[name])

    assert "charlie" not in before.lower() and after.lower().count("charlie") == 2
    assert word_errors.compare(MEANT, after, "en").errors <= 1


def test_phonemes_in_a_script_are_read_as_text(heard):
    said = heard("The nurse wrote [[tʃˈɑːɹli]] on the wall of the room.", {}).lower()

    assert "charlie" not in said and "wall of the room" in said
