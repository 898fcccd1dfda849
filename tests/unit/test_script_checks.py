"""Each check: passing texts, findings, and their treatment under error, warn and off."""

import random
import time
from pathlib import Path

import pytest
import yaml
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.text import script_checks
from audio_pipeline.text.cleaning import spoken_words
from audio_pipeline.text.script_checks import CHECKS, count_words, run, terms
from direct import ROOT
from script_samples import GOOD, PORTUGUESE, TEXTS, case, settings

CORPUS = Path(__file__).parent / "corpus"
SOURCE = "Tea grew in China. Nobody knows who was the first to boil the leaves of tea."
STUB = "This is all about Alpha waves, version 3. It has two sentences of plain words."


@pytest.fixture
def forbidden(tmp_path: Path) -> str:
    path = tmp_path / "forbidden.txt"
    path.write_text("\ufeff# Names of others\nAcme Corp\n\nnaïve\r\nC++\n抹茶\n", encoding="utf-8")
    return str(path)


def neighbour(folder: Path, text: str = GOOD, name: str = "another.txt") -> None:
    (folder / name).write_text(text + "\n", encoding="utf-8")


# Findings: name → (a text, its finding). near_duplicate has another.txt beside it.

FOUND = {
    "characters": (f"{GOOD} Caf\x07é.", "has the character U+0007 in it; expected text"),
    "words": ("Tea.", "has 1 words; expected 3 to 400 (min_words, max_words)"),
    "refusal": (
        "I'm sorry, but I can't assist with that.",
        'is a refusal, "I\'m sorry, but I"; expected a text on the topic',
    ),
    "markup": ("Tea is **hot.", "has bold or code marks in it, '**'; expected plain sentences"),
    "sentence": (
        "Tea is hot. It was first",
        "ends in mid-sentence, 'Tea is hot. It was first'; expected a full stop or the like",
    ),
    "repetition": (
        "Tea is hot and good and tea is hot and good and tea is hot and good and so on.",
        "says 'tea is hot and good and' 3 times in a row; expected fewer than 3",
    ),
    "forbidden": ("We asked the ACME  corp. about tea.", "has the forbidden term 'ACME corp' of "),
    "grounded": (GOOD + " It costs 7 euros in Lisbon.", "says what its source does not: '7'"),
    "copied": (
        GOOD + " Nobody knows who was the first to boil the leaves of tea.",
        "copies its source, 'Nobody knows who was the first",
    ),
    "near_duplicate": (GOOD.replace("Today", "Now"), "is nearly that of "),
    "language": (PORTUGUESE, "seems to be in 'pt'; expected 'en'"),
}


