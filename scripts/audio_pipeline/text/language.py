"""The fields of LANGUAGE in each file of languages/. Those with a default are optional."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audio_pipeline.text.numerals import Numerals

Rule = Callable[["Numerals", str], str]  # returns the text with some of its numbers spelled out
_PACE_S, _CHARACTER_PACE_S = (0.15, 1.5), (0.06, 0.6)
# Of five languages; the default of all others.
_CONJUNCTIONS = (
    "and but or so because while which where when although though who that then yet "
    "e mas ou porque que enquanto quando onde embora pois y pero o mientras donde aunque "
    "und aber oder denn weil während wenn dass sondern obwohl wo et mais car qui parce donc lorsque dont"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Phrases:
    """Phrases that language models write around a script, as parts of regular expressions.

    Fields are alternatives, several per line; an indented line continues the line above it. The English phrases apply
    to every language, because models fall back to English. tests/unit/corpus/ has examples, from answers of Qwen,
    Llama, Gemma, Mistral and GPT models.
    """

    speakers: str = ""  # a label before spoken words ("Narrator:"), which is removed
    notes: str = ""  # a line about picture, sound or script ("Music: soft piano"), removed
    sections: str = ""  # a heading ("Introduction"), removed as a line or as a label before words
    scenes: str = ""  # a heading before a number ("Scene 1"), removed with its title
    numbered: str = ""  # the same, including the number
    directions: str = ""  # words within brackets that are not spoken ("music fades")
    eager: str = ""  # "Sure" in "Sure! Here is a script …:"
    here: str = ""  # "Here is" in it
    product: str = ""  # "script" in it
    closings: str = ""  # the beginning of a final remark ("Let me know if"), removed from there on
    refusals: str = ""  # a refusal to write
    ordinals: str = ""  # first words after "1." that make it an ordinal ("1. FC Köln")


@dataclass(frozen=True, eq=False, kw_only=True)
class Nouns:
    """The grammatical gender of nouns after numbers: time, people, measures, kitchen, money, places, things.

    Compiled by hand for this project, under its own licence. No published list was suitable: those of Wiktionary are
    under CC BY-SA, those of Lefff under LGPL-LR, and taggers that detect gender take 20 MB or more.
    """

    m: str = ""  # masculine nouns: singular, lower case
    f: str = ""
    n: str = ""
    # Gender → reliable endings of unlisted nouns; the longest match counts.
    endings: Mapping[str, str] | None = None
    plurals: tuple[tuple[str, str], ...] = ()  # plural ending → singular ending, longest first
    compound_letters: int = 0  # minimum length of a compound's last part to determine its gender
    no_nouns: str = ""  # words that look like a noun
    between: str = ""  # words between number and noun that have no gender

    @functools.cached_property
    def gender(self) -> dict[str, str]:
        """The genders by noun: "m", "f" or "n"."""
        tables = (("m", self.m), ("f", self.f), ("n", self.n))
        return {noun: gender for gender, nouns in tables for noun in nouns.split()}

    @functools.cached_property
    def gender_by_ending(self) -> list[tuple[str, str]]:
        """The endings with their genders, the longest first."""
        pairs = [
            (end, gender) for gender, ends in (self.endings or {}).items() for end in ends.split()
        ]
        return sorted(pairs, key=lambda pair: -len(pair[0]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Words:
    """The words for numbers, currencies, units, months and symbols.

    Columns of `units`: symbol, singular, plural, f if feminine; of `currencies`: symbol, singular, plural, cent, cents,
    f if feminine; of `symbols`, which must include × and ≈: symbol, word.
    """

    point: str  # the decimal mark's name
    decimal: str  # the decimal mark
    thousands: str  # separator of groups of three digits
    digit_by_digit: bool = False  # after the decimal mark
    minus: str
    to: str  # in ranges
    months: str  # in order
    units: str
    currencies: str
    symbols: str
    number_sign: str  # "#5"

    ordinal: str = ""  # kind of Unicode's ordinals ("-masculine")
    year: str = "spellout-numbering-year"  # Unicode's rule for years
    years_in_hundreds: bool = False  # a bare 1914 is read as a year
    ordinals: Rule | None = None  # 3rd, 3º, 3e
    # Number, gender of the noun, text before it, noun → gender for Numerals.cardinal
    gender: Callable[[int, str, str, str], str] | None = None
    feminine_after: str = "(?!)"  # pattern before a feminine number ("a las")
    agrees_alone: bool = True  # "one to five pounds": "one" has the gender of the pound

    scales: str  # words between an amount and its currency, the thousand first
    thousand: str = ""  # the word for K
    million: str = ""  # the words for M, singular and plural
    billion: str = ""  # the words for B; _ stands for a space
    plural_from: float = 2  # the smallest number of millions with the plural
    fixed_numbers: Mapping[str, str] | None = None  # pattern → words (401k)
    letters_in_money: bool = False  # $5k, $2bn
    of_money: str = ""  # between "million" and the noun
    elided_of: str = ""  # letters before which that is d'
    with_cents: str  # before the cents

    halves: str  # one half, one third, two thirds, one quarter, three quarters (½ ⅓ ⅔ ¼ ¾)
    half_behind: str = ""  # ½ after a number, if it differs
    fraction_joint: str = " "  # between a number and its fraction

    date: str = "{day} {month} {year}"  # with {ordinal} for the day's ordinal
    date_mark: str = "/"
    day_first: bool = True  # 3/4 is in April
    first_day: str = ""  # the word for the 1 of a date
    before_date: str = "(?!)"  # pattern of words that change the day's ordinal
    day_ordinals: tuple[str, str] = ("", "")  # kinds of ordinals without and with such a word
    days: Rule | None = None  # July 4

    hours: str = ""  # hour|hours, if h is written between hours and minutes
    hour_gender: str = ""
    clock: str = "{hour} {minute}"  # with {hours} for hours with their name
    full_hour: str = "{hour}"
    clock_end: str = ""  # pattern that may follow a time
    say_time: Callable[["Numerals", int, int], str] | None = None  # instead of these

    plus: str = "plus"  # before a telephone number
    phones_in_pairs: bool = False  # 01 23 45 67 89
    emergency_digits: bool = True  # 112 is read digit by digit
    dot: str  # in versions and addresses
    code_stands: str = ""  # position of the postal code: "before" or "behind" the place
    out_of: str = ""  # 8/10
    to_in_a_score: str = ""  # 3-1, if not as in ranges
    score_marks: str = "-–"
    by: str = ""  # 4x4
    times: str = ""  # 3x; with a leading hyphen, one word with the number

    century: str = ""  # pattern of words before a Roman numeral that is a cardinal
    parts: str = ""  # pattern of other such words
    ruler: str = ""  # Louis XIV: the article of the ordinal
    ordinal_rulers: int = 1  # without an article: the highest ordinal of a ruler
    romans: Rule | None = None  # other Roman numerals


@dataclass(frozen=True, eq=False, kw_only=True)
class Language:
    """A language.

    Lists of words are separated by white space. Lines of abbreviations: the abbreviation with its full stop, |, and its
    words ("" if it is read as written). A # before or after it: only after or before a number, including Roman
    numerals. Lower-case first letters match capitals too ("Vgl.").
    """

    # Writing
    spaces: bool = True  # between words
    full_stops: bool = True  # at the end of sentences
    spaced_marks: bool = False  # a space precedes ! ? ; : and »
    ordinals_with_full_stop: bool = False  # "3." is "third"
    alike: frozenset[str] = frozenset()  # similar languages that detectors confuse with it
    pace_s: tuple[float, float] | None = None  # minimum and maximum seconds per word or character
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
"""  # abbreviations that never end a sentence
    anywhere: str = ""  # those that may end one; the full stop is then the sentence's, too
    # Words that begin sentences, but rarely follow a title, an initial or an ordinal like a name
    openers: str = ""
    elided: str = ""  # the same before an apostrophe (L'Europe)
    after_a_time: str = ""  # words after "5 p.m." that begin no sentence
    before_ordinals: str = ""  # words before an ordinal with a full stop
    after_ordinals: str = ""  # beginnings of words after one, in lower case
    ordinal_adjectives: str = "(?!)"  # pattern of adjectives between such a word and the ordinal
    ordinal_role: str = ""  # a word before an ordinal and a listed noun ("als 2. Mensch")
    conjunctions: str = _CONJUNCTIONS
    coordinating: str = ""  # those that join what belongs together: "small or large ships"
    clinging: str = ""  # words that belong to the next one: articles, prepositions, auxiliaries

    # Speech
    rules: str = ""  # name of Unicode's rules for its numbers
    words: Words | None = None  # without them, espeak reads the numbers
    nouns: Nouns | None = None
    replacements: Mapping[str, str] | None = None  # pattern → words, after abbreviations
    pairs: Mapping[str, str] | None = None  # 24/7, 50/50
    halves: Mapping[str, str] | None = None  # gender → half of a noun; "-": one word with it
    and_half: Mapping[str, str] | None = None  # gender → the same after a number and the noun
    # Number before ½, gender of the noun after it, text before it → words, or ""
    half: Callable[[str, str, str], str] | None = None
    # Text before "3.", noun after it → Unicode's rule for the ordinal
    ordinal_form: Callable[[str, str], str] | None = None
    say_ordinals: Callable[[str], str] | None = None  # or spell out the ordinals of a sentence
    say_counted: Callable[[str], str] | None = None  # spell out one and two in a sentence
    spellings: Mapping[str, str] | None = (
        None  # pattern in a word → another spelling that sounds the same (color)
    )
    of_region: "Callable[[str], Language] | None" = None  # by a full code such as en-GB

    @property
    def is_spoken(self) -> bool:
        """True if the language has any rules for its spoken form."""
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
