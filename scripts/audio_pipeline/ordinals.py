"""Numbers with a full stop that are ordinals: "der 2. Weltkrieg", "2. Dünya Savaşı", "3. maj".

Two questions: does the full stop end the sentence, and how is the ordinal said? The second is answered where Unicode's
rules have the ordinal and its ending follows from the words beside it; elsewhere espeak reads the number.
"""

import functools
import re
from collections.abc import Callable

from . import genders
from .numerals import START, Numerals, roman_value, spelled

_GERMAN_STEMS = "ein kein mein dein sein ihr unser unsr euer eur"
# Words before an ordinal, after which a full stop does not end the sentence; "" stands for no such word.
_BEFORE = {
    "de": "der die das den dem des am im vom zum zur beim ans ins aufs fürs durchs ums übers jeder jede jedes jeden jedem "
    "dieser diese dieses diesen diesem jener jene jenes jenen jenem welcher welche welches welchen welchem "
    + " ".join(
        stem + ending
        for stem in _GERMAN_STEMS.split()
        for ending in ("", "e", "er", "es", "en", "em")
    ),
    "da": "den det min mit sin sit din dit hans hendes deres vores hver hvert",
    "nb": "den det min mitt sin sitt din ditt hans hennes deres vår vårt hver hvert",
    "is": "hinn hin hið",
    "hu": "a az",
    "cs": "ve v na od za před při během ke k",
    "sk": "vo v na od za pred pri počas ku k",
    "pl": "w we na od za przed podczas ku",
    "hr": "u na od za prije nakon tijekom",
    "sr": "u na od za pre nakon tokom",
    "sl": "v na od za pred med",
}
# How words begin that stand behind an ordinal, whatever is before it.
_BEHIND = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember jahrhundert jahrtausend "
    "weltkrieg platz liga bundesliga klasse kapitel akt teil runde halbzeit auflage staffel folge advent stock etage "
    "obergeschoss reihe generation instanz lesung person versuch geburtstag jahrestag todestag hochzeitstag semester "
    "lebensjahr schuljahr quartal rang stelle bezirk senat armee division internationale republik sinfonie symphonie "
    "spieltag etappe wahlperiode grad ordnung",
    "tr": "dünya yüzyıl lig sınıf bölüm ordu kolordu cumhurbaşkan selim murat murad mehmed mehmet ahmed ahmet mahmud "
    "mahmut mustafa osman bayezid abdülhamid abdülhamit abdülmecid uluslararası ulusal geleneksel cadde sokak kat gün "
    "hafta dönem tur meclis balkan haçlı viyana kolordu tümen alay ocak şubat mart nisan mayıs haziran temmuz ağustos "
    "eylül ekim kasım aralık",
    "hu": "világháború század kerület fejezet osztály hely nap január február március április május június július "
    "augusztus szeptember október november december",
    "fi": "maailmansota maailmansodan luokka kerros luku vuosisata",
    "da": "verdenskrig division januar februar marts april maj juni juli august september oktober november december",
    "nb": "verdenskrig divisjon januar februar mars april mai juni juli august september oktober november desember",
    "cs": "světov říš lig pluk diviz armád ledna února března dubna května června července srpna září října listopadu "
    "prosince století",
    "sk": "svetov ríš lig pluk divíz armád storoči",
    "pl": "wojn wojen światow pułk dywizj armi korpus brygad rzesz lig kongres batalion",
    "hr": "svjetsk lig divizij stoljeć",
    "sr": "svetsk lig divizij",
    "sl": "svetovn lig divizij stoletj",
    "et": "maailmasõ sajand",
    "lv": "pasaules gadsimt",
    "is": "heimsstyrjöld",
}
_SAME = {"nn": "nb", "no": "nb", "bs": "hr"}
LANGUAGES = frozenset(_BEFORE | _BEHIND | _SAME | dict.fromkeys(("eu", "fo", "lb", "mk")))

