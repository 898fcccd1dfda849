"""Abbreviations with a full stop, as they are read aloud, and which of them may be the last word of a sentence.

A table line is what is written, then what is spoken. `#` after the abbreviation: only before a number.
"""

import functools
from dataclasses import dataclass

# Within a sentence, always: a title before a name, "for example".
_WITHIN = {
    "en": """
Dr.|Doctor
Mr.|Mister
Mrs.|Missus
Ms.|Ms
Prof.|Professor
Gen.|General
Col.|Colonel
Capt.|Captain
Lt.|Lieutenant
Sgt.|Sergeant
Rev.|Reverend
Gov.|Governor
Sen.|Senator
Rep.|Representative
Mt.|Mount
Ft.|Fort
e.g.,|for example,
i.e.,|that is,
e.g.|for example
i.e.|that is
vs.|versus
approx.|approximately
cf.|compare
ca.|circa
c.#|circa
No.#|number
Nos.#|numbers
Fig.#|figure
fig.#|figure
Vol.#|volume
vol.#|volume
Ch.#|chapter
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
    "pt": """
Dr.|doutor
Dra.|doutora
Sr.|senhor
Sra.|senhora
Srta.|senhorita
Prof.|professor
Profa.|professora
Eng.|engenheiro
Av.|avenida
p. ex.|por exemplo
p.ex.|por exemplo
séc.|século
aprox.|aproximadamente
pág.#|página
págs.#|páginas
vol.#|volume
cap.#|capítulo
n.º#|número
nº#|número
n.o#|número
""",
    "es": """
Dr.|doctor
Dra.|doctora
Sr.|señor
Sra.|señora
Srta.|señorita
Prof.|profesor
D.ª|doña
Ud.|usted
Uds.|ustedes
Avda.|avenida
Av.|avenida
p. ej.|por ejemplo
p.ej.|por ejemplo
aprox.|aproximadamente
pág.#|página
págs.#|páginas
vol.#|volumen
cap.#|capítulo
n.º#|número
nº#|número
núm.#|número
""",
    "de": """
Dr.|Doktor
Prof.|Professor
Fa.|Firma
Hr.|Herr
Hrn.|Herrn
Fr.|Frau
St.|Sankt
z. B.|zum Beispiel
z.B.|zum Beispiel
d. h.|das heißt
d.h.|das heißt
u. a.|unter anderem
u.a.|unter anderem
bzw.|beziehungsweise
ca.|circa
vgl.|vergleiche
bspw.|beispielsweise
gegr.|gegründet
geb.|geboren
gest.|gestorben
ggf.|gegebenenfalls
evtl.|eventuell
inkl.|inklusive
Nr.#|Nummer
Abb.#|Abbildung
Kap.#|Kapitel
Bd.#|Band
S.#|Seite
Jan.|Januar
Feb.|Februar
Aug.|August
Sept.|September
Okt.|Oktober
Nov.|November
Dez.|Dezember
""",
    "fr": """
M.|Monsieur
MM.|Messieurs
Dr.|docteur
Pr.|professeur
p. ex.|par exemple
p.ex.|par exemple
c.-à-d.|c'est-à-dire
env.|environ
av. J.-C.|avant Jésus-Christ
apr. J.-C.|après Jésus-Christ
n°#|numéro
no#|numéro
p.#|page
pp.#|pages
vol.#|volume
chap.#|chapitre
fig.#|figure
""",
}
# These may end a sentence too; the full stop is then its own.
_ANYWHERE = {
    "en": """
etc.|et cetera
a.m.|AM
p.m.|PM
Jr.|Junior
Sr.|Senior
Inc.|Incorporated
Ltd.|Limited
Corp.|Corporation
Co.|Company
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
    "pt": """
etc.|et cetera
a.C.|antes de Cristo
a. C.|antes de Cristo
d.C.|depois de Cristo
d. C.|depois de Cristo
Ltda.|limitada
""",
    "es": """
etc.|etcétera
a. C.|antes de Cristo
a.C.|antes de Cristo
d. C.|después de Cristo
d.C.|después de Cristo
EE. UU.|Estados Unidos
EE.UU.|Estados Unidos
a. m.|de la mañana
p. m.|de la tarde
a.m.|de la mañana
p.m.|de la tarde
""",
    "de": """
etc.|et cetera
usw.|und so weiter
usf.|und so fort
u. Ä.|und Ähnliches
v. Chr.|vor Christus
n. Chr.|nach Christus
v.Chr.|vor Christus
n.Chr.|nach Christus
Jh.|Jahrhundert
Mio.|Millionen
Mrd.|Milliarden
Tsd.|Tausend
Str.|Straße
""",
    "fr": "etc.|et cetera",
}


@dataclass(frozen=True)
class Abbreviation:
    """written, with its full stop; before_number: only there is it one; may_end: a sentence can end with it."""

    written: str
    spoken: str
    before_number: bool
    may_end: bool


@functools.cache
def of(language: str) -> list[Abbreviation]:
    """The abbreviations of a language, by the part before its hyphen; the longest first."""
    base = language.split("-")[0].lower()
    found = []
    for table, may_end in ((_WITHIN, False), (_ANYWHERE, True)):
        for line in table.get(base, "").split("\n"):
            written, bar, spoken = line.partition("|")
            if bar:
                name = written.removesuffix("#")
                found.append(Abbreviation(name, spoken, written != name, may_end))
    return sorted(found, key=lambda one: -len(one.written))
