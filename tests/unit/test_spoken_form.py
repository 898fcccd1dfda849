import pytest
from audio_pipeline.spoken_form import spoken

CASES = {
    "en": """
It is $5.99, not $1.|It is five dollars and ninety-nine cents, not one dollar.
Over $3.5 million|Over three point five million dollars
$0.50 or $1,234 or £2.50|fifty cents or one thousand two hundred thirty-four dollars or two pounds and fifty pence
$100k or $2bn|one hundred thousand dollars or two billion dollars
On 3/4/2025 we met.|On March fourth, twenty twenty-five we met.
On 2025-04-03.|On April third, twenty twenty-five.
July 4, 1776 and 5 May|July fourth, seventeen seventy-six and the fifth of May
100 km/h for 1 km at -5 °C|one hundred kilometers per hour for one kilometer at minus five degrees Celsius
A 5-km run, 180 cm and 6 ft|A five kilometer run, one hundred eighty centimeters and six feet
Louis XIV and Henry VIII|Louis the fourteenth and Henry the eighth
Elizabeth I won World War II.|Elizabeth the first won World War two.
Malcolm X and I MIX a CD.|Malcolm X and I MIX a CD.
5 * 3 = 15, and *bold*|five times three equals fifteen, and bold
Dr. Smith and Mr. Jones vs. St. Mary on Elm St.|Doctor Smith and Mister Jones versus Saint Mary on Elm Street
At 5 p.m. in the U.S.|At five PM in the U S.
Tea, cake, etc. Then coffee.|Tea, cake, et cetera. Then coffee.
e.g., tea, i.e. hot|for example, tea, that is hot
Wait... what? He left...|Wait, what? He left.
Well… yes. …no…|Well, yes. no.
In 1969, 2005, 1800 and 1066|In nineteen sixty-nine, two thousand five, eighteen hundred and ten sixty-six
1,969 people|one thousand nine hundred sixty-nine people
The 1960s and the '80s|The nineteen sixties and the eighties
1914–1918 or 5-10 minutes|nineteen fourteen to nineteen eighteen or five to ten minutes
The 19th, 21st and 2nd|The nineteenth, twenty-first and second
At 12:30, 9:05 and 10:00.|At twelve thirty, nine oh five and ten o'clock.
½ cup, 2 1/2 cups|one half cup, two and a half cups
50% & more|fifty percent and more
It was #1!|It was number one!
-40 and 3.14|minus forty and three point one four
See No. 5.|See number five.
Call 555-1234, Boeing 747-400, 1.2.3, 007, 24/7|Call 555-1234, Boeing 747-400, 1.2.3, 007, 24/7
COVID-19, H2O, B2B, 4K, 5m|COVID-19, H2O, B2B, 4K, 5m
Say [[x]] or [[[y]]].|Say [x] or [y].
""",
    "en-GB": "On 3/4/2025.|On the third of April, twenty twenty-five.",
    "pt-BR": """
Custa R$ 5,99, não US$ 3 milhões.|Custa cinco reais e noventa e nove centavos, não três milhões de dólares.
Em 3/4/2025 às 14h30.|Em três de abril de dois mil e vinte e cinco às catorze e trinta.
No século XIX, Luís XIV e Pedro II|No século dezenove, Luís catorze e Pedro segundo
São 2 casas, 1 dia e 200 pessoas.|São duas casas, um dia e duzentas pessoas.
O 1º lugar e a 2ª vez|O primeiro lugar e a segunda vez
1.234,5 km, 20% e 3,14|mil duzentos e trinta e quatro vírgula cinco quilômetros, vinte por cento e três vírgula catorze
O Dr. Silva, p. ex., em 1969...|O doutor Silva, por exemplo, em mil novecentos e sessenta e nove.
16 e 2|dezesseis e dois
""",
    "pt-PT": "16 e 2|dezasseis e dois",
    "es": """
Cuesta 5,99 € o $10.|Cuesta cinco euros con noventa y nueve céntimos o diez dólares.
El 3/4/2025 a las 14:30.|El tres de abril de dos mil veinticinco a las catorce y treinta.
Siglo XIX, Felipe II|Siglo diecinueve, Felipe segundo
En el siglo XIX|En el siglo diecinueve
Son 21 días, 1 casa y 31.|Son veintiún días, una casa y treinta y uno.
El 1.º, la 2.ª y el 1er lugar|El primero, la segunda y el primer lugar
El Sr. Pérez, en EE. UU.|El señor Pérez, en Estados Unidos.
1.234,5 km y 20 %|mil doscientos treinta y cuatro coma cinco kilómetros y veinte por ciento
""",
    "de": """
Das kostet 5,99 € oder 3 Mio. €.|Das kostet fünf Euro und neunundneunzig Cent oder drei Millionen Euro.
Am 3. Mai 1945 um 14:30 Uhr|Am dritten Mai neunzehnhundertfünfundvierzig um vierzehn Uhr dreißig
Der 3. Oktober im 19. Jahrhundert|Der dritte Oktober im neunzehnten Jahrhundert
Am 3.4.2025.|Am dritten April zweitausendfünfundzwanzig.
Ludwig XIV. war König.|Ludwig der vierzehnte war König.
z. B. 1 Stunde, 1 Jahr usw.|zum Beispiel eine Stunde, ein Jahr und so weiter.
1.234,5 km und 50 %|eintausendzweihundertvierunddreißig Komma fünf Kilometer und fünfzig Prozent
""",
    "fr": """
Ça coûte 5,99 € ou 3 millions €.|Ça coûte cinq euros et quatre-vingt-dix-neuf centimes ou trois millions d'euros.
Le 3/4/2025 à 14h30, le 1er mai|Le trois avril deux mille vingt-cinq à quatorze heures trente, le premier mai
Au XIXe siècle, Louis XIV et François Ier|Au dix-neuvième siècle, Louis quatorze et François premier
M. Dupont et Mme Curie, la 2e fois|Monsieur Dupont et Madame Curie, la deuxième fois
1 234,5 km et 50 %|mille deux cent trente-quatre virgule cinq kilomètres et cinquante pour cent
En 1969|En mille neuf cent soixante-neuf
""",
}
PAIRS = [
    (language, *line.split("|"))
    for language, lines in CASES.items()
    for line in lines.strip().split("\n")
]


