"""The fields of a language: of LANGUAGE in each file of languages/. What has a default need not be known."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audio_pipeline.text.numerals import Numerals

Rule = Callable[["Numerals", str], str]  # the text with some of its numbers in words
_PACE_S, _CHARACTER_PACE_S = (0.15, 1.5), (0.06, 0.6)
# Of five languages: texts of all others were always cut by these, too.
_CONJUNCTIONS = (
    "and but or so because while which where when although though who that then yet "
    "e mas ou porque que enquanto quando onde embora pois y pero o mientras donde aunque "
    "und aber oder denn weil während wenn dass sondern obwohl wo et mais car qui parce donc lorsque dont"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Phrases:
    """Phrases that language models write around a script: parts of regular expressions.

    Alternatives, some to a line; an indented line goes on where the line above it ends. The English phrases go with
    every language, because models fall back to it. tests/unit/corpus/ has examples of each, from answers of Qwen,
    Llama, Gemma, Mistral and GPT models.
    """

    speakers: str = ""  # a label before the words that are spoken ("Narrator:"), which is removed
    notes: str = ""  # a line on picture, sound or the script ("Music: soft piano"), removed
    sections: str = ""  # a part ("Introduction"), removed as a line or as a label before words
    scenes: str = ""  # with a number behind ("Scene 1"), removed with its title
    numbered: str = ""  # the same with the number written in it
    directions: str = ""  # words in brackets that are not spoken ("music fades"), anywhere within
    eager: str = ""  # "Sure! Here is a script …:" is an eager word,
    here: str = ""  # a pointing word,
    product: str = ""  # and what it points at
    closings: str = ""  # the beginning of a last remark ("Let me know if"), removed from there on
    refusals: str = ""  # a refusal to write at all
    ordinals: str = ""  # first words after "1." that make it an ordinal ("1. FC Köln")


@dataclass(frozen=True, eq=False, kw_only=True)
class Nouns:
    """The grammatical gender of nouns that stand after numbers: time, people, measures, kitchen, money, places, things.

    Compiled by hand for this project; under the project's own licence. No published list fitted: those of Wiktionary
    are under CC BY-SA, those of Lefff under LGPL-LR, and the taggers that know gender weigh 20 MB and more.
    """

    m: str = ""  # masculine nouns: singular, small letters
    f: str = ""
    n: str = ""
    # Gender → what a noun that is not listed ends in, where that is certain enough; the longer ending counts.
    endings: Mapping[str, str] | None = None
    plurals: tuple[tuple[str, str], ...] = ()  # plural ending → singular ending, longest first
    compound_letters: int = 0  # a compound has the gender of its last part, if that has so many
    no_nouns: str = ""  # words that look like a noun
    between: str = ""  # what may stand between number and noun, and tells no gender

    @functools.cached_property
    def gender(self) -> dict[str, str]:
        """Noun → "m", "f" or "n"."""
        tables = (("m", self.m), ("f", self.f), ("n", self.n))
        return {noun: gender for gender, nouns in tables for noun in nouns.split()}

    @functools.cached_property
    def gender_by_ending(self) -> list[tuple[str, str]]:
        """Endings with their genders, the longest first."""
        pairs = [
            (end, gender) for gender, ends in (self.endings or {}).items() for end in ends.split()
        ]
        return sorted(pairs, key=lambda pair: -len(pair[0]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Words:
    """How numbers, currencies, units, months and symbols are read aloud.

    `units`: a line has symbol, singular, plural, f where it is feminine. `currencies`: symbol, singular, plural, cent,
    cents, f where it is feminine. `symbols`: what is written, what is said; × and ≈ must be among them.
    """

    point: str  # the decimal mark's name
    decimal: str  # the decimal mark
    thousands: str  # parts groups of three digits
    digit_by_digit: bool = False  # after the decimal mark
    minus: str
    to: str  # in ranges
    months: str  # in their order
    units: str
    currencies: str
    symbols: str
    number_sign: str  # "#5"

    ordinal: str = ""  # kind of Unicode's ordinals ("-masculine")
    year: str = "spellout-numbering-year"  # Unicode's rule for years
    years_in_hundreds: bool = False  # a bare 1914 is read as a year
    ordinals: Rule | None = None  # 3rd, 3º, 3e
    # Number, gender of what is counted, what is before, that noun → gender for Numerals.cardinal
    gender: Callable[[int, str, str, str], str] | None = None
    feminine_after: str = "(?!)"  # pattern of what is before a feminine number ("a las")
    agrees_alone: bool = True  # "one to five pounds": "one" has the gender of the pound

    scales: str  # words between an amount and its currency, the thousand first
    thousand: str = ""  # what K is called
    million: str = ""  # M: with one, and with more of it
    billion: str = ""  # B; _ stands for a space
    plural_from: float = 2  # from how many millions on they are more than one
    fixed_numbers: Mapping[str, str] | None = None  # pattern → what is said (401k)
    letters_in_money: bool = False  # $5k, $2bn
    of_money: str = ""  # between "million" and what is counted
    elided_of: str = ""  # letters before which that is d'
    with_cents: str  # before the cents

    halves: str  # one half, one third, two thirds, one quarter, three quarters (½ ⅓ ⅔ ¼ ¾)
    half_behind: str = ""  # ½ behind a number, if it is called otherwise there
    fraction_joint: str = " "  # between a number and its fraction

    date: str = "{day} {month} {year}"  # with {ordinal} for the day's ordinal
    date_mark: str = "/"
    day_first: bool = True  # 3/4 is in April
    first_day: str = ""  # what the 1 of a date is called
    before_date: str = "(?!)"  # pattern of words that change the day's ordinal,
    day_ordinals: tuple[str, str] = ("", "")  # whose kinds these are: without such a word, with one
    days: Rule | None = None  # July 4

    hours: str = ""  # hour|hours, where h is written between hours and minutes
    hour_gender: str = ""
    clock: str = "{hour} {minute}"  # with {hours} for hours with their name
    full_hour: str = "{hour}"
    clock_end: str = ""  # pattern of what may stand behind a time
    say_time: Callable[["Numerals", int, int], str] | None = None  # instead of these

    plus: str = "plus"  # before a telephone number
    phones_in_pairs: bool = False  # 01 23 45 67 89
    emergency_digits: bool = True  # 112 is read by its digits
    dot: str  # in versions and addresses
    code_stands: str = ""  # where the postal code stands: "before" or "behind" the place
    out_of: str = ""  # 8/10
    to_in_a_score: str = ""  # 3-1, if not as in ranges
    score_marks: str = "-–"
    by: str = ""  # 4x4
    times: str = ""  # 3x; with a hyphen before it, one word with the number

    century: str = ""  # pattern of words before a Roman number that is a cardinal,
    parts: str = ""  # and of others
    ruler: str = ""  # Louis XIV: the article of the ordinal
    ordinal_rulers: int = 1  # without an article: up to which number rulers have ordinals
    romans: Rule | None = None  # other Roman numbers


@dataclass(frozen=True, eq=False, kw_only=True)
class Language:
    """All that is known of a language.

    Lists of words are texts with white space between the words. Abbreviations: a line has what is written, with its
    full stop, | and what is said (nothing: as it is written). A # before or after what is written: only after or before
    a number, a Roman one too. Small first letters stand for large ones as well ("Vgl.").
    """

    # Writing
    spaces: bool = True  # between words
    full_stops: bool = True  # at the end of sentences
    spaced_marks: bool = False  # a space stands before ! ? ; : and »
    ordinals_with_full_stop: bool = False  # "3." is "third"
    alike: frozenset[str] = frozenset()  # languages that a detector takes for it, and people too
    pace_s: tuple[float, float] | None = None  # fewest and most seconds a word, or a character
    phrases: Phrases | None = None

    # Sentences
    within: str = """
