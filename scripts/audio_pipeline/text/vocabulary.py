"""What numbers, currencies, units, months and symbols are called in English, Portuguese, Spanish, German and French.

Long because it is data: the same table for each of five languages.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """How a language reads aloud.

    point: the decimal mark's name; decimal: the mark itself; thousands: what parts groups of three digits.
    digit_by_digit: after the decimal mark. of_money: between "million" and the currency. with_cents: before the cents.
    months: in their order; scales: words that stand between an amount and its currency.
    units, currencies, symbols: tables, see below.
    """

    point: str
    minus: str
    decimal: str
    thousands: str
    digit_by_digit: bool
    to: str
    of_money: str
    with_cents: str
    months: str
    scales: str
    halves: str
    currencies: str
    units: str
    symbols: str


# A line of `units`: symbol, singular, plural, f where it is feminine.
# A line of `currencies`: symbol, singular, plural, cent, cents, f where it is feminine.
# A line of `symbols`: what is written, what is said.
# halves: one half, one third, two thirds, one quarter, three quarters (½ ⅓ ⅔ ¼ ¾).
WORDS = {
    "en": Words(
        point="point",
        minus="minus",
        decimal=".",
        thousands=",",
        digit_by_digit=True,
        to="to",
        of_money="",
        with_cents="and",
        months="January February March April May June July August September October November December",
        scales="thousand million billion trillion",
        halves="one half|one third|two thirds|one quarter|three quarters",
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
    ),
    "pt": Words(
        point="vírgula",
        minus="menos",
        decimal=",",
        thousands=".",
        digit_by_digit=False,
        to="a",
        of_money="de",
        with_cents="e",
        months="janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        scales="mil milhão milhões bilhão bilhões trilhão trilhões",
        halves="meio|um terço|dois terços|um quarto|três quartos",
        currencies="""
R$|real|reais|centavo|centavos
US$|dólar|dólares|centavo|centavos
$|dólar|dólares|centavo|centavos
€|euro|euros|cêntimo|cêntimos
£|libra|libras|centavo|centavos|f
¥|iene|ienes||
""",
        units="""
km/h|quilômetro por hora|quilômetros por hora
m/s|metro por segundo|metros por segundo
km²|quilômetro quadrado|quilômetros quadrados
m²|metro quadrado|metros quadrados
m³|metro cúbico|metros cúbicos
km|quilômetro|quilômetros
cm|centímetro|centímetros
mm|milímetro|milímetros
m|metro|metros
kg|quilo|quilos
mg|miligrama|miligramas
g|grama|gramas
ml|mililitro|mililitros
mL|mililitro|mililitros
L|litro|litros
l|litro|litros
t|tonelada|toneladas|f
ha|hectare|hectares
kWh|quilowatt-hora|quilowatts-hora
kW|quilowatt|quilowatts
MW|megawatt|megawatts
GW|gigawatt|gigawatts
W|watt|watts
V|volt|volts
GHz|gigahertz|gigahertz
MHz|megahertz|megahertz
Hz|hertz|hertz
MB|megabyte|megabytes
GB|gigabyte|gigabytes
TB|terabyte|terabytes
min|minuto|minutos
°C|grau Celsius|graus Celsius
°F|grau Fahrenheit|graus Fahrenheit
°|grau|graus
%|por cento|por cento
""",
        symbols="""
&|e
=|é igual a
+|mais
×|vezes
÷|dividido por
±|mais ou menos
≈|cerca de
≤|no máximo
≥|no mínimo
<|menor que
>|maior que
@|arroba
→|para
""",
    ),
    "es": Words(
        point="coma",
        minus="menos",
        decimal=",",
        thousands=".",
        digit_by_digit=False,
        to="a",
        of_money="de",
        with_cents="con",
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        scales="mil millón millones billón billones",
        halves="medio|un tercio|dos tercios|un cuarto|tres cuartos",
        currencies="""
US$|dólar|dólares|centavo|centavos
$|dólar|dólares|centavo|centavos
€|euro|euros|céntimo|céntimos
£|libra|libras|penique|peniques|f
¥|yen|yenes||
""",
        units="""
km/h|kilómetro por hora|kilómetros por hora
m/s|metro por segundo|metros por segundo
km²|kilómetro cuadrado|kilómetros cuadrados
m²|metro cuadrado|metros cuadrados
m³|metro cúbico|metros cúbicos
km|kilómetro|kilómetros
cm|centímetro|centímetros
mm|milímetro|milímetros
m|metro|metros
kg|kilo|kilos
mg|miligramo|miligramos
g|gramo|gramos
ml|mililitro|mililitros
mL|mililitro|mililitros
L|litro|litros
l|litro|litros
t|tonelada|toneladas|f
ha|hectárea|hectáreas|f
kWh|kilovatio hora|kilovatios hora
kW|kilovatio|kilovatios
MW|megavatio|megavatios
GW|gigavatio|gigavatios
W|vatio|vatios
V|voltio|voltios
GHz|gigahercio|gigahercios
MHz|megahercio|megahercios
Hz|hercio|hercios
MB|megabyte|megabytes
GB|gigabyte|gigabytes
TB|terabyte|terabytes
min|minuto|minutos
°C|grado Celsius|grados Celsius
°F|grado Fahrenheit|grados Fahrenheit
°|grado|grados
%|por ciento|por ciento
""",
        symbols="""