def test_every_check_has_an_example():
    assert list(FOUND) == list(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_good_script_passes(name, tmp_path, forbidden):
    neighbour(tmp_path, PORTUGUESE)

    assert CHECKS[name](GOOD, case(tmp_path, forbidden=forbidden, source=SOURCE)) is None


@pytest.mark.parametrize("name", FOUND)
def test_a_finding_is_told(name, tmp_path, forbidden):
    neighbour(tmp_path)
    text, told = FOUND[name]

    found = CHECKS[name](text, case(tmp_path, forbidden=forbidden, source=SOURCE))
    assert found.startswith(told)


def only(name: str, level: str, folder: Path, forbidden: str) -> tuple[list[str], list[str]]:
    """Return the outcome of this check alone on its example."""
    neighbour(folder)
    levels = dict.fromkeys(CHECKS, "off") | {name: level}
    return run(
        FOUND[name][0],
        "en",
        settings(checks=levels, forbidden=forbidden),
        folder / "tea.txt",
        source=SOURCE,
    )


@pytest.mark.parametrize("name", FOUND)
def test_at_level_error_a_finding_is_a_bad_answer_with_the_name_of_the_check(
    name, tmp_path, forbidden
):
    with pytest.raises(BadAnswer) as caught:
        only(name, "error", tmp_path, forbidden)

    assert str(caught.value).startswith(f"the script {FOUND[name][1]}"[:60])
    assert str(caught.value).endswith(f" (script.checks.{name})")


@pytest.mark.parametrize("name", FOUND)
def test_at_level_warn_a_finding_is_a_warning(name, tmp_path, forbidden):
    passed, warnings = only(name, "warn", tmp_path, forbidden)

    assert passed == []
    assert len(warnings) == 1 and warnings[0].endswith(f" (script.checks.{name})")


@pytest.mark.parametrize("name", FOUND)
def test_at_level_off_nothing_is_looked_for(name, tmp_path, forbidden):
    assert only(name, "off", tmp_path, forbidden) == ([], [])


def test_the_names_of_the_checks_that_passed_come_back():
    assert run(GOOD, "en", settings()) == (list(CHECKS), [])


@pytest.mark.parametrize("text", [GOOD, STUB, "Tea is hot."])
def test_short_plain_texts_pass(text):
    run(text, "en", settings())


def test_the_language_of_the_topic_goes_before_the_default():
    run(PORTUGUESE, "pt-BR", settings())


# The corpus


def cases():
    for path in sorted(CORPUS.glob("*.yaml")):
        for one in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(path.stem, one, id=f"{path.stem}: {one['name']}")


@pytest.mark.parametrize(("language", "one"), list(cases()))
def test_what_cleaning_leaves_is_found_and_nothing_else(language, one):
    text = spoken_words(one["given"], language)
    found = {
        name
        for name in ("characters", "refusal", "markup", "repetition", "language")
        if CHECKS[name](text, case(language=language))
    }

    assert found == ({one["fails"]} if one.get("fails") else set())


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Tea is hot.", 3),
        ("Tea – it's hot … — !", 3),
        ("Well-known cafés don't sell 3.14 pies.", 7),
        ("お茶は美味しいです。", 9),
        ("茶 tea 茶", 3),
        ("ชาร้อน", 5),
        ("차는 뜨겁다.", 2),
    ],
)
def test_words_are_counted_as_the_language_is_written(text, words):
    assert count_words(text) == words


@pytest.mark.parametrize("count", [3, 5])
def test_a_number_of_words_within_the_limits_passes(count):
    assert script_checks.check_words("tea " * count, case(max_words=5)) is None


@pytest.mark.parametrize("count", [0, 2, 6])
def test_a_number_of_words_outside_the_limits_is_told(count):
    found = script_checks.check_words("tea " * count, case(max_words=5))

    assert found == f"has {count} words; expected 3 to 5 (min_words, max_words)"


# Characters


def test_letters_of_all_kinds_pass():
    assert script_checks.check_characters("Chá, 茶, чай, شاي, चाय ÃÂ â 🍵\nsecond", case()) is None


@pytest.mark.parametrize(
    "character", ["\0", "\x1b", "\x7f", "\x85", "\t", "\r", "\ufffd", "\ud800", "\ue000"]
)
def test_a_character_that_is_no_text_is_named(character):
    found = script_checks.check_characters(f"Tea{character}", case())

    assert found == f"has the character U+{ord(character):04X} in it; expected text"


@pytest.mark.parametrize("text", ["café", "it’s", "“tea”", "ação", "20 °C", "お茶"])
def test_a_wrong_decoding_is_found(text):
    wrong = text.encode().decode("cp1252", errors="replace")

    assert script_checks.check_characters(wrong, case())


@pytest.mark.parametrize(
    "text",
    ["Te\u0301\u0323\u0308\u031ba", "Z\u0337\u031b\u032e\u0353algo", "\u05d1" + "\u05b0" * 9],
)
def test_a_heap_of_marks_on_a_letter_is_found(text):
    assert script_checks.check_characters(text, case()).startswith(
        "has too many marks on one letter, U+"
    )


def test_a_refusal_is_named_though_it_is_too_short_as_well():
    with pytest.raises(BadAnswer, match="is a refusal"):
        run("I'm sorry, but I can't help with that.", "en", settings(min_words=20))


