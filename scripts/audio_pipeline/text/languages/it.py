"""Italian."""

import re

from audio_pipeline.text import counted, genders
from audio_pipeline.text.language import Language, Nouns, Phrases
from audio_pipeline.text.numerals import START

_ONE = re.compile(rf"{START}1 ([aeiouAEIOU][^\W\d_]*)")
_FIRST = re.compile(
    rf"{START}1(?= (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)\b)"
)


def _say_counted(text: str) -> str:
    return counted.in_words(LANGUAGE, _one, _ONE.sub(_elided, _FIRST.sub("primo", text)))


def _one(number: int, noun: str, gender: str) -> str:
    """Return the form of one before a noun: uno studente."""
    if number != 1 or not gender:
        return ""
    if gender == "f":
        return "una"
    return "uno" if re.match(r"s[^aeiou]|z|gn|ps|x|y", noun, re.IGNORECASE) else "un"


def _elided(match: re.Match[str]) -> str:
    """Elide one before a feminine noun: un'ora."""
    return f"un'{match[1]}" if genders.of(LANGUAGE, match[1]) == "f" else match[0]


LANGUAGE = Language(
    phrases=Phrases(
        speakers="""
narrat(?:ore|rice)|narratore/narratrice|narrazione|voce (?:narrante|fuori ?campo|off)|voice ?over
presentat(?:ore|rice)|condut(?:tore|trice)|speaker|copione|sceneggiatura
testo (?:parlato|narrato|della narrazione|da leggere)|testo
""",
        notes="""
(?:copione|script|sceneggiatura) (?:del|per il|per) video|elementi visivi|visual|immagin[ei](?: di sfondo)?
inquadratura|testo (?:a|sullo) schermo|testo in sovrimpressione|sovrimpressione|effett[oi] sonor[oi]
musica(?: di (?:sotto)?fondo)?|colonna sonora|telecamera|stacco(?: su)?
dissolvenza(?: in (?:apertura|chiusura)| al nero)?|transizione|grafica|animazione|conteggio (?:delle )?parole
numero (?:di|delle|totale di) parole|parole totali|durata(?: stimata| totale| del video)?|tono
pubblico (?:di riferimento|target)|titolo(?: del video)?|font[ei]|parole chiave
""",
        sections="""
introduzione|apertura|gancio|sviluppo|corpo (?:centrale|principale)|parte (?:centrale|principale)|conclusion[ei]
chiusura|finale|riassunto|sintesi|riepilogo|invito all['’]azione
""",
        scenes="scena|inquadratura|sezione|segmento|diapositiva|paragrafo",
        directions=r"""
visiv[oi]|musica\w*|suon[oi]|rumor[ei]|paus[ae]|silenzio|risat[ae]|risa|ride|applausi|stacco|dissolvenza|transizione
scena|inquadratura|telecamera|primo piano|immagin[ei]|narrat(?:ore|rice)|voce|sovrimpressione|schermo|sigla|sospir\w+
sussurr\w+|sorrid\w+|tono|\d+ parole|\d+ secondi|fine (?:del (?:copione|video|testo)|dello script|della narrazione)
""",
        eager=r"""
(?:s[iì],? )?certo(?: che sì)?|ma certo|certamente|sicuramente|assolutamente(?: sì)?|naturalmente|volentieri
molto volentieri|con piacere|perfetto|d['’]accordo|va bene|ottimo|nessun problema|ok
(?:sono|sarò) (?:felice|liet[oa]) di (?:aiutar|scriver)[^\n.!?:]{0,120}
""",
        here="""
ecco(?:ti|vi|le|lo|la)?|(?:qui )?di seguito|qui sotto|ti propongo|le propongo
ho (?:scritto|preparato|creato) (?:un[ao]?|il|la|lo)
""",
        product="""
copion[ei]|narrazion[ei]|test[oi]|script|paragraf[oi]|version[ei]|bozz[ae]|sceneggiatur[ae]|monolog(?:o|hi)
""",
        closings=r"""
(?:per favore,? )?(?:fammi|fatemi|facci|mi faccia) sapere (?:se|cosa ne pensi)|(?:dimmi|mi dica) (?:pure )?se
spero che (?:quest[oa] (?:testo|copione|narrazione|script|versione|ti|le|vi|
 sia|vada)|(?:ti|le|vi) (?:sia (?:utile|d['’]aiuto)|piaccia|aiuti|possa|torni))
spero che (?:il (?:testo|copione)|la narrazione|lo script|sia (?:utile|di)|vada bene|possa (?:esser|aiutar|servir))
se (?:hai|ha|avete) (?:bisogno di (?:altr|modific|ulterior|qualche|una|aiuto)|(?:altre )?domande|altre richieste)
se (?:vuoi|vuole|volete|desideri|desidera|preferisci),? (?:che (?:io )?(?:lo|
 la|ne|modific|aggiung|cambi|scriv|ampli|accorci)|posso)
se (?:vuoi|vuole|volete|desideri|desidera|preferisci),? (?:modific|
 apport|ulterior|un['’]altra versione|una versione|qualche modific)
non (?:esitare|esiti|esitate) a (?:chieder|contattar|farm|dirm|modificar|domandar|scriverm|comunicar)
(?:sentiti|si senta) liber[oa] di (?:modificar|chieder|adattar|contattar)
posso (?:adattar|modificar|accorciar|ampliar)\w* (?:il testo|lo script|il copione|la narrazione|il tono)
resto a (?:tua |sua |vostra )?disposizione
(?:vuoi|vuole|desideri|desidera|vorresti|preferisci|
 ti piacerebbe) che (?:io )?(?:lo|la|ne|modific|aggiung|cambi|scriv|ampli|accorci)
(?:nota: )?quest[oa] (?:copione|script|narrazione|testo) (?:è (?:pensat|
 adatt|di circa|lung)|dura|contiene circa|può essere)
\(?(?:conteggio|numero)(?: totale)?(?: delle| di)? parole\b
\(?fine (?:del copione|del testo|della narrazione|dello script)
""",
        refusals=r"""
sono (?:solo |soltanto )?un(?:['’]|a )? ?(?:modello (?:linguistico|
 di linguaggio)|intelligenza artificiale|assistente ia)
(?:mi (?:dispiace|spiace|rincresce)|(?:sono )?spiacente|mi scuso|scusa(?:mi|
 te)?),? (?:molto,? )?(?:ma )?(?:io )?(?:purtroppo )?non (?:posso|riesco|sono in grado|mi è possibile)
(?:purtroppo,? )?non (?:posso|sono in grado di|mi è possibile) (?:aiutar(?:ti|la|vi)|soddisfare|creare|
 scrivere|fornir|generare|produrre|rispondere|assister|accontentar|esaudire|completare|continuare)
(?:come|in quanto|essendo) (?:un(?:['’]|a )?)? ?(?:modello (?:di linguaggio|
 linguistico)|ia\b|intelligenza artificiale|assistente (?:virtuale|ia|ai))[^.!?]{0,40}non
""",
    ),
    within="""
dott.|dottor
dott.ssa|dottoressa
dr.|dottor
sig.|signor
sig.ra|signora
sig.na|signorina
sigg.|signori
prof.|professor
prof.ssa|professoressa
avv.|avvocato
ing.|ingegner
arch.|architetto
geom.|geometra
on.|onorevole
gen.|generale
mons.|monsignor
ca.|circa
p. es.|per esempio
p.es.|per esempio
per es.|per esempio
ad es.|ad esempio
es.|esempio
cfr.|confronta
vs.|versus
max.#|massimo
min.#|minimo
tel.|telefono
ed.|edizione
v.le|viale
p.za|piazza
p.zza|piazza
c.so|corso
sec.|secolo
secc.|secoli
n.#|numero
nn.#|numeri
p.#|pagina
pp.#|pagine
pag.#|pagina
pagg.#|pagine
cap.#|capitolo
capp.#|capitoli
art.#|articolo
artt.#|articoli
fig.#|figura
tav.#|tavola
vol.#|volume
""",
    anywhere="""
ecc.|eccetera
etc.|eccetera
a.C.|avanti Cristo
a. C.|avanti Cristo
d.C.|dopo Cristo
d. C.|dopo Cristo
S.p.A.|società per azioni
""",
    openers="""
Il Lo La I Gli Le Un Una Uno Lui Lei Loro Questo Questa Ma E In Nel Nella Quando Per Poi Oggi Dopo Così Se Non Anche
Come Io Noi Suo Sua Allora Ora
""",
    elided="L C D Un Dell All Nell Dall Quest Cos",
    nouns=Nouns(
        m="""
uomo padre figlio fratello ragazzo bambino zio nonno re giorno anno mese secolo minuto secondo mattino pomeriggio
problema tema sistema programma poema dramma clima panorama diploma schema dilema cinema enigma aroma trauma pianeta
poeta profeta papa duca collega artista turista atleta pigiama grammo chilogrammo chilo litro metro chilometro euro
dollaro paese cane fiore mare pesce pane latte sale piede ponte nome numero mille milione miliardo caffè tè
cucchiaio cucchiaino bicchiere fiume animale giornale ospedale canale studente insegnante
""",
        f="""
donna persona madre figlia sorella ragazza bambina zia nonna amica regina vittima moglie attrice volta ora settimana
notte mattina sera stagione epoca metà parte pagina riga lettera frase parola legge voce luce croce radice mano foto
auto moto radio tazza tazzina cucchiaiata fetta bottiglia lattina scatola pentola ciotola manciata libbra tonnellata
oncia moneta sterlina corona città via piazza casa scuola chiesa torre valle isola montagna nave chiave carne neve
febbre fame sete gente mente fonte fronte arte morte sorte base serie specie classe crisi tesi analisi sintesi
ipotesi vacca mucca pecora gallina volpe tigre ape formica gru canzone stagione
""",
        endings={"f": "a zione sione gione tà tù trice udine igine", "m": "o ore ista ale"},
        plurals=(("che", "ca"), ("ghe", "ga"), ("e", "a"), ("i", "o"), ("i", "e")),
        no_nouns="da la una alla ogni ancora",
        between="grande",
    ),
    pairs={
        "24/7": "ventiquattro ore su ventiquattro, sette giorni su sette",
        "50/50": "cinquanta e cinquanta",
    },
    halves={"m": "mezzo", "f": "mezza"},
    and_half={"m": "e mezzo", "f": "e mezza"},
    say_counted=_say_counted,
)