&|y
=|es igual a
+|más
×|por
÷|entre
±|más menos
≈|aproximadamente
≤|como máximo
≥|como mínimo
<|menor que
>|mayor que
@|arroba
→|a
""",
    ),
    "de": Words(
        point="Komma",
        minus="minus",
        decimal=",",
        thousands=".",
        digit_by_digit=True,
        to="bis",
        of_money="",
        with_cents="und",
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        scales="Tausend Million Millionen Milliarde Milliarden Billion Billionen",
        halves="ein halb|ein Drittel|zwei Drittel|ein Viertel|drei Viertel",
        currencies="""
US$|US-Dollar|US-Dollar|Cent|Cent
$|Dollar|Dollar|Cent|Cent
€|Euro|Euro|Cent|Cent
£|Pfund|Pfund|Penny|Pence
¥|Yen|Yen||
""",
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
    ),
    "fr": Words(
        point="virgule",
        minus="moins",
        decimal=",",
        thousands=" ",
        digit_by_digit=False,
        to="à",
        of_money="de",
        with_cents="et",
        months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        scales="mille million millions milliard milliards",
        halves="un demi|un tiers|deux tiers|un quart|trois quarts",
        currencies="""
US$|dollar|dollars|cent|cents
$|dollar|dollars|cent|cents
€|euro|euros|centime|centimes
£|livre|livres|penny|pence|f
¥|yen|yens||
""",
        units="""
km/h|kilomètre par heure|kilomètres par heure
m/s|mètre par seconde|mètres par seconde
km²|kilomètre carré|kilomètres carrés
m²|mètre carré|mètres carrés
m³|mètre cube|mètres cubes
km|kilomètre|kilomètres
cm|centimètre|centimètres
mm|millimètre|millimètres
m|mètre|mètres
kg|kilo|kilos
mg|milligramme|milligrammes
g|gramme|grammes
ml|millilitre|millilitres
mL|millilitre|millilitres
L|litre|litres
l|litre|litres
t|tonne|tonnes|f
ha|hectare|hectares
kWh|kilowattheure|kilowattheures
kW|kilowatt|kilowatts
MW|mégawatt|mégawatts
GW|gigawatt|gigawatts
W|watt|watts
V|volt|volts
GHz|gigahertz|gigahertz
MHz|mégahertz|mégahertz
Hz|hertz|hertz
Mo|mégaoctet|mégaoctets
Go|gigaoctet|gigaoctets
To|téraoctet|téraoctets
min|minute|minutes|f
°C|degré Celsius|degrés Celsius
°F|degré Fahrenheit|degrés Fahrenheit
°|degré|degrés
%|pour cent|pour cent
""",
        symbols="""
&|et
=|égale
+|plus
×|fois
÷|divisé par
±|plus ou moins
≈|environ
≤|au plus
≥|au moins
<|inférieur à
>|supérieur à
@|arobase
→|vers
""",
    ),
}

# After these names a Roman number is an ordinal in English and German: Louis XIV. I and V and X count only here.
MONARCHS = (
    "Henry|Charles|Louis|George|Elizabeth|William|James|Edward|Richard|Mary|Philip|Frederick|Nicholas|Alexander|"
    "Catherine|Peter|Francis|Ferdinand|Leopold|Napoleon|Wilhelm|Franz|Friedrich|Karl|Ludwig|Heinrich|Otto|Katharina|"
    "Nikolaus|Benedict|Gregory|Pius|Innocent|Urban|Clement|Leo|Paul|Benedikt|Ramses|Ramesses|Thutmose|Amenhotep|"
    "Cleopatra|Darius|Xerxes|Ptolemy|Edward|Robert|Constantine|Justinian|Mehmed|Süleyman|Murad|Ivan|Gustav|Christian|"
    "Haakon|Harald|Margrethe|Isabella|John|Victor|Umberto|Pedro|João|José|Luís|Felipe|Carlos|Fernando|Alfonso|Isabel|"
    "Enrique|Juan|Henrique|Afonso|Manuel|Bento|Benedicto|Luis|Guillermo|Jorge|Eduardo|Henri|François|Guillaume|"
    "Édouard|Philippe|Benoît|Jean|Frédéric|Napoléon|Élisabeth|Elisabeth|Georg|Paulo|Pablo"
)
