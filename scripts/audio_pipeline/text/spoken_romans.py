"""Roman numerals as words: Louis XIV, World War II, siglo XIX, XIXe siècle, Ludwig XIV."""

import re

from audio_pipeline.text.numerals import ROMAN, Numerals, roman_value

# After these names a Roman numeral is an ordinal in English and German: Louis XIV. I, V and X count only here.
MONARCHS = (
    "Henry|Charles|Louis|George|Elizabeth|William|James|Edward|Richard|Mary|Philip|Frederick|Nicholas|Alexander|"
    "Catherine|Peter|Francis|Ferdinand|Leopold|Napoleon|Wilhelm|Franz|Friedrich|Karl|Ludwig|Heinrich|Otto|Katharina|"
    "Nikolaus|Benedict|Gregory|Pius|Innocent|Urban|Clement|Leo|Paul|Benedikt|Ramses|Ramesses|Thutmose|Amenhotep|"
    "Cleopatra|Darius|Xerxes|Ptolemy|Edward|Robert|Constantine|Justinian|Mehmed|Süleyman|Murad|Ivan|Gustav|Christian|"
    "Haakon|Harald|Margrethe|Isabella|John|Victor|Umberto|Pedro|João|José|Luís|Felipe|Carlos|Fernando|Alfonso|Isabel|"
    "Enrique|Juan|Henrique|Afonso|Manuel|Bento|Benedicto|Luis|Guillermo|Jorge|Eduardo|Henri|François|Guillaume|"
    "Édouard|Philippe|Benoît|Jean|Frédéric|Napoléon|Élisabeth|Elisabeth|Georg|Paulo|Pablo"
)


def romans(voice: Numerals, text: str) -> str:
    """Spell out Roman numerals."""
    words = voice.words

    def cardinal(match: re.Match[str]) -> str:
        return f"{match[1]} {voice.cardinal(roman_value(match[2]))}"

    def ruler(match: re.Match[str]) -> str:
        number = roman_value(match[2])
        if not words.ruler and number > words.ordinal_rulers:
            return cardinal(match)
        article = f"{words.ruler} " if words.ruler else ""
        return f"{match[1]} {article}{voice.ordinal(number)}"

    if words.century:
        text = re.sub(rf"\b({words.century}) {ROMAN}\b", cardinal, text)
    if words.romans:
        text = words.romans(voice, text)
    if words.parts:
        text = re.sub(rf"\b({words.parts}) (?=[IVXLC]){ROMAN}(?![\w'’])", cardinal, text)
    dot = r"\.(?=\s\w)|(?=\.)" if voice.language.ordinals_with_full_stop else ""
    text = re.sub(rf"\b({MONARCHS}) {ROMAN}(?:{dot})(?![\w'’])", ruler, text)
    name = r"[A-ZÀ-Þ][\w'’]*"
    return re.sub(rf"\b({name}) (?=[IVX]{{2}}){ROMAN}(?![\w.]*\w)", cardinal, text)