@pytest.mark.parametrize(("language", "written", "expected"), PAIRS)
def test_what_is_written_is_spoken_as(language, written, expected):
    assert spoken(written, language) == expected


@pytest.mark.parametrize(("language", "written", "expected"), PAIRS)
def test_what_is_spoken_is_not_changed_again(language, written, expected):
    assert spoken(expected, language) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "It's a well-known fact, isn't it? \"Yes\", she said; naïve cafés -- and I -- agree.",
        ),
        ("pt", "Às vezes, não há pão-de-ló; você não acha? – Acho!"),
        ("es", "¿Cómo estás? ¡Qué año, señor! Así fue."),
        ("de", "Straßen, Äpfel und Öl: „Schön“, sagte er. Das war’s."),
        ("fr", "L'été, où êtes-vous ? C'est-à-dire : « rien ». Un bœuf naïf."),
    ],
)
def test_plain_words_are_never_changed(language, text):
    assert spoken(text, language) == text


@pytest.mark.parametrize("text", ["価格は100円です。3 km", "100 км/ч за $5", "  two\nlines 5% "])
def test_a_language_without_rules_keeps_its_text(text):
    assert spoken(text, "ja") == text


def test_markup_of_piper_is_taken_away_in_every_language():
    assert spoken("a [[b]] c", "ja") == "a [b] c"


def test_paragraphs_stay_apart():
    assert spoken("One 1.\n\nTwo 2.", "en") == "One one.\n\nTwo two."
