"""Pronunciation: terms in texts, what is spoken instead, and what the request and the messages say."""

import re

import pytest
from audio_pipeline import project as projects
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.planning import preflight
from audio_pipeline.project import Project
from audio_pipeline.sound.assembly import divided, pieces
from audio_pipeline.stages.registry import every
from audio_pipeline.text import lexicon, respelling, spoken_form
from audio_pipeline.text.lexicon import Lexicon
from direct import ask, build, configuration, settings
from growth import growth
from hypothesis import given
from hypothesis import strategies as st
from layers import faults, resolved
from service_stubs import OpenAIStub, PiperStub

NAMES = {"Nguyen": "win", "nginx": "engine ex"}
IPA = {"Xqzt": "[[mˈɛɹi]]", "Max": "[[mæks]]", "Rex": "[[ɹˈɛd]]"}


def found(text: str, *terms: str) -> list[str]:
    return [
        text[match.start : match.end] for match in Lexicon(dict.fromkeys(terms, "x")).find(text)
    ]


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("Nguyen, Nguyens, McNguyen, Nguyen_2, Nguyen2", ["Nguyen"], ["Nguyen"]),
        ("nguyen NGUYEN", ["Nguyen"], []),
        ("nginx Nginx NGINX", ["nginx"], ["nginx", "Nginx", "NGINX"]),
        ("US, us and Us", ["US", "us"], ["US", "us", "Us"]),
        ("Nguyen's, Nguyen’s, Nguyen'll, Nguyen-like", ["Nguyen"], ["Nguyen"] * 4),
        ("don't can't", ["don", "t", "can"], []),
        ("l'Oréal, L’Oréal d'Oréal O'Oréal", ["Oréal"], ["Oréal"] * 3),
        ("O'Brien and O’Brien", ["O'Brien"], ["O'Brien", "O’Brien"]),
        ("New\n York in York", ["York", "New York"], ["New\n York", "York"]),
        ("the Rolls‑Royce and a Rolls", ["Rolls", "Rolls-Royce"], ["Rolls‑Royce", "Rolls"]),
        ("C++ or C+, .NET, ASP.NET", ["C++", ".NET"], ["C++", ".NET"]),
        ("St. Gallen, Main St.", ["St."], ["St.", "St."]),
        ("1984, 1984-85, $1984, 1,984, 1984%", ["1984", "984"], ["1984"]),
        ("a.b aXb", ["a.b"], ["a.b"]),
        ("他住在北京大学和北京", ["北京", "北京大学"], ["北京大学", "北京"]),
        ("用Linux系统", ["Linux"], ["Linux"]),
        ("Cafe\u0301"[:3] + "é", ["Cafe\u0301"], ["Café"]),
        ("straße", ["strasse"], ["straße"]),
    ],
)
def test_terms_are_complete_words_and_the_longest_counts(text, terms, expected):
    assert found(text, *terms) == expected


