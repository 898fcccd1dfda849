"""Dutch."""

import re

from audio_pipeline.text.language import Language, Nouns, Phrases
from audio_pipeline.text.numerals import START, spelled


def _say_ordinals(sentence: str) -> str:
    """Spell out ordinals: 3e, 3de, 20ste."""
    return re.sub(
        rf"{START}(\d{{1,3}})(?:e|de|ste)\b",
        lambda m: spelled("nl", int(m[1]), "spellout-ordinal"),
        sentence,
    )


LANGUAGE = Language(
    phrases=Phrases(
        speakers="""
verteller|vertelster|vertelstem|stem buiten beeld|commentaarstem|presentator|presentatrice|spreker|spreekster
spreektekst|gesproken tekst|verteltekst|tekst|vertelling
""",
        notes="""
video-?script|visueel|beeld(?:en)?|tekst (?:in|op het|op) (?:beeld|scherm)|geluidseffect(?:en)?|(?:achtergrond)?muziek
overgang|aantal woorden|woordenaantal|(?:geschatte |totale )?(?:duur|lengte|tijdsduur)|toon|doelgroep|(?:video)?titel
bron(?:nen)?|trefwoorden|animatie
""",
        sections="""
inleiding|introductie|opening|haak|middenstuk|midden|hoofddeel|hoofdtekst|conclusie|slot|afsluiting|afronding
samenvatting|oproep tot actie
""",
        scenes="scène|opname|sectie|segment|dia|alinea|paragraaf|fragment",
        directions=r"""
visueel\w*|\w*muziek\w*|geluid(?:en)?|geluidseffect\w*|pauze|stilte|gelach|lacht|applaus|overgang|scène|beeld(?:en)?
verteller|stem|scherm|zucht|fluister\w*|glimlach\w*|toon|\d+ woorden|\d+ seconden
einde (?:van (?:het |de )?)?(?:script|video|tekst|vertelling)
""",
        eager=r"""
natuurlijk|zeker(?: weten)?|jazeker|uiteraard|vanzelfsprekend|graag(?: gedaan)?|met (?:alle )?plezier|oké|prima
geen probleem|absoluut|ik help (?:je|u) graag[^\n.!?:]{0,120}
""",
        here="""
hier (?:is|zijn|volgt|heb je|heeft u|vind je|vindt u|komt)|hieronder|onderstaand|ik heb (?:een|de|het|dit|voor)
alsjeblieft|alstublieft
""",
        product=r"""
\p{L}{0,12}scripts?|\p{L}{0,12}tekst(?:en|je)?|vertelling(?:en)?|alinea(?:['’]?s)?|paragra(?:af|fen)|versies?|concept
monoloog
""",
        closings=r"""
laat (?:het )?(?:me|mij|ons) (?:gerust |maar |even )?weten (?:als|of|indien|wanneer|mocht|wat (?:je|u) ervan)
ik hoop dat (?:dit (?:script|helpt|je|u|naar|voldoet|nuttig)|deze (?:tekst|vertelling|
 versie)|(?:je|u) (?:dit|hier|het script|de tekst)|de tekst|het script|het (?:helpt|bevalt))
(?:als|indien) (?:je|u) (?:nog )?(?:wijzigingen|aanpassingen|(?:verdere |
 andere )?vragen|een andere versie|wilt? dat ik|meer hulp|verdere)
mocht (?:je|u) (?:nog )?(?:wijzigingen|aanpassingen|vragen|iets|meer)|voel je (?:vrij|gerust) om
aarzel (?:dan )?niet om (?:me|mij|te vragen|contact|het)|(?:wil je|wilt u|zou je willen) dat ik
zal ik (?:het|de tekst|nog|een)|kan ik (?:je|u) nog (?:ergens|verder)
(?:let op: |opmerking: )?(?:dit script|deze (?:tekst|vertelling)) (?:is (?:ongeveer|
 bedoeld|geschikt|geschreven)|duurt|bevat|telt|kan worden)
\(?aantal woorden\b|\(?einde (?:van (?:het |de )?)?(?:script|tekst|vertelling)
""",
        refusals=r"""
ik ben (?:slechts |maar )?een (?:ai|(?:ai-|groot )?taalmodel|ai-assistent)\b
(?:het spijt (?:me|mij)|sorry|mijn excuses|excuses),? (?:maar )?(?:ik (?:kan|
 mag|ben)|(?:kan|mag|ben) ik|dat kan ik)\b[^.!?]{0,60}\b(?:niet|geen)\b
(?:helaas,? )?(?:kan ik|ik kan|ik mag|mag ik)(?: (?:je|u|hier|hierbij|daar|
 daarbij|dit|dat|deze|aan|met|helaas)){0,4} (?:niet|geen)\b[^.!?]{0,40}\b(?:helpen|
 schrijven|maken|genereren|voldoen|meewerken|leveren|verstrekken|creëren)
als (?:een )?(?:ai|(?:ai-|groot )?taalmodel|ai-(?:assistent|model)|
 kunstmatige intelligentie)\b[^.!?]{0,40}(?:kan|ben|heb|mag) ik
""",
    ),
    within="""
bijv.|bijvoorbeeld
bv.|bijvoorbeeld
d.w.z.|dat wil zeggen
d.m.v.|door middel van
i.p.v.|in plaats van
i.v.m.|in verband met
m.a.w.|met andere woorden
m.b.t.|met betrekking tot
m.n.|met name
n.a.v.|naar aanleiding van
o.a.|onder andere
o.m.|onder meer
o.l.v.|onder leiding van
t.a.v.|ten aanzien van
t.g.v.|ten gevolge van
t.o.v.|ten opzichte van
t.w.|te weten
ca.|circa
dhr.|de heer
mevr.|mevrouw
mw.|mevrouw
dr.|doctor
drs.|doctorandus
mr.|meester
ir.|ingenieur
ing.|ingenieur
prof.|professor
ds.|dominee
St.|Sint
evt.|eventueel
excl.|exclusief
incl.|inclusief
resp.|respectievelijk
vgl.|vergelijk
vs.|versus
zgn.|zogenaamde
zg.|zogenaamde
tel.|telefoon
max.#|maximaal
min.#|minimaal
afb.#|afbeelding
art.#|artikel
blz.#|bladzijde
hfst.#|hoofdstuk
nr.#|nummer
nrs.#|nummers
p.#|pagina
""",
    anywhere="""
enz.|enzovoort
etc.|et cetera
e.d.|en dergelijke
e.a.|en anderen
a.u.b.|alstublieft
jl.|jongstleden
v.Chr.|voor Christus
v. Chr.|voor Christus
n.Chr.|na Christus
n. Chr.|na Christus
#mln.|miljoen
#mld.|miljard
""",
    openers="""
De Het Een Hij Zij Ze Wij We Ik Je Dit Dat Deze Die Maar En In Op Als Toen Dan Daar Hier Nu Vandaag Later Er Zijn
Haar Hun Ook Voor Na Met Bij Toch Daarna
""",
    nouns=Nouns(
        n="""
uur kwartier jaar kwart glas blik brood ei huis boek woord land dorp kind meisje dier paard schaap varken kilo pond
ons stuk potje kopje bakje beetje blok vel vat bord dozijn etmaal decennium
""",
        endings={"n": "je um ment sel"},
        compound_letters=3,
    ),
    pairs={"24/7": "vierentwintig zeven", "50/50": "vijftig vijftig"},
    halves={"": "halve", "n": "half"},
    say_ordinals=_say_ordinals,
)
