import pytest
from audio_pipeline.text.spoken_form import spoken

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
The 555-1234 bolt, Boeing 747-400, 1.2.3, 007|The 555-1234 bolt, Boeing 747-400, 1.2.3, 007
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
DIGITS = {
    "en": """
Call 3333-4444.|Call three three three three, four four four four.
Call us: 555-1234.|Call us: five five five, one two three four.
Write to 3333-4444.|Write to three three three three, four four four four.
It is (555) 123-4567.|It is five five five, one two three, four five six seven.
It is 555-123-4567.|It is five five five, one two three, four five six seven.
Dial +1 555 123 4567.|Dial plus one, five five five, one two three, four five six seven.
Dial 911.|Dial nine one one.
He is 6'2" on Elm St. She is not.|He is 6'2" on Elm Street. She is not.
911 people left.|nine hundred eleven people left.
1914-1918, 2000-3000 people|nineteen fourteen to nineteen eighteen, two thousand to three thousand people
1250-4375 m|twelve fifty to four thousand three hundred seventy-five meters
1.5-2 hours, 1,000-2,000 people|one point five to two hours, one thousand to two thousand people
At 10:30-11:30, her number is 5551234|At ten thirty to eleven thirty, her number is five five five one two three four
5000-6000 steps, section 4-2|five thousand to six thousand steps, section 4-2
$5-10, $5-$10, €5–10|five to ten dollars, five to ten dollars, five to ten euros
$5-10 million or $10-15k|five to ten million dollars or ten to fifteen thousand dollars
$1.50-2.50|one dollar and fifty cents to two dollars and fifty cents
US$5M, 5-10%|five million dollars, five to ten percent
10–15 °C, pp. 5-10, the 1990s|ten to fifteen degrees Celsius, pages five to ten, the nineteen nineties
Open 24/7, split 50/50|Open twenty-four seven, split fifty-fifty
After 9/11 in a 7/11|After nine eleven in a seven eleven
8/10 people, on 3/10|eight out of ten people, on 3/10
1.5M users, 10K steps|one point five million users, ten thousand steps
250M people, 1.5B parameters|two hundred fifty million people, one point five billion parameters
A 10K run, a 4K video, a 5K|A ten K run, a 4K video, a 5K
Room 10B, 3M tape, the 100M sprint|Room 10B, 3M tape, the 100M sprint
5K followers, 10M+ views|five thousand followers, ten million views
Over 2M copies, a 401(k)|Over two million copies, a four oh one K
ZIP code 90210|ZIP code nine zero two one zero
NY 10001-1234|NY one zero zero zero one, one two three four
In Beverly Hills 90210.|In Beverly Hills nine zero two one zero.
It has 90210 people.|It has ninety thousand two hundred ten people.
ISBN 978-3-16-148410-0|ISBN nine seven eight, three, one six, one four eight four one zero, zero
1234 5678 9012 3456|one two three four, five six seven eight, nine zero one two, three four five six
At 10.0.0.12.|At ten point zero point zero point twelve.
Python 3.12, not 3.14|Python three point twelve, not three point one four
Version 3.11.2|Version three point eleven point two
We won 3-1.|We won three to one.
Ages 3-5, a 9-to-5 job|Ages three to five, a nine to five job
3x faster, 1920x1080|three times faster, nineteen twenty by ten eighty
F-16, COVID-19, MP3, 3D, 5-4=1|F-16, COVID-19, MP3, 3D, 5-4 equals one
See fig. 3, no. 5, chapter IV, est. 1886|See figure three, number five, chapter four, established eighteen eighty-six
""",
    "pt": """
Ligue 3333-4444.|Ligue três três três três, quatro quatro quatro quatro.
(11) 99999-8888|um um, nove nove nove nove nove, oito oito oito oito
+55 (11) 99999-8888|mais cinco cinco, um um, nove nove nove nove nove, oito oito oito oito
CEP 01310-100|CEP zero um três um zero, um zero zero
R$ 5-10, R$ 5M, 24/7|cinco a dez reais, cinco milhões de reais, vinte e quatro por sete
10K seguidores, 2K pessoas, 3x mais|dez mil seguidores, duas mil pessoas, três vezes mais
Ligue 190. São 190 pessoas.|Ligue um nove zero. São cento e noventa pessoas.
""",
    "es": """
Llama al 5555-1234.|Llama al cinco cinco cinco cinco, uno dos tres cuatro.
1,5M de personas|uno coma cinco millones de personas
2M personas, 5-10 €, 24/7|dos millones de personas, cinco a diez euros, veinticuatro siete
Teléfono: 91 123 45 67.|Teléfono: nueve uno, uno dos tres, cuatro cinco, seis siete.
C.P. 28013, 90 000 personas|C.P. dos ocho cero uno tres, noventa mil personas
""",
    "de": """
Ruf 030 1234567 an.|Ruf null drei null, eins zwei drei vier fünf sechs sieben an.
24/7 offen, 3x täglich|vierundzwanzig sieben offen, dreimal täglich
1,5M Nutzer, 5–10 €|eins Komma fünf Millionen Nutzer, fünf bis zehn Euro
Sie gewannen 3:1 um 14:30 Uhr.|Sie gewannen drei zu eins um vierzehn Uhr dreißig.
PLZ 10115|PLZ eins null eins eins fünf
Sie wohnt in 80331 München.|Sie wohnt in acht null drei drei eins München.
In 12345 Fällen|In zwölftausenddreihundertfünfundvierzig Fällen
""",
    "fr": """
Appelez le 01 23 45 67 89.|Appelez le zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf.
Ouvert 24/7|Ouvert vingt-quatre heures sur vingt-quatre, sept jours sur sept
10K abonnés, 5-10 €, le 1 mai|dix mille abonnés, cinq à dix euros, le premier mai
""",
    "it": "Aperto 24/7|Aperto ventiquattro ore su ventiquattro, sette giorni su sette",
    "tr": "7/24 açık|yedi yirmi dört açık",
}
ORDINALS = {
    "de": """
Der 2. Weltkrieg, mein 4. Versuch|Der zweite Weltkrieg, mein vierter Versuch
Der 100. Geburtstag|Der einhundertste Geburtstag
Das Ende des 2. Weltkriegs, den 1. Preis, am 3. Tag|Das Ende des zweiten Weltkriegs, den ersten Preis, am dritten Tag
In der 2. Halbzeit, die 2. Frau, das 1. Kind|In der zweiten Halbzeit, die zweite Frau, das erste Kind
Ihr 3. Album, ein 2. Versuch, eine 2. Chance|Ihr drittes Album, ein zweiter Versuch, eine zweite Chance
Sein erfolgreicher 2. Versuch|Sein erfolgreicher zweiter Versuch
Im frühen 20. Jahrhundert|Im frühen zwanzigsten Jahrhundert
Im 18. und 19. Jahrhundert|Im achtzehnten und neunzehnten Jahrhundert
Der 1. und 2. Weltkrieg, als 1. Mensch|Der erste und zweite Weltkrieg, als erster Mensch
Der II. Weltkrieg im XX. Jahrhundert|Der zweite Weltkrieg im zwanzigsten Jahrhundert
In 2. Reihe, jeder 3. Deutsche, zum 50. Mal|In zweiter Reihe, jeder dritte Deutsche, zum fünfzigsten Mal
Geboren war er Montag, 3. Mai.|Geboren war er Montag, dritten Mai.
Er wurde 3. und sie war 4.|Er wurde dritter und sie war vier.
In der Hauptstr. 5.|In der Hauptstraße fünf.
Beethovens 9. Sinfonie, Raum 12.|Beethovens neunte Sinfonie, Raum zwölf.
1. Wasser kochen.|eins. Wasser kochen.
Sie hatte 3. Er hatte 4.|Sie hatte drei. Er hatte vier.
""",
    "tr": """
2. Dünya Savaşı 19. yüzyılda değil.|ikinci Dünya Savaşı on dokuzuncu yüzyılda değil.
Sonuç 3. Sonra gitti.|Sonuç 3. Sonra gitti.
1. Pirinci yıka.|1. Pirinci yıka.
""",
    "hu": "A 2. világháború|A második világháború",
    "da": "Den 2. verdenskrig, det 2. hus|Den anden verdenskrig, det andet hus",
    "fi": "Se oli 19. vuosisadalla, 3. toukokuuta.|Se oli yhdeksännellätoista vuosisadalla, kolmas toukokuuta.",
    "nl": "De 19e eeuw|De negentiende eeuw",
    "cs": "Byla 2. světová válka.|Byla 2. světová válka.",
    "en": "He is 2. It is 3.|He is two. It is three.",
}
COUNTED = {
    "pt": """
2 vezes, 2 mulheres, 1 viagem, 1/2 xícara|duas vezes, duas mulheres, uma viagem, meia xícara
2 mil pessoas, 200 pessoas, 21 casas|duas mil pessoas, duzentas pessoas, vinte e uma casas
2 grandes mulheres, 1 só vez, às 2 da tarde|duas grandes mulheres, uma só vez, às duas da tarde
2 1/2 xícaras, ½ litro, 1/4 xícara|duas xícaras e meia, meio litro, um quarto de xícara
1 problema, 2 dias, 200 livros, 2 leões|um problema, dois dias, duzentos livros, dois leões
1.000.000 pessoas|um milhão de pessoas
Dei 2 para cada um, 2 delas e 1/3 dela.|Dei dois para cada um, duas delas e um terço dela.
""",
    "es": """
200 veces, 1/2 taza, 1 vez, 21 personas|doscientas veces, media taza, una vez, veintiuna personas
1 mano, 1 idioma, 21 días, 1 agua, 1 millón|una mano, un idioma, veintiún días, un agua, un millón
A la 1, 2 1/2 tazas, 1000000 personas|A la una, dos tazas y media, un millón de personas
""",
    "fr": """
1 femme, 21 femmes, 1 homme|une femme, vingt et une femmes, un homme
21 jours, 1 musée, 1 activité|vingt et un jours, un musée, une activité
1/2 heure, 2 1/2 heures|une demi-heure, deux heures et demie
1/2 litre, 1/3 tasse|un demi-litre, un tiers de tasse
""",
    "de": """
1 Frau, 1 Mann, 1 Kind, 1 Lehrerin, um 1 Uhr|eine Frau, ein Mann, ein Kind, eine Lehrerin, um ein Uhr
Mit 1 Frau, in 1 Jahr, für 1 Mann|Mit einer Frau, in einem Jahr, für einen Mann
Sie trinkt 1/2 Liter.|Sie trinkt einen halben Liter.
1/2 Liter reicht.|ein halber Liter reicht.
Nach 1/2 Stunde und ½ Kilo|Nach einer halben Stunde und ein halbes Kilo
2 1/2 Stunden, 1 Mio. Menschen|zweieinhalb Stunden, eine Million Menschen
""",
    "it": """
1 donna, 1/2 tazza, ½ litro, 1 ora, 1 studente|una donna, mezza tazza, mezzo litro, un'ora, uno studente
2 1/2 tazze, 21 persone|2 tazze e mezza, 21 persone
""",
    "nl": "½ liter, ½ uur|halve liter, half uur",
    "pl": """
2 kobiety, 1 łyżkę, 22 osoby|dwie kobiety, jedną łyżkę, dwadzieścia dwie osoby
1 dziecko, 2 psy, 1 maja, 2 i 3|jedno dziecko, 2 psy, 1 maja, 2 i 3
""",
    "ru": """
2 женщины, 1 минуту, 21 неделя|две женщины, одну минуту, двадцать одна неделя
2 новые книги, 2 стола, 2 мая, 2 пути, 2 и 3|две новые книги, 2 стола, 2 мая, 2 пути, 2 и 3
""",
    "uk": "2 жінки, 1 хвилина, 2 столи|дві жінки, одна хвилина, 2 столи",
    "zh": "2个人,2月,第2个|两个人,2月,第2个",
}
SHORT = {
    "de": """
Vgl. Abb. 3, zzgl. Versand|Vergleiche Abbildung drei, zuzüglich Versand
Max. 5 Tage, bzgl. Peter, Max.|Maximal fünf Tage, bezüglich Peter, Max.
""",
    "pt": """
Veja a Pág. 7 e o cap. IV.|Veja a página sete e o capítulo quatro.
Na av. Paulista, aprox. 2 casas|Na avenida Paulista, aproximadamente duas casas
""",
    "es": "Ver cap. IV, s. XX, av. Corrientes.|Ver capítulo cuatro, siglo veinte, avenida Corrientes.",
    "fr": "Mme. Curie, av. Foch, chap. IV|Madame Curie, avenue Foch, chapitre quatre",
    "it": "Il sig. Rossi e la sig.ra Bianchi, ecc.|Il signor Rossi e la signora Bianchi, eccetera.",
    "nl": "Dhr. Jansen, bijv. Piet|De heer Jansen, bijvoorbeeld Piet",
    "pl": "W 1990 r. Polska, np. Anna.|W 1990 roku Polska, na przykład Anna.",
    "ru": "В 1945 г. Сталин, т. е. он, и т. д.|В 1945 году Сталин, то есть он, и так далее.",
    "uk": "У 1945 р. Київ, напр. він.|У 1945 році Київ, наприклад він.",
    "tr": "Dr. Ahmet, örn. Ali.|Doktor Ahmet, örneğin Ali.",
}
PAIRS = [
    (language, *line.split("|"))
    for table in (CASES, DIGITS, ORDINALS, COUNTED, SHORT)
    for language, lines in table.items()
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
