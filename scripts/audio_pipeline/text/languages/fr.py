"""French."""

import re

from audio_pipeline.text.language import Language, Nouns, Phrases, Words
from audio_pipeline.text.numerals import ROMAN, START, Numerals, roman_value
from audio_pipeline.text.spoken_romans import MONARCHS


def _romans(voice: Numerals, text: str) -> str:
    """Spell out Roman numerals: XIXe siècle, François Ier."""
    text = re.sub(
        rf"\b{ROMAN}(?:e|ème|ᵉ)(?= siècle)", lambda m: voice.ordinal(roman_value(m[1])), text
    )
    return re.sub(rf"\b({MONARCHS}) Ier\b", r"\1 premier", text)


def _ordinals(voice: Numerals, text: str) -> str:
    months = "|".join(voice.words.months.split())
    text = re.sub(rf"{START}1(?:er|ᵉʳ|(?= (?:{months})\b))(?!\w)", "premier", text)
    text = re.sub(rf"{START}1(?:re|ère)\b", "première", text)
    return re.sub(rf"{START}(\d{{1,3}})(?:e|ème|è|ᵉ)\b", lambda m: voice.ordinal(int(m[1])), text)


LANGUAGE = Language(
    spaced_marks=True,
    pace_s=(0.18, 0.8),
    phrases=Phrases(
        speakers="narrat(?:eur|rice|ion)|voix[- ]off|présentat(?:eur|rice)|script|texte parlé",
        notes="""
script vidéo|visuels?|images?|texte à l'écran|effets? sonores?|musique(?: de fond)?|caméra|transition|nombre de mots
durée(?: estimée)?|ton|titre(?: de la vidéo)?|sources?
""",
        sections="introduction|accroche|ouverture|développement|conclusion|clôture|résumé",
        scenes="scène|plan|section|segment|diapositive|paragraphe",
        directions=r"""
visuels?|musique|sons?|bruit\w*|pause|silence|rires?|applaudissements|coupe|transition|scène|caméra|images?|plan|fondu
voix(?:[- ]off)?|narrat(?:eur|rice)|jingle|soupir\w*|écran|\d+ mots|\d+ secondes|fin (?:du script|de la vidéo)
""",
        eager="bien sûr|certainement|absolument|d['’]accord|avec plaisir|volontiers|parfait",
        here="voici|voilà|ci-dessous",
        product="""
scripts?|narrations?|textes?|paragraphes?|versions?|récits?|scénarios?|voix[- ]off
""",
        closings="""
n['’]hésite[zs]? pas à (?:me|m['’]|demander|modifier|adapter|ajuster|poser|le|la|l['’])
(?:faites|fais|dites|dis)-moi (?:savoir )?si|j['’]espère que (?:cela|ça|ce (?:texte|script)|cette narration)
si (?:vous|tu) (?:souhaite[zs]|veu[xt]|voulez|avez besoin|
 désirez) (?:que je|des modif|d['’]autres|une (?:autre )?version|plus de)
(?:souhaitez|voulez)-vous que je
""",
        refusals="""
(?:je suis (?:vraiment )?désolée?|désolée?|malheureusement|je regrette),? (?:mais )?je ne (?:peux|suis|puis)
je ne (?:peux|suis) pas (?:en mesure de |capable de )?(?:vous aider|répondre|créer|écrire|fournir|générer|produire)
en tant qu['’](?:ia|intelligence artificielle|assistant)|en tant que modèle (?:de langage|linguistique)
""",
    ),
    within="""
M.|Monsieur
MM.|Messieurs
Mme.|Madame
Mmes.|Mesdames
Mlle.|Mademoiselle
Mlles.|Mesdemoiselles
Dr.|docteur
Pr.|professeur
Prof.|professeur
Me.|maître
Mgr.|Monseigneur
St.|Saint
Ste.|Sainte
gén.|général
p. ex.|par exemple
p.ex.|par exemple
par ex.|par exemple
ex.|exemple
c.-à-d.|c'est-à-dire
i.e.|c'est-à-dire
env.|environ
max.#|maximum
min.#|minimum
av.|avenue
bd.|boulevard
boul.|boulevard
apr.|après
éd.|édition
tél.|téléphone
dép.|département
vs.|versus
cf.|voir
n°#|numéro
no#|numéro
p.#|page
pp.#|pages
vol.#|volume
t.#|tome
chap.#|chapitre
ch.#|chapitre
art.#|article
fig.#|figure
""",
    anywhere="""
etc.|et cetera
av. J.-C.|avant Jésus-Christ
apr. J.-C.|après Jésus-Christ
Cie.|compagnie
#hab.|habitants
""",
    openers="""
Le La Les Un Une Il Elle Ils Elles Ce Cette Ces Mais Et En Au Dans Quand Pour Puis Aujourd'hui On Je Nous Vous
Ensuite Alors Après Si Son Sa Ses Des Du Aux Sur Par Avec Plus Tout
""",
    elided="L D C J Qu S N M T",
    coordinating="et ou",
    clinging="""
le la les un une des du de à au aux en dans sur pour par avec sans ce cet cette ces son sa ses leur leurs ne est
sont qui m. mme
""",
    rules="fr",
    words=Words(
        point="virgule",
        decimal=",",
        thousands=" ",
        minus="moins",
        to="à",
        months="""
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
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
        currencies="""
US$|dollar|dollars|cent|cents
$|dollar|dollars|cent|cents
€|euro|euros|centime|centimes
£|livre|livres|penny|pence|f
¥|yen|yens||
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
        scales="mille million millions milliard milliards",
        of_money="de",
        with_cents="et",
        halves="un demi|un tiers|deux tiers|un quart|trois quarts",
        number_sign="numéro",
        ordinal="-masculine",
        ordinals=_ordinals,
        year="spellout-numbering",  # Unicode's "dix-neuf-cent" is rarely used
        thousand="mille",
        million="million millions",
        billion="milliard milliards",
        elided_of="aeiouhéœ",
        fraction_joint=" et ",
        first_day="premier",
        hours="heure|heures",
        hour_gender="f",
        clock="{hours} {minute}",
        full_hour="{hours}",
        phones_in_pairs=True,
        emergency_digits=False,
        dot="point",
        code_stands="before",
        by="sur",
        times="fois",
        parts="[Cc]hapitres?|[Vv]olumes?|[Tt]omes?|[Aa]ctes?",
        romans=_romans,
    ),
    nouns=Nouns(
        m="""
homme garçon père frère oncle roi prince monsieur enfant élève an jour mois siècle moment temps matin soir mètre
kilomètre litre gramme kilo kilogramme euro dollar franc livre musée lycée trophée athée été côté comité pâté traité
arrêté génie incendie parapluie messie stade grade silence squelette murmure mercure dinosaure centaure problème
système thème programme poème diplôme groupe peuple pays lieu monde nombre numéro chiffre verre couteau millénaire
arbre légume fruit œuf chat chien cheval oiseau poisson lion ours mille million milliard degré pas pied camarade
malade ombrage avion bison poison horizon blason foie sosie incendie zombie magazine domaine capitaine moine
patrimoine chêne cygne signe règne
""",
        f="""
femme fille mère sœur soeur tante grand-mère nièce cousine reine princesse dame personne victime actrice voisine
maîtresse infirmière amie épouse copine chanteuse fois heure minute seconde semaine année journée matinée soirée
nuit saison époque décennie ère moitié partie part page ligne lettre phrase syllabe histoire question réponse idée
loi raison image photo voix croix noix fin faim main dent jambe tête bouche oreille aile queue patte peau mer eau
terre lune étoile planète comète île rivière forêt montagne colline plage vallée ville rue place maison école église
tour gare porte fenêtre chambre salle cuisine table chaise pièce boîte voiture moto route clé clef roue lampe
lumière couleur fleur plante feuille branche racine pomme poire orange banane fraise cerise tomate carotte olive
pomme-de-terre tasse cuillère cuiller cuillerée bouteille assiette tranche pincée gousse goutte dose poignée tonne
once mesure portion recette vache chèvre poule souris baleine abeille fourmi mouche araignée girafe tortue jument
équipe classe guerre bataille mort vie chance force forme méthode étape série espèce sorte source équation planche
monnaie pièce facture dette entreprise usine machine langue classe note leçon chanson maison prison boisson façon
moisson rançon souris fourmi cour fourmi soif nef toux
""",
        endings={
            "f": "tion sion xion aison ité ée ette ance ence ure esse ière euse trice ade ie ine aine gne",
            "m": "isme age ment eau oir ier",
        },
        plurals=(("aux", "al"), ("x", ""), ("s", "")),
        between="grande petite belle jeune bonne autre simple nouvelle vieille",
    ),
    replacements={
        r"\bMme(?=\s)": "Madame",
        r"\bMlle(?=\s)": "Mademoiselle",
        r"\bDr(?=\s[A-ZÉ])": "docteur",
    },
    pairs={
        "24/7": "vingt-quatre heures sur vingt-quatre, sept jours sur sept",
        "24/24": "vingt-quatre heures sur vingt-quatre",
        "24h/24": "vingt-quatre heures sur vingt-quatre",
        "7j/7": "sept jours sur sept",
        "7/7": "sept jours sur sept",
        "50/50": "cinquante-cinquante",
    },
    halves={"m": "un demi-", "f": "une demi-"},
    and_half={"m": "et demi", "f": "et demie"},
)
