"""English."""

import dataclasses
import re

from audio_pipeline.text.language import Language, Phrases, Words
from audio_pipeline.text.numerals import START, Numerals

_DAY_FIRST = ("-GB", "-AU", "-NZ", "-IE", "-IN", "-ZA")


def _of_region(code: str) -> Language:
    return _BRITISH if code.upper().endswith(_DAY_FIRST) else LANGUAGE


def _days(voice: Numerals, text: str) -> str:
    """Spell out days: July 4, 4 July."""
    months = "|".join(voice.words.months.split())
    text = re.sub(
        rf"\b({months}) ([12]?\d|3[01])(?:st|nd|rd|th)?(?!\w|[.,:/]\d)",
        lambda m: f"{m[1]} {voice.ordinal(int(m[2]))}",
        text,
    )
    return re.sub(
        rf"(\b[Tt]he )?{START}([12]?\d|3[01])(?:st|nd|rd|th)? (?:of )?({months})\b",
        lambda m: f"{m[1] or 'the '}{voice.ordinal(int(m[2]))} of {m[3]}",
        text,
    )


def _time(voice: Numerals, hour: int, minute: int) -> str:
    said = voice.cardinal(hour)
    if minute:
        return f"{said} {'oh ' if minute < 10 else ''}{voice.cardinal(minute)}"
    return f"{said} o'clock" if 1 <= hour <= 12 else f"{said} hundred"


def _ordinals(voice: Numerals, text: str) -> str:
    """Spell out decades and ordinals: 1920s, '90s, 3rd."""
    text = re.sub(
        rf"(?:{START}|(?<=mid-)|(?<=early-)|(?<=late-))(1\d{{2}}0|20[1-9]0)s\b",
        lambda m: _plural(voice.year(int(m[1]))),
        text,
    )
    text = re.sub(
        r"['’‘]?(?<!\w)(?<!\d)([2-9]0)s\b", lambda m: _plural(voice.cardinal(int(m[1]))), text
    )
    return re.sub(
        rf"{START}(\d{{1,3}}(?:,\d{{3}})*)(?:st|nd|rd|th)\b",
        lambda m: voice.ordinal(int(m[1].replace(",", ""))),
        text,
    )


def _plural(said: str) -> str:
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


_WORDS = Words(
    point="point",
    decimal=".",
    thousands=",",
    digit_by_digit=True,
    minus="minus",
    to="to",
    months="""
January February March April May June July August September October November December
""",
    units="""
km/h|kilometer per hour|kilometers per hour
mph|mile per hour|miles per hour
m/s|meter per second|meters per second
km²|square kilometer|square kilometers
m²|square meter|square meters
cm²|square centimeter|square centimeters
m³|cubic meter|cubic meters
km|kilometer|kilometers
cm|centimeter|centimeters
mm|millimeter|millimeters
µm|micrometer|micrometers
nm|nanometer|nanometers
m|meter|meters
kg|kilogram|kilograms
mg|milligram|milligrams
g|gram|grams
ml|milliliter|milliliters
mL|milliliter|milliliters
L|liter|liters
lbs|pound|pounds
lb|pound|pounds
oz|ounce|ounces
ft|foot|feet
kWh|kilowatt hour|kilowatt hours
MWh|megawatt hour|megawatt hours
kW|kilowatt|kilowatts
MW|megawatt|megawatts
GW|gigawatt|gigawatts
W|watt|watts
V|volt|volts
GHz|gigahertz|gigahertz
MHz|megahertz|megahertz
kHz|kilohertz|kilohertz
Hz|hertz|hertz
KB|kilobyte|kilobytes
MB|megabyte|megabytes
GB|gigabyte|gigabytes
TB|terabyte|terabytes
dB|decibel|decibels
kcal|kilocalorie|kilocalories
ms|millisecond|milliseconds
min|minute|minutes
°C|degree Celsius|degrees Celsius
°F|degree Fahrenheit|degrees Fahrenheit
°|degree|degrees
%|percent|percent
‰|per mille|per mille
""",
    currencies="""
US$|dollar|dollars|cent|cents
A$|Australian dollar|Australian dollars|cent|cents
C$|Canadian dollar|Canadian dollars|cent|cents
R$|real|reais|centavo|centavos
$|dollar|dollars|cent|cents
€|euro|euros|cent|cents
£|pound|pounds|penny|pence
¥|yen|yen||
""",
    symbols="""
&|and
=|equals
+|plus
×|times
÷|divided by
±|plus or minus
≈|about
≤|at most
≥|at least
<|less than
>|greater than
@|at
→|to
""",
    scales="thousand million billion trillion",
    with_cents="and",
    halves="one half|one third|two thirds|one quarter|three quarters",
    number_sign="number",
    years_in_hundreds=True,
    ordinals=_ordinals,
    thousand="thousand",
    million="million",
    billion="billion",
    fixed_numbers={r"(?i:(?<![\w$])401\(?k\)?(?!\w))": "four oh one K"},
    letters_in_money=True,
    half_behind="a half",
    fraction_joint=" and ",
    date="{month} {ordinal}, {year}",
    day_first=False,
    days=_days,
    say_time=_time,
    dot="point",
    code_stands="behind",
    out_of="out of",
    by="by",
    times="times",
    parts="chapters?|volumes?",
    ruler="the",
)