_NUMBER = r"(?:\d{1,3}|[IVX]{1,7})"
_ENDS_IN_NUMBER = re.compile(rf"(?:^|(?<=[\s(„“\"«»]))({_NUMBER})$")
_CHAIN = re.compile(
    rf"(?<![\w.,/:\-–—^])({_NUMBER}\.(?:(?: (?:und|oder|bis|sowie) |, | ?[–/-] ?){_NUMBER}\.){{0,4}})(?= [^\W\d_])"
)
_LONE = re.compile(rf"{START}(\d{{1,3}})\.(?= ([^\W\d_]+))")


def goes_on(before: str, after: str, language: str, opens: bool) -> bool | None:
    """True if the full stop between the two texts belongs to an ordinal; None: `before` does not end in one.

    language: the code before the hyphen; opens: `after` begins with a word that opens sentences.
    """
    if language not in LANGUAGES or not (number := _ENDS_IN_NUMBER.search(before)):
        return None
    language = _SAME.get(language, language)
    if not number[1].isdigit():  # Ludwig XIV. war, II. János Pál
        return not opens
    words = before[: number.start()].split()
    if not words:  # the number of a list, too
        return True
    if after.casefold().startswith(_stems(language)):
        return True
    return not opens and _has_article(words, language)


def _has_article(words: list[str], language: str) -> bool:
    """Whether the last word, or the one before an adjective, can stand before an ordinal; "der 1. und 2." is seen, too."""
    words = [word.casefold().strip("(„“\"'«»") for word in words[-4:]]
    while len(words) > 2 and words[-1] in ("und", "oder", "bis", "og", "és", "vagy"):
        words = words[:-2] if words[-2].endswith(".") else words[:-1]
    if words[-1] in _articles(language):
        return True
    adjective = language == "de" and re.fullmatch(r"[a-zäöüß]{3,}(?:e|er|es|en)", words[-1])
    return bool(adjective) and len(words) > 1 and words[-2] in _articles("de")


@functools.cache
def _articles(language: str) -> frozenset[str]:
    return frozenset(_BEFORE.get(language, "").split())


@functools.cache
def _stems(language: str) -> tuple[str, ...]:
    return tuple(_BEHIND.get(language, "").split())


def said(language: str, sentence: str) -> str:
    """The sentence with its ordinals in words, as far as their form is known."""
    base = language.split("-")[0].lower()
    if base == "de":
        return _CHAIN.sub(_german, sentence)
    form = {"tr": _plain, "hu": _plain, "da": _danish, "fi": _finnish}.get(base)
    if base == "nl":
        return re.sub(
            rf"{START}(\d{{1,3}})(?:e|de|ste)\b",
            lambda m: spelled("nl", int(m[1]), "spellout-ordinal"),
            sentence,
        )
    return _LONE.sub(functools.partial(_lone, base, form), sentence) if form else sentence


def _lone(base: str, form: Callable[[str, str], str], match: re.Match[str]) -> str:
    """Of a language in which the noun is written small; a large letter at the sentence's start is a list's item."""
    before, noun = match.string[: match.start()], match[2]
    if not before.strip() and noun[0].isupper() and not noun.casefold().startswith(_stems(base)):
        return match[0]
    return spelled(base, int(match[1]), form(before, noun))


def _plain(before: str, noun: str) -> str:
    return "spellout-ordinal"


def _danish(before: str, noun: str) -> str:
    neuter = re.search(r"\b(?:det|mit|sit|dit|vores|hvert|et) $", before.casefold())
    return "spellout-ordinal-neuter" if neuter else "spellout-ordinal-common"