@pytest.mark.parametrize(
    "piece", ["a", "a ", "'a", "[", "a'", "\n ", "1.", "字", "-a", "((a+)+", "é\u0301"]
)
def test_twice_the_text_takes_about_twice_as_long(piece):
    terms = {"((a+)+)+$": "x", "a a a": "x", "a'a": "x", "1.1": "x", "字字": "x", piece + "b": "x"}

    def work(text: str) -> object:
        return respelling.spoken(text, "en", terms)

    once, twice = (piece * (length // len(piece)) for length in (3_000, 6_000))
    assert growth(work, once, twice) < 3


@pytest.mark.parametrize(
    ("language", "voice", "expected"),
    [
        ("pt", "v", {"A": "pt", "b": "pt"}),
        ("pt-BR", "v", {"A": "br", "b": "pt"}),
        ("PT-br", "v", {"A": "br", "b": "pt"}),
        ("pt-BR", "pt_BR-faber-medium", {"b": "pt", "a": "voice"}),
        ("en", "v", {}),
    ],
)
def test_a_region_goes_before_its_language_and_a_voice_before_both(language, voice, expected):
    configured = {
        "pt": {"A": "pt", "b": "pt"}, "pt-BR": {"A": "br"}, "pt_BR-faber-medium": {"a": "voice"}, "es": {"A": "es"},
    }  # fmt: skip
    keys = lexicon.keys(configured, language, voice)

    assert lexicon.of(configured, keys).terms == expected


# The spoken form


@pytest.mark.parametrize(
    ("language", "text", "terms", "expected"),
    [
        ("en", "Dr. Nguyen's 5 km.", NAMES, "Doctor win's five kilometers."),
        ("en", "It is 5 km to GNU/Linux.", {"km": "kay em", "GNU/Linux": "new"}, "It is five kay em to new."),
        ("en", "2FA in 1984, 2 times.", {"2FA": "two F A", "1984": "the year"}, "two F A in the year, two times."),
        ("en", "On Main St. He left.", {"St.": "Street"}, "On Main Street. He left."),
        ("en", "Off St. Gallen.", {"St.": "Sankt"}, "Off Sankt Gallen."),
        ("en", "Yahoo! is 5.", {"Yahoo!": "yahoo"}, "yahoo is five."),
        ("en", "two twos: 2", {"two": "too"}, "too twos: two"),
        ("en", "It costs $5 per Nguyen.", NAMES, "It costs five dollars per win."),
        ("en", "a and b", {"a": "b", "b": "a"}, "b and a"),
        ("pt-BR", "São 2 pizzas com 2FA.", {"pizzas": "pitsas"}, "São duas pitsas com 2FA."),
        ("pt-BR", "A 90 km/h.", {"km/h": "quilômetros hora"}, "A noventa quilômetros hora."),
        ("de", "Es sind 3 Nguyen, z. B. hier.", NAMES, "Es sind drei win, zum Beispiel hier."),
        ("es", "El Sr. Nguyen tiene 21 días.", NAMES, "El señor win tiene veintiún días."),
        ("fr", "L'Oréal a 2 km.", {"Oréal": "oréale"}, "L'oréale a deux kilomètres."),
        ("ru", "Это Nguyen.", NAMES, "Это win."),
        ("xx", "Say Nguyen [[x]] 5.", NAMES, "Say win [x] 5."),
    ],
)  # fmt: skip
def test_a_term_is_replaced_in_the_spoken_text(language, text, terms, expected):
    assert respelling.spoken(text, language, terms) == expected


CODED = [
    "en",
    "en-GB",
    "pt-BR",
    "es",
    "fr",
    "de",
    "it",
    "nl",
    "pl",
    "ru",
    "uk",
    "tr",
    "hu",
    "da",
    "fi",
    "xx",
]
AROUND = [
    "{} mph.",
    "5 {} and 1984.",
    "Dr. {} paid $5.",
    "½ {}, 3. {} (1)",
    "{}—{}",
    "{}",
    "Am 2. {} 2025?",
    "#{} *x*",
]


@pytest.mark.parametrize("language", CODED)
@pytest.mark.parametrize(
    "term", ["2FA", "km/h", "GNU/Linux", "C++", "St.", "Nguyen", "bl.a.", "z.B."]
)
def test_a_term_survives_beside_numbers_and_abbreviations_in_all_languages(language, term):
    for around in AROUND:
        text = around.replace("{}", term)
        said = respelling.spoken(text, language, {term: "wonderword"})
        assert said.count("wonderword") == around.count("{}"), (text, said)
        assert not re.search("[\U00010400-\U0001044f]", said)


def test_without_a_term_nothing_changes():
    assert respelling.spoken("Dr. Who, 5 km", "en", NAMES) == spoken_form.spoken(
        "Dr. Who, 5 km", "en"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See Xqzt, then Max.", "See [[mˈɛɹi,]] then [[mæks.]]"),
        (
            "Xqzt's, Max's and Rex’s.",
            "[[mˈɛɹiz,]] [[mæksɪz]] and [[ɹˈɛdz.]]",
        ),
        ('(Xqzt) "Max," [Rex]', '( [[mˈɛɹi]] " [[mæks,]] [ [[ɹˈɛd]]'),
        ("Max-like [[Max]]?", "[[mæks]]-like [ [[mæks?]]"),
    ],
)
def test_phonemes_take_the_marks_behind_them_along(text, expected):
    """Piper drops a mark between phonemes and the next word, and then the pause."""
    assert respelling.spoken(text, "en", IPA) == expected


@given(
    st.lists(
        st.sampled_from([*"[]()'s.,! \n", "[[", "]]", "Max", "Xqzt", "x", "5", "2FA", "\U00010428"])
    )
)
def test_a_script_never_adds_phonemes(parts):
    terms = {**IPA, "2FA": "two F A"}
    groups = re.findall(r"\[\[.*?\]\]", respelling.spoken("".join(parts), "en", terms), re.DOTALL)

    assert all(re.fullmatch(r"\[\[(mˈɛɹi|mæks)(s|z|ɪz)?[.,!]*\]\]", group) for group in groups), (
        groups
    )


def test_words_are_counted_by_terms_and_not_by_phonemes():
    said = respelling.spoken("Xqzt's cat, Max.", "en", {"Xqzt": "[[m ɛ ɹ i]]", "Max": r"[[\1]]"})

    assert respelling.countable(said, {"Xqzt": "[[m ɛ ɹ i]]", "Max": r"[[\1]]"}) == "Xqzt cat, Max"


def test_pieces_keep_what_is_written():
    (one, two) = pieces("Nguyen left. He won.", "en", "sentence", NAMES)

    assert (one.written, one.spoken, two.spoken) == ("Nguyen left.", "win left.", "He won.")


def test_dividing_a_piece_leaves_phonemes_in_one_piece():
    terms = {"Nguyen": "[[w ɪ n n n n n n n n n n]]"}
    (piece,) = pieces("One Nguyen and two Nguyen and three Nguyen left", "en", "sentence", terms)

    parts = divided(piece, "en", 25, terms)

    assert " ".join(part.spoken for part in parts) == piece.spoken and len(parts) > 3
    assert all(part.spoken.count("[[") == part.spoken.count("]]") for part in parts)
    assert [part.ends for part in parts] == ["part"] * (len(parts) - 1) + ["paragraph"]


def test_dividing_a_piece_of_sentences_knows_the_lexicon():
    (piece,) = pieces("Nguyen left. Nguyen won.", "en", "none", NAMES)

    assert [part.spoken for part in divided(piece, "en", 12, NAMES)] == ["win left.", "win won."]


# Requests and engines

TOPIC = Topic("Tea", "tea")


def request(text: str, **changes) -> dict:
    return build("audio", TOPIC, settings("audio", "piper", **changes), text)


def test_a_request_has_the_terms_of_its_text_alone():
    names = {"en": {**NAMES, "pause": "paws"}}

    assert request("Nguyen left [pause 2s].", lexicon=names)["lexicon"] == {"Nguyen": "win"}
    assert "lexicon" not in request("He left.", lexicon=names)
    assert request("Nguyen left.", lexicon={"de": NAMES}) == request("Nguyen left.")
    assert "lexicon" in every()["audio"].optional


@pytest.mark.parametrize("split", ["none", "sentence"])
def test_piper_is_sent_what_the_lexicon_says(split):
    with PiperStub() as stub:
        made = ask(
            "audio", "piper", stub.url, script="It is Max.", split=split, lexicon={"en": IPA}
        )
        (asked,) = stub.asked()

    assert asked.body["text"] == "It is [[mæks.]]"
    assert [text for _, _, text in made.service["sentences"]] == ["It is Max."]


def test_the_old_piper_refuses_phonemes_but_not_respellings():
    with PiperStub("old") as stub:
        ask("audio", "piper", stub.url, script="Nguyen left.", lexicon={"en": NAMES})
        with pytest.raises(
            InputError, match=r"phonemes for 'Max', which Piper at .*rhasspy.* cannot"
        ):
            ask("audio", "piper", stub.url, script="Max left.", lexicon={"en": IPA})

        assert [asked.body for asked in stub.asked()] == [b"win left."]


def test_openai_refuses_phonemes_in_a_job_and_when_the_project_is_loaded():
    with OpenAIStub() as stub:
        with pytest.raises(InputError, match="the lexicon has phonemes for 'Max'"):
            ask("audio", "openai", stub.url, script="Max left.", voice="alloy", lexicon={"en": IPA})
        assert not stub.asked()
    stage = every()["audio"]
    for key, fails in (("en", True), ("alloy", True), ("de", False), ("en_US-joe-medium", False)):
        of = settings("audio", "openai", voice="alloy", lexicon={key: IPA})
        if fails:
            with pytest.raises(InputError, match=r"which audio.engine: openai cannot speak"):
                stage.check_topic(of, TOPIC, "topics.txt")
        else:
            stage.check_topic(of, TOPIC, "topics.txt")


@pytest.mark.parametrize("dialect", ["old", "1.8"])
def test_the_check_before_a_run_finds_phonemes_that_cannot_be_spoken(tmp_path, dialect):
    with PiperStub(dialect) as stub:
        for voice in stub.voices.values():
            voice["phoneme_type"] = "text"
        config = configuration(
            output=str(tmp_path), lexicon={"en": IPA}, audio={"engine": "piper", "url": stub.url}
        )
        line = preflight.check(Project(config, {"tea": TOPIC}), ["audio"])[0]

    assert not line.ok and line.stops == "audio"
    assert "the lexicon has phonemes for 'Xqzt', which" in line.text


# The configuration


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"en": {"": "x"}}, "unknown key 'lexicon.en.'; expected a mapping like {Nguyen: win}"),
        ({"en": {"--": "x"}}, "terms have 1 to 100 characters, a letter or digit"),
        ({"en": {"a" * 101: "x"}}, "terms have 1 to 100 characters"),
        ({"en": {"a\x07": "x"}}, "no control characters"),
        ({"en": {1984: "x"}}, "lexicon.en has the key 1984, which YAML does not read as text; put it in quotes"),
        ({False: {"a": "x"}}, "lexicon has the key False, which YAML does not read as text"),
        ({"e n": {"a": "x"}}, "unknown key 'lexicon.e n'; expected languages like en or pt-BR, or names of voices"),
        ({"en": "x"}, "lexicon.en is 'x'; expected a mapping like {Nguyen: win}"),
        ({"en": {"a": ""}}, "lexicon.en.a is ''; expected a respelling with a letter or digit"),
        ({"en": {"a": "x" * 201}}, "expected at most 200 characters"),
        ({"en": {"a": 5}}, "lexicon.en.a is 5; expected a respelling"),
        ({"en": {"a": "x\ny"}}, "no control characters"),
        ({"en": {"a": "[[x]] y"}}, "or phonemes like '[[wɪn]]'"),
        ({"en": {"a": "[pause 2s]"}}, "no other brackets"),
        ({"en": {"a": "[[]]"}}, "lexicon.en.a is '[[]]'"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line(given, message):
    (line,) = faults({"lexicon": given})

    assert line.startswith("one: ") and message in line


def test_what_is_allowed_is_kept():
    given = {"en": {"a": "x", "a" * 100: "y" * 200, "C++": "[[siː]]", "1984": "x"}, "alloy": {}}

    assert resolved({"lexicon": given})["lexicon"] == given


def test_the_files_overlay_each_other_and_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/lexicon.yaml").write_text("en: {Nguyen: win, Max: Macks}\n")
    over = ("--config", {"lexicon": {"en": {"Max": "Mex"}}})

    assert projects.load_config([over], {}).audio.lexicon == {"en": {"Nguyen": "win", "Max": "Mex"}}
    (tmp_path / "config/lexicon.yaml").write_text("en: {Nguyen: 5}\n")
    with pytest.raises(InputError, match=r"config/lexicon.yaml: lexicon.en.Nguyen is 5; expected"):
        projects.load_config([], {})


def test_the_file_of_the_workflow_has_examples_but_no_terms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert projects.load_config([], {}).audio.lexicon == {}
