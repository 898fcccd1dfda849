"""German."""

from audio_pipeline.text import german
from audio_pipeline.text.language import Language, Nouns, Phrases, Words

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    pace_s=(0.25, 1.0),
    phrases=Phrases(
        speakers="""
sprecher(?:in)?|erzähler(?:in)?|moderator(?:in)?|off-stimme|stimme aus dem off|sprechertext|skript
""",
        notes="""
videoskript|visuell(?:es)?|bild(?:er)?|einblendung|text auf dem bildschirm|soundeffekte?|(?:hintergrund)?musik|kamera
schnitt(?: auf)?|überblendung|wortanzahl|wörter|(?:geschätzte )?(?:dauer|länge)|tonfall|(?:video)?titel|quellen?
""",
        sections="einleitung|einführung|einstieg|hauptteil|schluss|fazit|abschluss|zusammenfassung",
        scenes="szene|einstellung|abschnitt|folie|absatz",
        directions=r"""
visuell\w*|\w*musik|geräusche?|pause|stille|lach(?:t|en)|applaus|schnitt|\w*blendung|szene|kamera|bild\w*|ton
sprecher\w*|stimme|\d+ wörter|\d+ sekunden|ende des (?:skripts|videos)
""",
        eager="gerne?(?: doch)?|natürlich|klar|sicher|selbstverständlich|aber gerne",
        here="hier (?:ist|sind|kommt|folgt|findest)|nachfolgend|im folgenden|anbei",
        product="""
(?:video|dreh)?(?:skript|buch)|sprechertext|narration|erzählung|text|absatz|version|entwurf
""",
        closings="""
lass(?:en sie)? (?:es )?mich (?:gerne )?wissen|sag(?:en sie)? (?:mir )?(?:gerne |einfach )?bescheid
gib mir (?:gerne )?bescheid|ich hoffe,? (?:das|dass (?:dir|ihnen|der|das|dieser|dieses)|dieser text|der text|dieses)
(?:wenn|falls) (?:du|sie) (?:noch )?(?:änderungen|weitere|fragen|möchtest, dass|möchten, dass|anpassungen|wünsche)
möchtest du,? dass ich|soll ich (?:den|das|noch|es)
""",
        refusals="""
(?:es tut mir (?:sehr )?leid|tut mir (?:sehr )?leid|
 entschuldigung|leider),? (?:aber )?(?:ich kann|kann ich|dabei kann)
ich kann (?:dir |ihnen )?(?:dabei |damit |diese anfrage |das |
 diesen text )?(?:leider )?nicht (?:helfen|erfüllen|schreiben|erstellen|weiterhelfen)
als (?:ein )?(?:ki|sprachmodell|ki-sprachmodell|künstliche intelligenz),? (?:kann|habe|bin) ich
""",
        ordinals="""
januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|advent|bundesliga|liga
klasse|platz|weltkrieg|kreuzzug|stock|etage|kapitel|akt|teil|person|halbzeit|runde|mannschaft|jahrhundert|jahrtausend
preis|gang|mose|buch|strophe|weihnachtstag|weihnachtsfeiertag
""",
    ),
    within="""
Dr.|Doktor
Prof.|Professor
Dipl.-Ing.|Diplomingenieur
Ing.|Ingenieur
Mag.|Magister
Fa.|Firma
Hr.|Herr
Hrn.|Herrn
Fr.|Frau
St.|Sankt
hl.|heilige
Hrsg.|Herausgeber
hrsg.|herausgegeben
Tel.|Telefon
Bsp.|Beispiel
z. B.|zum Beispiel
z.B.|zum Beispiel
d. h.|das heißt
d.h.|das heißt
u. a.|unter anderem
u.a.|unter anderem
v. a.|vor allem
v.a.|vor allem
z. T.|zum Teil
z.T.|zum Teil
z. Zt.|zurzeit
zzt.|zurzeit
u. U.|unter Umständen
u.U.|unter Umständen
m. E.|meines Erachtens
m.E.|meines Erachtens
i. d. R.|in der Regel
i.d.R.|in der Regel
i. A.|im Auftrag
o. g.|oben genannte
o.g.|oben genannte
s. o.|siehe oben
s.o.|siehe oben
s. u.|siehe unten
s.u.|siehe unten
bzw.|beziehungsweise
bzgl.|bezüglich
zzgl.|zuzüglich
abzgl.|abzüglich
ca.|circa
rd.#|rund
max.#|maximal
min.#|mindestens
mind.#|mindestens
vgl.|vergleiche
bspw.|beispielsweise
gegr.|gegründet
geb.|geboren
gest.|gestorben
ggf.|gegebenenfalls
ggfs.|gegebenenfalls
evtl.|eventuell
inkl.|inklusive
exkl.|exklusive
einschl.|einschließlich
ausschl.|ausschließlich
sog.|sogenannte
allg.|allgemein
insb.|insbesondere
insbes.|insbesondere
bes.|besonders
gem.|gemäß
lt.|laut
wg.|wegen
ehem.|ehemalige
entspr.|entsprechend
urspr.|ursprünglich
betr.|betreffend
vs.|versus
resp.|respektive
Nr.#|Nummer
Nrn.#|Nummern
Abb.#|Abbildung
Tab.#|Tabelle
Kap.#|Kapitel
Bd.#|Band
Bde.#|Bände
Art.#|Artikel
Abs.#|Absatz
Ziff.#|Ziffer
Aufl.|Auflage
Jg.#|Jahrgang
Kl.#|Klasse
S.#|Seite
Jan.|Januar
Feb.|Februar
Aug.|August
Sept.|September
Okt.|Oktober
Nov.|November
Dez.|Dezember
""",
    anywhere="""
etc.|et cetera
usw.|und so weiter
usf.|und so fort
u. Ä.|und Ähnliches
u.Ä.|und Ähnliches
o. Ä.|oder Ähnliches
o.Ä.|oder Ähnliches
u. v. m.|und vieles mehr
u.v.m.|und vieles mehr
v. Chr.|vor Christus
n. Chr.|nach Christus
v.Chr.|vor Christus
n.Chr.|nach Christus
a. D.|außer Dienst
e. V.|e V
ff.|folgende
Jh.|Jahrhundert
Jhd.|Jahrhundert
Jhdt.|Jahrhundert
Mio.|Millionen
Mrd.|Milliarden
Tsd.|Tausend
#Std.|Stunden
#Min.|Minuten
#Sek.|Sekunden
#Stk.|Stück
Str.|Straße
Co.|Co
""",
    openers="""
Der Die Das Ein Eine Er Sie Es Wir Ich Aber Und In Im Am An Auf Als Wenn Dann Dort Hier Heute Später Danach Doch
Diese Dieser Dieses Sein Seine Ihr Ihre Man So Nach Mit Bei Dem Den Des Denn Da Dabei Dadurch Damals Deshalb Du Wer
Was Wie Wo Warum Weil Obwohl Jetzt Nun Auch Nur Noch Schon Zuerst Zunächst Schließlich Für Von Vor Zu Zum Zur Seit
Über Unter Viele Manche Einige Jeder Jede Jedes Kein Keine Nicht Nachdem Während Trotzdem Mein Meine Unser Unsere
Bis Gegen Ohne Um Bevor Sobald Alle Beim Vom Zwischen Dazu Daher Darum Außerdem Ab Aus
""",
    before_ordinals="""
der die das den dem des am im vom zum zur beim ans ins aufs fürs durchs ums übers jeder jede jedes jeden jedem
dieser diese dieses diesen diesem jener jene jenes jenen jenem welcher welche welches welchen welchem ein eine einer
eines einen einem kein keine keiner keines keinen keinem mein meine meiner meines meinen meinem dein deine deiner
deines deinen deinem sein seine seiner seines seinen seinem ihr ihre ihrer ihres ihren ihrem unser unsere unserer
unseres unseren unserem unsr unsre unsrer unsres unsren unsrem euer euere euerer eueres eueren euerem eur eure eurer
eures euren eurem
""",
    after_ordinals="""
januar februar märz april mai juni juli august september oktober november dezember jahrhundert jahrtausend weltkrieg
platz liga bundesliga klasse kapitel akt teil runde halbzeit auflage staffel folge advent stock etage obergeschoss
reihe generation instanz lesung person versuch geburtstag jahrestag todestag hochzeitstag semester lebensjahr
schuljahr quartal rang stelle bezirk senat armee division internationale republik sinfonie symphonie spieltag etappe
wahlperiode grad ordnung
""",
    ordinal_adjectives=r"[a-zäöüß]{3,}(?:e|er|es|en)",
    ordinal_role="als",
    coordinating="und oder",
    clinging="""
der die das den dem des ein eine einen einem einer eines in im an am zu zum zur von vom mit bei nach aus auf für
über unter sein seine ihr ihre nicht ist sind war wird dr.
""",
    rules="de",
    words=Words(
        point="Komma",
        decimal=",",
        thousands=".",
        digit_by_digit=True,
        minus="minus",
        to="bis",
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        units="""
km/h|Kilometer pro Stunde|Kilometer pro Stunde
m/s|Meter pro Sekunde|Meter pro Sekunde
km²|Quadratkilometer|Quadratkilometer
m²|Quadratmeter|Quadratmeter
m³|Kubikmeter|Kubikmeter
km|Kilometer|Kilometer
cm|Zentimeter|Zentimeter
mm|Millimeter|Millimeter
m|Meter|Meter
kg|Kilogramm|Kilogramm
mg|Milligramm|Milligramm
g|Gramm|Gramm
ml|Milliliter|Milliliter
l|Liter|Liter
L|Liter|Liter
t|Tonne|Tonnen|f
ha|Hektar|Hektar
kWh|Kilowattstunde|Kilowattstunden|f
kW|Kilowatt|Kilowatt
MW|Megawatt|Megawatt
GW|Gigawatt|Gigawatt
W|Watt|Watt
V|Volt|Volt
GHz|Gigahertz|Gigahertz
MHz|Megahertz|Megahertz
Hz|Hertz|Hertz
MB|Megabyte|Megabyte
GB|Gigabyte|Gigabyte
TB|Terabyte|Terabyte
min|Minute|Minuten|f
°C|Grad Celsius|Grad Celsius
°F|Grad Fahrenheit|Grad Fahrenheit
°|Grad|Grad
%|Prozent|Prozent
""",
        currencies="""
US$|US-Dollar|US-Dollar|Cent|Cent
$|Dollar|Dollar|Cent|Cent
€|Euro|Euro|Cent|Cent
£|Pfund|Pfund|Penny|Pence
¥|Yen|Yen||
""",
        symbols="""
&|und
=|gleich
+|plus
×|mal
÷|geteilt durch
±|plus minus
≈|ungefähr
≤|höchstens
≥|mindestens
<|kleiner als
>|größer als
@|at
→|zu
§|Paragraf
""",
        scales="Tausend Million Millionen Milliarde Milliarden Billion Billionen",
        with_cents="und",
        halves="ein halb|ein Drittel|zwei Drittel|ein Viertel|drei Viertel",
        number_sign="Nummer",
        years_in_hundreds=True,
        gender=german.gender,
        agrees_alone=False,
        thousand="Tausend",
        million="Million Millionen",
        billion="Milliarde Milliarden",
        plural_from=1.001,
        date="{ordinal} {month} {year}",
        date_mark=".",
        before_date=r"\b(?:[Aa]m|[Vv]om|[Zz]um|[Dd]em|[Dd]en|[Bb]eim|[Ii]m|[Ss]eit|[Aa]b|[Dd]es) ",
        day_ordinals=("-r", "-n"),
        hour_gender="m",
        clock="{hour} Uhr {minute}",
        full_hour="{hour} Uhr",
        clock_end=r"(?: Uhr\b)?",
        dot="Punkt",
        code_stands="before",
        to_in_a_score="zu",
        score_marks="-–:",
        by="mal",
        times="-mal",
        parts="Kapitel|Band|Teil|Akt|Abbildung|Tabelle",
        ruler="der",
    ),
    nouns=Nouns(
        m="""
mann vater sohn bruder onkel opa herr junge mensch könig prinz freund kunde kollege gast tag monat abend morgen
vormittag nachmittag mittag augenblick moment krieg weltkrieg frieden versuch platz schritt punkt grund teil satz
absatz artikel band akt gang stock rang sieg titel test film roman brief text name buchstabe gedanke funke glaube
wille haufen löwe affe hase bär ochse elefant hund vogel fisch wurm käse bote neffe zeuge experte liter meter
kilometer zentimeter millimeter löffel esslöffel teelöffel becher topf schuss apfel kuchen euro dollar cent franken
baum wald berg fluss see ozean ort kreis kontinent planet stern mond himmel wind sturm regen schnee weg zug bus flug
kopf fuß arm finger zahn hals mund rücken stuhl tisch schrank schlüssel computer roboter motor advent geburtstag
feiertag hochzeitstag jahrestag todestag stellvertreter präsident kanzler bürgermeister vorsitzende kandidat
spieltag spieler schüler lehrer student arzt korb sack kasten stein ball preis lohn betrag beitrag vertrag schlag
anruf eintrag aufzug ausgang eingang anfang januar februar märz april mai juni juli august september oktober
november dezember bezirk senat strafsenat januar hafen garten boden wagen ofen laden faden magen reifen irrtum
reichtum name same friede kongress parteitag kaiser papst artikel deutsche stiefel löffel nobelpreis band kreuzzug
könig zyklus
""",
        f="""
frau mutter tochter schwester tante oma dame königin freundin person stunde minute sekunde woche nacht zeit hälfte
halbzeit uhrzeit jahreszeit mahlzeit tasse flasche dose prise scheibe packung portion kugel gabel tüte zehe zwiebel
kartoffel tomate nuss butter milch meile unze tonne stadt straße gasse insel brücke burg kirche schule universität
klasse liga bundesliga reihe runde etappe etage stufe seite zeile karte zahl nummer ziffer frage antwort idee regel
art form kraft macht hand wand wurst brust haut luft frucht bank angst kuh maus gans katze biene spinne schlange
ente fliege wahl tat fahrt schlacht schrift nachricht aussicht ansicht sicht schicht pflicht geschichte gemeinde
gebärde geste geige staffel folge auflage ausgabe strophe sinfonie symphonie oper ehe generation instanz welt tür
uhr feder mauer leiter schulter kammer ader faser wimper figur natur kultur arbeit hilfe liebe reise waffe sache
kenntnis erlaubnis million milliarde billion armee division kompanie wahlperiode legislaturperiode amtszeit dynastie
republik internationale person mark krone achse ecke hochzeit gefahr erde sprache milch
""",
        n="""
jahr jahrzehnt jahrhundert jahrtausend mal kind mädchen baby paar tier pferd schwein schaf huhn ei buch kapitel wort
bild lied album stück spiel tor ziel ende auge ohr herz bein knie haar gesicht haus zimmer fenster dach dorf land
schloss museum hotel zentrum meer wasser feuer licht geld gold silber kilo kilogramm gramm pfund glas bund blatt
brot brötchen salz öl ei drittel viertel fünftel zehntel prozent mitglied opfer volk reich gesetz gebot semester
schuljahr quartal halbjahr lebensjahr amt studium interesse gebäude gebirge gemälde gelände gemüse getreide ergebnis
ereignis erlebnis verhältnis messer muster wunder system problem programm projekt team gerät auto flugzeug schiff
rad boot telefon handy foto video konzert theater kino instrument element regiment bataillon korps bundesland rennen
treffen essen leben konzil vatikanum plätzchen testament geschlecht gleis obergeschoss stockwerk geschoss bier
jubiläum finale halbfinale viertelfinale achtelfinale semifinale event internet
""",
        endings={
            "f": "e ung heit keit schaft ion tät ik enz anz erin lerin rei",
            "m": "er ling ismus ist eur ich ig",
            "n": "chen lein ment um nis",
        },
        compound_letters=3,
    ),
    replacements={
        r"(?<=[a-zäöüß])str\.(?=\s\w)": "straße",
        r"(?<![\d.,])1 Millionen\b": "eine Million",
        r"(?<![\d.,])1 Milliarden\b": "eine Milliarde",
    },
    pairs={"24/7": "vierundzwanzig sieben", "50/50": "fünfzig-fünfzig"},
    half=german.half,
    say_ordinals=german.say_ordinals,
)