def _finnish(before: str, noun: str) -> str:
    """The ordinal has its noun's case; a date's month is in the partitive, its day is not."""
    if noun.endswith("kuuta"):
        return "spellout-ordinal"
    cases = {
        "inessive": r"ss[aä]",
        "elative": r"st[aä]",
        "adessive": r"ll[aä]",
        "ablative": r"lt[aä]",
        "allative": r"lle",
        "partitive": r"aa|ää|tt[aä]",
        "illative": r"(?:aa|ee|ii|oo|uu|yy|ää|öö)n",
        "genitive": r"n",
    }
    found = (case for case, ending in cases.items() if re.search(rf"(?:{ending})$", noun))
    case = next(found, "")
    return f"spellout-ordinal-{case}" if case else "spellout-ordinal"


def _german(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()], match.string[match.end() :]
    ending = german_ending(before, after)
    if ending is None:
        return match[0]
    if match[1].count(".") == 1 and not match[1][0].isdigit() and not before.strip():
        return match[0]  # "I. Newton"
    words = re.sub(rf"({_NUMBER})\.", lambda m: _german_word(m[1], ending), match[1])
    return re.sub(r" ?[–/-] ?", " bis ", words)


def _german_word(number: str, ending: str) -> str:
    value = int(number) if number.isdigit() else roman_value(number)
    return spelled("de", value, f"spellout-ordinal{ending}")


_DATIVE = frozenset(
    "mit aus von nach zu bei seit ab außer gegenüber in an auf unter vor hinter neben zwischen".split()
)
_OTHER_CASES = _DATIVE | frozenset(
    "während wegen trotz statt anstatt innerhalb außerhalb über".split()
)


def german_ending(before: str, after: str) -> str | None:
    """The ending of an ordinal between the two texts, as Unicode's rules name it: "", "-n", "-r", "-s", "-m".

    None: it is not known, or no ordinal.
    """
    noun = next((w for w in re.findall(r"[^\W\d_]+", after)[:3] if w[0].isupper()), "")
    gender = genders.of("de", noun)
    words = [word.strip("(„“\"'«»") for word in before.split()[-5:]] or [""]
    word = words[-1].casefold()
    earlier = words[-2] if len(words) > 1 else ""
    adjective = re.fullmatch(r"[a-zäöüß]{3,}(e|er|es|en|em)", words[-1])
    if adjective and earlier.casefold() in _articles("de") and word not in _articles("de"):
        return {"e": "", "er": "-r", "es": "-s"}.get(adjective[1], "-n")
    if word in _articles("de"):
        return _after_article(word, earlier, len(words) > 2, gender)
    if not after.strip().casefold().startswith(_stems("de")):
        return None
    if word in ("seit", "ab", "bis", "vor", "nach"):
        months = after.strip().casefold().startswith(_stems("de")[:12])
        return "-n" if months or gender == "m" and word == "bis" else _strong(gender, dative=True)
    return _strong(gender, dative=word in _DATIVE, subject=not before.strip())


def _after_article(word: str, earlier: str, inside: bool, gender: str) -> str:
    stem = next(
        (s for s in sorted(_GERMAN_STEMS.split(), key=len, reverse=True) if word.startswith(s)),
        None,
    )
    if stem and word in _GERMAN_STEMS.split():  # ein, mein
        return "-s" if gender == "n" else "-r"
    if word in ("die", "das", "ans", "ins", "aufs", "fürs", "durchs", "ums", "übers"):
        return ""
    if stem:
        return "" if word == stem + "e" else "-n"
    if word.endswith("er") or word == "der":
        oblique = earlier.casefold() in _OTHER_CASES or (inside and earlier[:1].isupper())
        return "-n" if gender == "f" or (not gender and oblique) else ""
    if word.endswith("e") or word in ("dieses", "jedes", "jenes", "welches"):
        return ""
    return "-n"


def _strong(gender: str, *, dative: bool, subject: bool = True) -> str:
    """Without an article: zweiter Platz, in zweiter Reihe."""
    if dative:
        return "-r" if gender == "f" else "-m"
    if gender == "m" and not subject:
        return "-n"
    return {"f": "", "n": "-s"}.get(gender, "-r")