def test_a_text_that_is_far_too_long_is_refused_before_it_is_cleaned():
    thoughts = f"<think>{'hm ' * 5000}</think>"
    script_checks.refuse_far_too_long(thoughts + "tea " * 4000, settings())
    script_checks.refuse_far_too_long("tea " * 4001, settings(checks={"words": "warn"}))

    with pytest.raises(
        BadAnswer, match=r"has 4001 words; expected at most 400 \(script\.max_words\)"
    ):
        script_checks.refuse_far_too_long(thoughts + "tea " * 4001, settings())


def test_a_question_of_four_words_is_too_short_by_default():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    least = config["script"]["min_words"]

    assert script_checks.check_words("Como você se sente?", case(min_words=least)) == (
        f"has 4 words; expected {least} to 400 (min_words, max_words)"
    )
    assert script_checks.check_words(GOOD, case(min_words=least)) is None


# Forbidden terms


@pytest.mark.parametrize(
    "text", ["ACME corp sells it.", "A Naïve idea.", "Use c++!", "お抹茶です。", "Acme\nCorp."]
)
def test_a_forbidden_term_is_found_whatever_its_case(text, forbidden):
    assert script_checks.check_forbidden(text, case(forbidden=forbidden)).startswith(
        "has the forbidden term "
    )


@pytest.mark.parametrize(
    "text", ["Acme sells it.", "A naïveté.", "Acme Corpse.", "C+ is a mark.", "# Names of others"]
)
def test_a_part_of_a_word_is_no_forbidden_term(text, forbidden):
    assert script_checks.check_forbidden(text, case(forbidden=forbidden)) is None


def test_an_empty_file_forbids_nothing(tmp_path):
    path = tmp_path / "none.txt"
    path.write_text("# nothing\n\n")

    assert terms(str(path)) == ()
    assert script_checks.check_forbidden(GOOD, case(forbidden=str(path))) is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_of_forbidden_terms_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "terms.txt"
    if content:
        path.write_bytes(content)

    with pytest.raises(
        InputError, match=r"^script\.forbidden: .*terms\.txt .*; expected one term per line$"
    ):
        terms(str(path))


# Near duplicates


def test_the_old_file_of_the_topic_itself_is_no_neighbour(tmp_path):
    neighbour(tmp_path, name="tea.txt")

    assert script_checks.check_near_duplicate(GOOD, case(tmp_path)) is None


def test_a_first_script_has_no_neighbours(tmp_path):
    assert script_checks.check_near_duplicate(GOOD, case(tmp_path / "none")) is None


def test_a_paraphrase_is_no_duplicate(tmp_path):
    neighbour(
        tmp_path,
        "In the mountains of southern China people boiled tea leaves long before there were books. It travelled on old "
        "roads, then by ship. There is hardly a country now where nobody drinks it.",
    )

    assert script_checks.check_near_duplicate(GOOD, case(tmp_path)) is None


def test_a_copy_in_a_language_without_spaces_is_found(tmp_path):
    neighbour(tmp_path, TEXTS["ja"].replace("お茶", "緑茶"))

    assert "is nearly that of" in script_checks.check_near_duplicate(
        TEXTS["ja"], case(tmp_path, "ja")
    )


def test_a_thousand_neighbours_cost_little_and_the_duplicate_among_them_is_found(tmp_path):
    dice, words = random.Random(1), GOOD.split()
    for number in range(1000):
        neighbour(tmp_path, " ".join(dice.sample(words, len(words))), f"{number}.txt")
    started = time.process_time()
    assert script_checks.check_near_duplicate(GOOD, case(tmp_path)) is None
    seconds = time.process_time() - started
    neighbour(tmp_path)

    (tmp_path / "0.txt").unlink()

    assert "another.txt" in script_checks.check_near_duplicate(GOOD, case(tmp_path))
    assert seconds < 0.5  # usually 0.03 to 0.1 s; all words shared is the worst case
