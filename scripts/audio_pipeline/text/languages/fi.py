"""Finnish."""

import re

from audio_pipeline.text.language import Language

_CASES = {
    "inessive": r"ss[aä]",
    "elative": r"st[aä]",
    "adessive": r"ll[aä]",
    "ablative": r"lt[aä]",
    "allative": r"lle",
    "partitive": r"aa|ää|tt[aä]",
    "illative": r"(?:aa|ee|ii|oo|uu|yy|ää|öö)n",
    "genitive": r"n",
}


def _ordinal_form(before: str, noun: str) -> str:
    """Return Unicode's rule for an ordinal, in the case of its noun, or in the nominative in dates."""
    if noun.endswith("kuuta"):
        return "spellout-ordinal"
    found = (case for case, ending in _CASES.items() if re.search(rf"(?:{ending})$", noun))
    case = next(found, "")
    return f"spellout-ordinal-{case}" if case else "spellout-ordinal"


LANGUAGE = Language(
    ordinals_with_full_stop=True,
    openers="""
Hän He Se Ne Me Minä Sinä Te Mutta Ja Kun Sitten Nyt Tänään Siellä Täällä Tämä Nämä Hänen Sen Jos Ei Myös
""",
    after_ordinals="maailmansota maailmansodan luokka kerros luku vuosisata",
    rules="fi",
    ordinal_form=_ordinal_form,
)
