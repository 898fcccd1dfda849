"""Numbers with a letter for thousands, millions or billions: 10K, 1.5M, 7B."""

import re

from audio_pipeline.text import genders
from audio_pipeline.text.numerals import Numerals

_SUFFIXED = re.compile(
    r"(?<![\w.,/:\-–—^])(\d{1,4}(?:[.,]\d{1,2})?)(K|k|M|B|bn|mn)(\+?)(?![\w²³/-])"
)
_LABELS = re.compile(
    r"\b(?:room|flat|apartment|apt|seat|gate|row|unit|suite|terminal|bus|line|route|highway|section|block|building|"
    r"figure|table|chapter|class|grade|group|type|number|platform|page|part|exhibit|level|phase|step|zimmer|gleis|"
    r"linie|klasse|sala|linha|apartamento|casa|puerta|salle|porte|ligne|vitamin|model|modelo|modell|modèle)\.? \Z",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:over|about|nearly|almost|around|than|of|to|by|reached|hit|some|cerca de|mais de|quase|más de|casi|über|fast|"
    r"rund|etwa|plus de|près de|environ)\s\Z",
    re.IGNORECASE,
)
_COUNTED = (
    r"(?:users?|people|views?|followers?|downloads?|subscribers?|copies|dollars?|euros?|pounds?|members?|customers?|"
    r"players?|readers?|viewers?|fans?|jobs?|years?|species|tons?|steps?|items?|parameters?|tokens?|words?|likes?|"
    r"employees|residents|inhabitants|visitors?|accounts?|seguidores|pessoas|usuários|visualizações|inscritos|downloads|"
    r"personas|usuarios|vistas|suscriptores|habitantes|Menschen|Nutzer|Einwohner|Follower|Aufrufe|Abonnenten|personnes|"
    r"utilisateurs|abonnés|vues|habitants)\b"
)
_AFTER_K_NAME = (
    r"(?:runs?|races?|runners?|video|resolution|TVs?|television|display|screen|monitor|footage|camera|marathon|charity|"
    r"walk|content|image|quality|ultra|UHD|HDR|vídeo|resolução|televisão|TV|resolución|televisor|pantalla|tela|corrida|"
    r"carrera|Lauf|Video|Auflösung|Fernseher|Bildschirm|Monitor|vidéo|résolution|écran|course|télé)\b"
)
_AFTER_M_NAME = (
    r"(?:sprint|dash|race|freestyle|run|hurdles|butterfly|backstroke|relay|swim|pencils?)\b"
)


def suffixes(voice: Numerals, text: str) -> str:
    """Spell out the letters of 1.5M, 10K and 7B, but not of a 10K run, a 4K video, room 10B or 3M."""
    for pattern, replacement in (voice.words.fixed_numbers or {}).items():
        text = re.sub(pattern, replacement, text)
    return _SUFFIXED.sub(lambda m: _scaled(voice, m), text)


def _scaled(voice: Numerals, match: re.Match[str]) -> str:
    number, letter = match[1], match[2][0].lower()
    if not voice.words.thousand:
        return match[0]
    before, after = (
        match.string[max(0, match.start() - 40) : match.start()],
        match.string[match.end() : match.end() + 40].lstrip(),
    )
    symbols = "|".join(map(re.escape, voice.currencies))
    money = re.search(rf"(?:{symbols}) ?\Z", before) or re.match(rf"(?:{symbols})", after)
    counted = bool(re.match(_COUNTED, after) or match[3])
    if not money and not counted and _is_name(number, letter, match[2], before, after):
        spoken = number if letter != "k" else voice.cardinal(int(float(number.replace(",", "."))))
        return f"{spoken} K" if letter == "k" and number.isdigit() and len(number) > 1 else match[0]
    if money and voice.words.letters_in_money:
        return match[0]  # handled by spoken_money
    words = voice.words
    one, *more = {"k": words.thousand, "m": words.million, "b": words.billion}[letter].split()
    several = float(number.replace(",", ".")) >= words.plural_from
    scale = (more[0] if more and several else one).replace("_", " ")
    noun = re.match(r"[^\W\d_]+", after)
    links = noun and more and genders.of(voice.language, noun[0]) and words.of_money
    link = f" {words.of_money}" if links and match.string[match.end() :][:1] == " " else ""
    return f"{number} {scale}{link}"


def _is_name(number: str, letter: str, written: str, before: str, after: str) -> bool:
    """True if the letter belongs to a name, a resolution or a race, or may do so."""
    if _LABELS.search(before):
        return True
    if letter == "k":
        article = re.search(
            r"\b(?:a|an|the|first|my|his|her|our|their|um|uma|un|una|ein|einen|une) \Z", before
        )
        small = number in ("2", "3", "4", "5", "6", "8", "16")
        return bool(re.match(_AFTER_K_NAME, after) or article or small)
    if re.match(_AFTER_M_NAME, after):
        return True
    lone = number.isdigit() and len(number) == 1 and len(written) == 1
    return lone and not _MANY.search(before)
