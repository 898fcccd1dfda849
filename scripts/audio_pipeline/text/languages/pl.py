"""Polish."""

from audio_pipeline.text import counted
from audio_pipeline.text.language import Language, Nouns, Phrases
from audio_pipeline.text.numerals import spelled


def _say_counted(text: str) -> str:
    return counted.in_words(LANGUAGE, _one_or_two, text, adjectives=("e",))


def _one_or_two(number: int, noun: str, gender: str) -> str:
    kind = _kind(number, noun, gender)
    return spelled("pl", number, f"spellout-cardinal-{kind}") if kind else ""


def _kind(number: int, noun: str, gender: str) -> str:
    two = number % 10 == 2 and number % 100 != 12
    if number == 1 and noun.endswith("ę") and gender != "n":
        return "feminine-accusative"
    if two and gender == "f" and noun[-1] in "yie":
        return "feminine"
    return {"f": "feminine", "n": "neuter"}.get(gender, "") if number == 1 else ""


LANGUAGE = Language(
    ordinals_with_full_stop=True,
    phrases=Phrases(
        speakers="""
narrator(?:ka)?|narracja|lektor(?:ka)?|głos (?:lektora|z offu|spoza kadru)|prowadząc[ya]|prezenter(?:ka)?|scenariusz
skrypt|tekst (?:lektora|lektorski|mówiony|narracji)|tekst
""",
        notes="""
(?:scenariusz|skrypt) (?:filmu|wideo|do filmu)|wizualizacj[ae]|warstwa wizualna|obraz(?:y)?|ujęcie|grafika
tekst na ekranie|efekty? dźwiękow[ye]|muzyka(?: w tle)?|podkład muzyczny|kamera|cięcie(?: do)?|przejście|animacja
liczba słów|(?:szacowany |szacunkowy |przybliżony )?czas trwania|długość|ton|grupa docelowa|tytuł(?: filmu)?|źródł[oa]
słowa kluczowe
""",
        sections="""
wstęp|wprowadzenie|otwarcie|haczyk|rozwinięcie|część główna|treść główna|zakończenie|podsumowanie|wnioski|konkluzja
wezwanie do działania
""",
        scenes="scena|ujęcie|sekcja|segment|slajd|akapit",
        directions=r"""
wizualn\w+|muzyk\w*|dźwięk\w*|pauz[aęy]|cisza|śmiech\w*|śmieje się|oklaski|cięcie|przejście|scena|ujęcie|kamer\w+
zbliżenie|obraz\w*|narrator\w*|lektor\w*|głos\w*|ekran\w*|wzdycha|westchnienie|szept\w*|uśmiech\w*|ton|ściszenie
wyciszenie|\d+ słów|\d+ sekund\w*|koniec (?:scenariusza|narracji|skryptu|filmu|nagrania|tekstu)
""",
        eager="""
oczywiście|jasne|pewnie|naturalnie|z (?:wielką )?przyjemnością|chętnie(?: pomogę)?|dobrze|świetnie|rozumiem|w porządku
nie ma (?:sprawy|problemu)|okej|proszę bardzo|jak najbardziej
""",
        here="oto|poniżej|przedstawiam|proponuję|przygotował[ae]m|napisał[ae]m|proszę,? oto",
        product=r"""
scenariusz\w*|narracj\w+|tekst\w*|skrypt\w*|akapit\w*|wersj\w+|szkic\w*|monolog\w*
""",
        closings=r"""
(?:proszę,? )?(?:daj(?:cie)?|dać|niech pani? da) (?:mi )?znać,? (?:jeśli|jeżeli|czy|gdyby|co)
mam nadzieję,? że (?:to (?:pomoże|pomogło|spełnia|się)|(?:ten |ta )?(?:tekst|narracja|
 scenariusz|skrypt)|(?:ci |panu |pani )?się (?:spodoba|przyda)|pomogł[ae]m|spełnia)
(?:jeśli|jeżeli) (?:chcesz|chce pani?|chcieliby|chciał(?:a)?byś),? (?:żebym|
 abym|bym|coś zmienić|wprowadzić|mogę|zmienić|inną)
(?:jeśli|jeżeli) (?:potrzebujesz|potrzebuje pani?|masz|ma pani?) (?:jakich|
 dodatkow|zmian|popraw|inn|więcej (?:zmian|informacji)|pytania|dalszej)
gdyby(?:ś)? (?:potrzebował|chciał|były potrzebne|coś trzeba)\w*
nie wahaj(?:cie)? się (?:pytać|napisać|dać|zapytać|prosić|mnie)|śmiało (?:pisz|pytaj|daj znać)
(?:czy )?(?:chcesz|chciał(?:a)?byś|życzysz sobie),? (?:żebym|abym|bym)|czy mam (?:coś|go|ją|to|zmienić|skrócić|dodać)
mogę (?:też |również )?(?:zmienić|skrócić|dostosować|rozwinąć) (?:go|ją|ten|tę|tekst)
(?:uwaga: )?(?:ten (?:scenariusz|tekst|skrypt)|ta narracja) (?:ma (?:około|
 ok)|jest (?:przeznaczon|napisan|utrzyman)|trwa|zawiera około|można)
\(?liczba słów\b|\(?koniec (?:scenariusza|narracji|skryptu|tekstu)
""",
        refusals=r"""
jestem (?:tylko )?(?:(?:dużym )?modelem językowym|sztuczną inteligencją|asystentem ai)
(?:przepraszam|przykro mi|wybacz(?:cie)?|z przykrością|bardzo mi przykro),? (?:ale )?(?:niestety,? )?(?:nie (?:mogę|
 jestem w stanie|potrafię|będę (?:mógł|mogła|w stanie)|wolno mi))
(?:niestety,? )?nie (?:mogę|jestem w stanie|potrafię) (?:(?:ci|panu|pani|w tym|tego) )?(?:pomóc|
 spełnić|napisać|stworzyć|wygenerować|przygotować|zrealizować|odpowiedzieć|dostarczyć|kontynuować)
jako (?:(?:duży )?model językowy|model (?:ai|si|sztucznej)|
 sztuczna inteligencja|asystent(?:ka)? (?:ai|si)|ai)\b[^.!?]{0,40}(?:nie|jestem)
""",
        ordinals="""
fc|liga|maja?|stycznia|lutego|marca|kwietnia|czerwca|lipca|sierpnia|września|października|listopada|grudnia
""",
    ),
    within="""
np.|na przykład
tzn.|to znaczy
tj.|to jest
tzw.|tak zwany
m.in.|między innymi
ul.|ulica
al.|aleja
pl.|plac
os.|osiedle
prof.|profesor
dr.|doktor
doc.|docent
mgr.|magister
inż.|inżynier
ks.|ksiądz
św.|święty
gen.|generał
płk.|pułkownik
im.|imienia
zob.|zobacz
por.|porównaj
ok.|około
wg.|według
ww.|wyżej wymienione
tel.|telefon
max.#|maksymalnie
min.#|minimum
art.#|artykuł
godz.#|godzina
nr.#|numer
rozdz.#|rozdział
rys.#|rysunek
s.#|strona
str.#|strona
tab.#|tabela
w.#|wiek
""",
    anywhere="""
itd.|i tak dalej
itp.|i tym podobne
etc.|et cetera
p.n.e.|przed naszą erą
n.e.|naszej ery
#r.|roku
#w.|wieku
#tys.|tysięcy
#mln.|milionów
#mld.|miliardów
#min.|minut
#godz.|godzin
#zł.|złotych
""",
    openers="""
On Ona Ono Oni One Ja Ty My To Ten Ta Te Ale I A W We Na Z Po Gdy Kiedy Potem Teraz Dziś Dzisiaj Tam Tu Jego Jej Ich
Nie Jest Są Był Była Było Wtedy Następnie Jednak Od Do Dla Przez Każdy Każda Wiele
""",
    before_ordinals="w we na od za przed podczas ku",
    after_ordinals="wojn wojen światow pułk dywizj armi korpus brygad rzesz lig kongres batalion",
    nouns=Nouns(
        m="""
mężczyzna artysta poeta kolega dzień rok miesiąc tydzień wiek litr metr kilometr kilogram gram człowiek złoty
""",
        f="""
kobieta osoba córka siostra matka dziewczyna żona godzina minuta sekunda noc doba łyżka łyżeczka szklanka filiżanka
butelka puszka kropla kromka tona mila książka strona litera cyfra liczba droga ulica szkoła rzeka góra wyspa
planeta gwiazda krowa owca kura ryba mucha pszczoła mysz głowa noga ręka złotówka część rzecz odpowiedź wieś kość
sól zupa grupa drużyna wojna bitwa piosenka lekcja stacja armia partia rodzina próba zasada ściana marchewka cebula
""",
        n="""
dziecko miasto jajko okno zwierzę jabłko słowo zdanie imię krzesło morze jezioro mieszkanie pytanie pole serce oko
ucho
""",
        plurals=(("ie", "ia"), ("y", "a"), ("i", "a"), ("e", "a"), ("e", ""), ("y", "")),
    ),
    pairs={"24/7": "dwadzieścia cztery na siedem", "50/50": "pół na pół"},
    halves={"": "pół"},
    say_counted=_say_counted,
)
