"""Check of scripts: the language of the text."""

import subprocess
import sys

import pytest
from audio_pipeline.text import script_checks
from direct import ROOT
from script_samples import GOOD, PORTUGUESE, TEXTS, case


@pytest.mark.parametrize("written", TEXTS)
@pytest.mark.parametrize("wanted", TEXTS)
def test_a_text_in_the_language_of_the_topic_passes_and_in_another_is_found(written, wanted):
    found = script_checks.check_language(TEXTS[written], case(language=wanted))

    assert (found is None) == (written == wanted)


@pytest.mark.parametrize(
    "text",
    [
        "São Paulo, Łódź, Reykjavík and Göteborg met Tromsø in Besançon, where José Núñez, Søren Ångström and François "
        "Lefèvre ate Käsespätzle, pão de queijo and crème brûlée before the train to Plzeň left.",
        "In 1502 Leonardo da Vinci met Niccolò Machiavelli at Imola, while Cesare Borgia ruled the Romagna. Later "
        "Michelangelo Buonarroti and Raffaello Sanzio worked for Pope Giulio della Rovere in the Cappella Sistina.",
        "Tokyo's Shibuya, Shinjuku, Asakusa, Akihabara and Ginza, or Kyoto's Gion, Arashiyama and Fushimi Inari: "
        "sushi, ramen, okonomiyaki, takoyaki, soba, udon, and matcha.",
    ],
)
def test_english_full_of_foreign_names_is_english(text):
    assert script_checks.check_language(text, case()) is None


def test_a_text_that_changes_its_language_on_the_way_is_found():
    assert script_checks.check_language(
        f"{GOOD} {GOOD} {GOOD}\n\n{PORTUGUESE} {PORTUGUESE}", case()
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Isto é chá. É muito bom.", "en"),
        (PORTUGUESE, "pt-PT"),
        (PORTUGUESE, "tlh"),
        (GOOD, "EN-gb"),
    ],
)
def test_the_language_of_short_texts_variants_and_unknown_languages_passes(text, language):
    assert script_checks.check_language(text, case(language=language)) is None


def test_the_detector_is_loaded_only_where_it_is_asked():
    program = "import sys, audio_pipeline.text.script_checks; print('py3langid' in sys.modules, 'numpy' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
    )
    assert found.stdout.split() == ["False", "False"]
