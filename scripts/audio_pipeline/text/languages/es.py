"""Spanish."""

import re

from audio_pipeline.text import iberian
from audio_pipeline.text.language import Language, Nouns, Phrases, Words
from audio_pipeline.text.numerals import START, Numerals


def _ordinals(voice: Numerals, text: str) -> str:
    return re.sub(
        rf"{START}([13])\.?er\b",
        lambda m: voice.ordinal(int(m[1]), "-masculine-adjective"),
        iberian.ordinals(voice, text),
    )


LANGUAGE = Language(
    pace_s=(0.2, 0.85),
    phrases=Phrases(
        speakers=r"""
narrador(?:a|\(a\))?|narración|locutor(?:a|\(a\))?|locución|voz en off|presentador(?:a|\(a\))?|gui[oó]n
""",
        notes="""
gui[oó]n (?:del|de) vídeo|visual(?:es)?|im[aá]gen(?:es)?|texto en pantalla|efectos? de sonido|música(?: de fondo)?
cámara|corte a|transición|número de palabras|duración(?: estimada)?|tono|título(?: del vídeo)?|fuentes?
""",
        sections="""
introducción|apertura|gancho|desarrollo|conclusión|cierre|final|resumen|llamada a la acción
""",
        scenes="escena|toma|sección|segmento|diapositiva|párrafo",
        directions=r"""
visual|música|sonidos?|pausas?|silencio|risas|aplausos|corte|transición|escena|cámara|im[aá]gen(?:es)?|sintonía
narrador\w*|voz|fundido|pantalla|\d+ palabras|\d+ segundos|fin del (?:guion|vídeo)
""",
        eager="¡?claro(?: que sí)?|¡?por supuesto|¡?desde luego|¡?perfecto|¡?con gusto",
        here="¡?aquí (?:está|tienes|tiene|va|te dejo)|a continuación|te presento",
        product="gui[oó]n(?:es)?|narración|textos?|párrafos?|versión|locución|script",
        closings="""
(?:avísame|hazme saber|házmelo saber|dime) si
espero que (?:esto|te sirva|te ayude|te guste|este guion|este texto|sea útil|sea de)
si (?:necesitas|quieres|deseas) (?:más|algún|alguna|que (?:lo|la|haga|cambie|escriba)|cambios|ajustes)
no dudes en (?:pregunt|ped|modific|dec|contact|avis|hac)|siéntete libre de (?:modific|ajust|pregunt|ped)
(?:quieres|te gustaría|deseas) que
""",
        refusals="""
(?:lo siento|lo lamento|disculpa|perdona|lamentablemente),? (?:pero )?(?:yo )?no (?:puedo|soy capaz|me es posible)
no puedo (?:ayudar|ayudarte|cumplir|crear|escribir|proporcionar|generar)|como (?:un )?modelo de lenguaje
como (?:una )?(?:ia|inteligencia artificial),? no
""",
    ),
    within="""
Dr.|doctor
Dres.|doctores
Dra.|doctora
Sr.|señor
Sres.|señores
Sra.|señora
Sras.|señoras
Srta.|señorita
Prof.|profesor
Profa.|profesora
Ing.|ingeniero
Lic.|licenciado
Gral.|general
Cnel.|coronel
Mons.|monseñor
D.ª|doña
Dña.|doña
Ud.|usted
Uds.|ustedes
Vd.|usted
Vds.|ustedes
Avda.|avenida
av.|avenida
Pza.|plaza
Sto.|Santo
Sta.|Santa
Dpto.|departamento
tel.|teléfono
p. ej.|por ejemplo
p.ej.|por ejemplo
por ej.|por ejemplo
ej.|ejemplo
aprox.|aproximadamente
máx.#|máximo
mín.#|mínimo
max.#|máximo
min.#|mínimo
vs.|versus
cf.|compárese
ed.|edición
s.#|siglo
p.#|página
pp.#|páginas
pág.#|página
págs.#|páginas
vol.#|volumen
cap.#|capítulo
caps.#|capítulos
art.#|artículo
arts.#|artículos
fig.#|figura
n.º#|número
nº#|número
núm.#|número
núms.#|números
""",
    anywhere="""
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
Cía.|compañía
Jr.|júnior
#hab.|habitantes
""",
    openers="""
El La Los Las Un Una Él Ella Ellos Ellas Eso Este Esta Pero Y En Cuando Por Para Después Hoy Entonces Ya Si No
También Como Yo Su Sus Luego
""",
    coordinating="y e o u",
    clinging="""
el la los las un una unos unas de del a al en por para con sin su sus lo se no es son fue que sr. sra. dr.
""",
    rules="es",
    words=Words(
        point="coma",
        decimal=",",
        thousands=".",
        minus="menos",
        to="a",
        months="""
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
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
        currencies="""
US$|dólar|dólares|centavo|centavos
$|dólar|dólares|centavo|centavos
€|euro|euros|céntimo|céntimos
£|libra|libras|penique|peniques|f
¥|yen|yenes||
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
        scales="mil millón millones billón billones",
        of_money="de",
        with_cents="con",
        halves="medio|un tercio|dos tercios|un cuarto|tres cuartos",
        number_sign="número",
        ordinal="-masculine",
        ordinals=_ordinals,
        gender=iberian.gender,
        feminine_after=r"\b[aA] las? $",
        thousand="mil",
        million="millón millones",
        billion="mil_millones",
        plural_from=1.001,
        fraction_joint=" y ",
        date="{day} de {month} de {year}",
        first_day="uno",
        hours="hora|horas",
        hour_gender="f",
        clock="{hour} y {minute}",
        plus="más",
        dot="punto",
        code_stands="before",
        by="por",
        times="veces",
        century="[Ss]iglos?",
        parts="[Cc]apítulos?|[Vv]olumen|[Tt]omos?|[Aa]rtículos?",
        ordinal_rulers=10,
    ),
    nouns=Nouns(
        m="""
día mapa planeta cometa problema sistema tema programa poema dilema teorema esquema cinema clima drama idioma
diploma síntoma aroma trauma panorama telegrama crucigrama pijama sofá papá guarda colega atleta artista turista
poeta profeta mes año siglo minuto segundo país hombre padre hijo hermano niño pie nombre coche viaje paisaje
mensaje personaje pasaje garaje porcentaje avión camión corazón millón billón trillón ratón león jamón limón salón
balcón botón cajón dragón gramo kilo litro metro dólar hotel papel nivel árbol animal hospital canal
""",
        f="""
vez mujer persona madre abuela hija hermana niña gente víctima actriz reina noche tarde mañana hora semana década
mitad época clase serie especie parte arte muerte suerte noche calle torre nave llave nube sangre leche carne nieve
fiebre mente frente fuente gente base frase fase imagen orden margen flor labor voz luz paz cruz raíz nariz vez piel
miel sal señal catedral capital cárcel red pared sed ley mano foto moto radio tribu libra tonelada pulgada taza
cuchara pizca lata botella copa rebanada moneda cuenta ciudad verdad milla legua isla casa escuela vaca oveja
gallina crisis tesis síntesis hipótesis metrópolis ave razón
""",
        endings={
            "f": "a ción sión dad tad tud umbre ez triz itis ciones siones",
            "m": "ema oma grama o",
        },
        plurals=(
            ("ciones", "ción"),
            ("siones", "sión"),
            ("ones", "ón"),
            ("ces", "z"),
            ("es", ""),
            ("s", ""),
        ),
        no_nouns="para la las cada contra era más mas una ya ahora hasta",
        between="""
mil gran grandes mayores menores mejores peores jóvenes simples felices importantes diferentes posibles principales
""",
    ),
    replacements={r"\b[cC]/ ?(?=[A-ZÁÉÍÓÚ])": "calle "},
    pairs={"24/7": "veinticuatro siete", "50/50": "cincuenta-cincuenta"},
    halves={"m": "medio", "f": "media"},
    and_half={"m": "y medio", "f": "y media"},
)