Dr.|
Prof.|
Mr.|
Mrs.|
St.|
ca.|
vs.|
f.eks.|
bl.a.|
t.ex.|
např.|
nr.#|
no.#|
str.#|
"""  # abbreviations that are never the last word of a sentence
    anywhere: str = ""  # those that may be; the full stop is then the sentence's, too
    # Words that open sentences, and rarely follow a title, an initial or an ordinal as a name does
    openers: str = ""
    elided: str = ""  # the same before an apostrophe (L'Europe)
    after_a_time: str = ""  # words behind "5 p.m." that open no sentence
    before_ordinals: str = ""  # words before an ordinal with a full stop
    after_ordinals: str = ""  # how words behind one begin, in small letters
    ordinal_adjectives: str = "(?!)"  # pattern of adjectives between such a word and the ordinal
    ordinal_role: str = ""  # a word before an ordinal and a noun that is known ("als 2. Mensch")
    conjunctions: str = _CONJUNCTIONS
    clinging: str = ""  # words that belong to what follows: articles, prepositions, auxiliaries

    # Speech
    rules: str = ""  # name of Unicode's rules for its numbers
    words: Words | None = None  # without them, espeak reads the numbers
    nouns: Nouns | None = None
    replacements: Mapping[str, str] | None = None  # pattern → what is said, after abbreviations
    pairs: Mapping[str, str] | None = None  # 24/7, 50/50
    halves: Mapping[str, str] | None = None  # gender → half of something; "-": one word with it
    and_half: Mapping[str, str] | None = None  # gender → the same behind a number and the noun
    # Number before ½, gender of the noun behind, what is before → in words, or nothing
    half: Callable[[str, str, str], str] | None = None
    # What is before "3.", the noun behind → Unicode's rule for the ordinal
    ordinal_form: Callable[[str, str], str] | None = None
    say_ordinals: Callable[[str], str] | None = None  # or the sentence with its ordinals in words
    say_counted: Callable[[str], str] | None = None  # the sentence with one and two in words
    of_region: "Callable[[str], Language] | None" = None  # by a whole code like en-GB

    @property
    def is_spoken(self) -> bool:
        """True if anything of it is read aloud here, and not left to the voice."""
        ways = (self.words, self.replacements, self.pairs, self.halves, self.ordinal_form)
        return any((*ways, self.say_ordinals, self.say_counted)) or self.within != Language.within

    @property
    def pace(self) -> tuple[float, float]:
        return self.pace_s or (_PACE_S if self.spaces else _CHARACTER_PACE_S)

    @property
    def has_ordinal_words(self) -> bool:
        return bool(self.before_ordinals or self.after_ordinals)

    @functools.cached_property
    def opening_words(self) -> frozenset[str]:
        return frozenset(self.openers.split())

    @functools.cached_property
    def words_before_ordinals(self) -> frozenset[str]:
        return frozenset(self.before_ordinals.split())

    @functools.cached_property
    def words_after_ordinals(self) -> tuple[str, ...]:
        return tuple(self.after_ordinals.split())

    @functools.cached_property
    def joining_words(self) -> frozenset[str]:
        return frozenset(self.conjunctions.split())