LANGUAGE = Language(
    pace_s=(0.2, 0.8),
    phrases=Phrases(
        speakers=r"""
narrat(?:or|ion)|voice[- ]?over|vo|v\.o\.|host|presenter|speaker|announcer|script|spoken text|dialogue
""",
        notes="""
visuals?|on[- ]screen(?: text)?|text on screen|b-roll|sfx|sound effects?|(?:background )?music(?: cue)?|camera|cut to
fade (?:in|out|to black)|transition|graphics?|animation|footage|thumbnail|hashtags|keywords|word count|total words
(?:estimated |video |total )?(?:duration|length|run ?time|reading time)|tone|target audience|(?:video )?title|sources?
references?|(?:youtube )?video script(?: title)?
""",
        sections="""
intro(?:duction)?|hook|opening|(?:main )?body|main (?:content|part|section)|conclusion|outro|closing|ending|summary
call to action|heading|emojis?|bullet points?
""",
        scenes="scene|shot|section|segment|slide|paragraph",
        directions=r"""
visuals?|music|sounds?|sfx|audio|pauses?|pausing|beat|silence|cut|fad(?:e|es|ing)|scene|shot|camera|close[- ]?up
zoom(?:s|ing)?|b-roll|transition|narrat(?:or|ion)|voice(?:[- ]?over)?|on[- ]screen|title card|graphics?|animation
footage|intro|outro|applause|laugh(?:s|ter|ing)?|chuckl(?:es|ing)|sigh(?:s|ing)?|whisper(?:s|ing)?|smil(?:es|ing)
upbeat|montage|jingle|softly|warmly|slowly|calmly|excitedly|dramatically|throat|deep breath|\d+ words|\d+ seconds
word count|end of (?:script|narration|video)
""",
        eager=r"""
sure(?: thing)?|certainly|of course|absolutely|okay|ok|great|no problem|got it|definitely
i(?:['’]d| would) be (?:happy|glad|delighted) to (?:help|write|create|provide)[^\n.!?:]{0,120}
""",
        here="""
here(?:['’]s| is| are)|below is|the following is|i(?:['’]ve| have) (?:written|prepared|created) (?:an?|the|your|this)
""",
        product="""
scripts?|narrations?|voice-?overs?|paragraphs?|texts?|versions?|drafts?|transcripts?|monologues?
""",
        closings=r"""
(?:please )?(?:let me know|tell me) if (?:you(?:['’]d| would)? (?:like|need|want|have any|prefer)|there|this)
i hope (?:this|that|it|you) (?:helps|script|narration|meets|works|find|like)
(?:please )?feel free to (?:ask|modify|adjust|customi[sz]e|edit|change|adapt|reach out|let me)
(?:would you like|do you want) me to|is there anything else
if you (?:need|want|have|would like|['’]d like) (?:me to|any (?:change|
 adjust|modif|other|further|question)|further|more (?:change|detail|info))
if you['’]d like me to
(?:note: )?this (?:[\w-]+ ){0,3}(?:script|narration|voice-?over) (?:provides|can be|should|aims|uses|
 follows|contains|runs|is (?:designed|intended|written|meant|suitable|about \d|approximately|roughly|\d))
\(?(?:total )?word count\b|\(?end of (?:script|narration)
""",
        refusals=r"""
i(?:['’]m| am) (?:very |so )?sorry,? but (?:i|as an? (?:ai|language))
i(?:['’]m| am) sorry,? i (?:can(?:['’]t|not)|am (?:not able|unable))
(?:unfortunately,? |sorry,? (?:but )?)?i (?:can(?:['’]t|not)|am unable to|
 am not able to|won['’]t|will not) (?:assist|help(?! (?:it|but|\w+ing)\b)|
 fulfil|comply|provide|create|write|generate|produce|answer|do that|continue)
as an? (?:ai|artificial intelligence)(?: language)?(?: model| assistant)?,? i\b|as a (?:large )?language model
i do(?:n['’]t| not) have (?:access to real-time|the ability to)
""",
        ordinals="(?:FC|FFC|FSV|SC|SV|SK|TC|TSV|HC|BC|AC|CfR|VfL|VfB|VfR)",
    ),
    within="""
Dr.|Doctor
Drs.|Doctors
Mr.|Mister
Mrs.|Missus
Ms.|Ms
Messrs.|Messieurs
Prof.|Professor
Gen.|General
Col.|Colonel
Maj.|Major
Capt.|Captain
Cpl.|Corporal
Cmdr.|Commander
Adm.|Admiral
Lt.|Lieutenant
Sgt.|Sergeant
Rev.|Reverend
Hon.|Honorable
Gov.|Governor
Pres.|President
Sen.|Senator
Rep.|Representative
Mt.|Mount
Ft.|Fort
Dept.|Department
dept.|department
Univ.|University
e.g.,|for example,
i.e.,|that is,
e.g.|for example
i.e.|that is
a.k.a.|also known as
viz.|namely
vs.|versus
approx.|approximately
incl.|including
excl.|excluding
cf.|compare
ca.|circa
c.#|circa
est.#|established
max.#|maximum
min.#|minimum
no.#|number
nos.#|numbers
fig.#|figure
figs.#|figures
vol.#|volume
vols.#|volumes
ch.#|chapter
chap.#|chapter
sec.#|section
art.#|article
ed.#|edition
eq.#|equation
p.#|page
pp.#|pages
Jan.#|January
Feb.#|February
Mar.#|March
Apr.#|April
Aug.#|August
Sept.#|September
Sep.#|September
Oct.#|October
Nov.#|November
Dec.#|December
""",
    anywhere="""
etc.|et cetera
a.m.|AM
p.m.|PM
Jr.|Junior
Sr.|Senior
Esq.|Esquire
Inc.|Incorporated
Ltd.|Limited
Corp.|Corporation
Co.|Company
Bros.|Brothers
Ave.|Avenue
Blvd.|Boulevard
Rd.|Road
#tbsp.|tablespoons
#tsp.|teaspoons
#oz.|ounces
#lbs.|pounds
#ft.|feet
#hrs.|hours
#mins.|minutes
et al.|et al
B.C.E.|BCE
B.C.|BC
A.D.|AD
C.E.|CE
Ph.D.|PhD
U.S.A.|USA
U.S.|U S
U.K.|U K
U.N.|U N
D.C.|D C
""",
    openers="""
The This That These Those It He She They We You A An But And So In On At As If When While For After Before There
Then Here His Her Its Our Their What Why How Who Yet Still Now Today Later Some Most Many However
""",
    after_a_time="""
Monday Tuesday Wednesday Thursday Friday Saturday Sunday Eastern Central Mountain Pacific Greenwich EST EDT CST CDT
MST MDT PST PDT GMT UTC BST CET
""",
    coordinating="and or",
    clinging="""
a an the of to in on at by for from with into onto as my your his her its our their this that these those no every
each some any is are was were be been has have had do does did can could will would shall should may might must not
very more most than mr. mrs. ms. dr. st.
""",
    rules="en",
    words=_WORDS,
    replacements={
        r"\bSt\.(?=\s+[A-Z])": "Saint",
        r"(?<=[a-z]\s)St\.": "Street",
        r"\bDr(?=\s[A-Z])": "Doctor",
    },
    pairs={
        "24/7": "twenty-four seven",
        "50/50": "fifty-fifty",
        "20/20": "twenty-twenty",
        "7/11": "seven eleven",
        "9/11": "nine eleven",
        "24/7/365": "twenty-four seven, three sixty-five",
    },
    spellings={  # British → American
        r"(?<=[a-z]{2})our(?=(?:s|ed|ing|able|ful|ites?|less|al|hoods?)?$)": "or",
        r"(?<=[a-z]{3})is(?=(?:e[drs]?|ers|ing|ations?)$)": "iz",
        r"(?<=[a-z]{2})ys(?=(?:e[drs]?|ing)$)": "yz",
        r"(?<=[a-z]{2})([tb])re(?=s?$)": r"\1er",
        r"(?<=[aeiou])([lpt])\1(?=(?:ed|ing|[eo]rs?)$)": r"\1",
        r"(?<=[a-z]{2})ogue(?=s?$)": "og",
        r"^(def|off|lic|pret)ence": r"\1ense",
        r"^programme(?=s?$)": "program",
        r"ae": "e",
        r"^sulph": "sulf",
        r"^grey": "gray",
        r"^mould": "mold",
        r"^plough": "plow",
        r"^sceptic": "skeptic",
        r"^aluminium$": "aluminum",
    },
    of_region=_of_region,
)
_BRITISH = dataclasses.replace(
    LANGUAGE,
    words=dataclasses.replace(_WORDS, day_first=True, date="the {ordinal} of {month}, {year}"),
)
