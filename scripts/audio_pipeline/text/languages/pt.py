"""Portuguese."""

import dataclasses
import re

from audio_pipeline.text import iberian
from audio_pipeline.text.language import Language, Nouns, Phrases, Words
from audio_pipeline.text.numerals import START, Numerals


def _of_region(code: str) -> Language:
    return LANGUAGE if code.upper() in ("PT", "PT-BR") else _EUROPEAN


def _ordinals(voice: Numerals, text: str) -> str:
    months = "|".join(voice.words.months.split())
    return re.sub(rf"{START}1 de (?={months})", "primeiro de ", iberian.ordinals(voice, text))


LANGUAGE = Language(
    alike=frozenset(["gl"]),
    pace_s=(0.2, 0.85),
    phrases=Phrases(
        speakers=r"""
narrador(?:a|\(a\))?|narração|locutor(?:a|\(a\))?|locução|voz(?: em off)?|apresentador(?:a|\(a\))?|roteiro
""",
        notes="""
roteiro (?:do|de) vídeo|visua(?:l|is)|imagens?(?: de fundo)?|texto na tela|efeitos? sonoros?|música(?: de fundo)?
trilha sonora|câmera|corte para|transição|contagem de palavras|duração(?: estimada)?|tom|público-alvo
título(?: do vídeo)?|fontes?
""",
        sections="""
introdução|abertura|gancho|desenvolvimento|conclusão|encerramento|final|resumo|chamada para ação
""",
        scenes="cena|tomada|seção|segmento|slide|parágrafo",
        directions=r"""
visual|música|sons?|pausas?|silêncio|risos|aplausos|corte|transição|cena|câmera|image(?:m|ns)|vinheta|trilha|suspir\w+
sussurr\w+|narrador\w*|tom|voz|efeitos? sonoros?|tela|\d+ palavras|\d+ segundos|fim do (?:roteiro|vídeo)
""",
        eager="claro(?: que sim)?|com certeza|certamente|perfeito|ótimo|sem problemas?|com prazer",
        here="aqui (?:está|estão|vai|tem)|segue|abaixo está|eis",
        product="roteiros?|narraç(?:ão|ões)|textos?|scripts?|parágrafos?|versão|locução",
        closings="""
(?:por favor, )?(?:me avise|avise-me|me diga|diga-me|me informe) se
espero que (?:isso|isto|o roteiro|este roteiro|este texto|goste|ajude|te ajude|tenha gostado|seja útil)
se (?:precisar|quiser|desejar) (?:de )?(?:mais|alteraç|ajustes|que eu|algum)
(?:fique|sinta-se) à vontade para (?:pedir|perguntar|modificar|ajustar|me)|(?:gostaria|quer|deseja) que eu
""",
        refusals="""
(?:desculpe|lamento|sinto muito|infelizmente),? (?:mas )?(?:eu )?não (?:posso|consigo|sou capaz)
não posso (?:ajudar|atender|criar|escrever|fornecer|gerar|cumprir)
como (?:um |uma )?(?:modelo de linguagem|ia|inteligência artificial),? (?:eu )?(?:não|sou)
""",
    ),
    within="""
Dr.|doutor
Drs.|doutores
Dra.|doutora
Dras.|doutoras
Sr.|senhor
Srs.|senhores
Sra.|senhora
Sras.|senhoras
Srta.|senhorita
Prof.|professor
Profs.|professores
Profa.|professora
Eng.|engenheiro
Gen.|general
Cel.|coronel
Cap.|capitão
Ten.|tenente
Dep.|deputado
Sen.|senador
Gov.|governador
Exmo.|excelentíssimo
Exma.|excelentíssima
Sto.|Santo
Sta.|Santa
Pe.|padre
av.|avenida
Pça.|praça
tel.|telefone
p. ex.|por exemplo
p.ex.|por exemplo
por ex.|por exemplo
ex.|exemplo
i.e.|isto é
séc.|século
sécs.|séculos
aprox.|aproximadamente
máx.#|máximo
mín.#|mínimo
max.#|máximo
min.#|mínimo
vs.|versus
cf.|confira
ed.|edição
org.|organização
depto.|departamento
obs.|observação
p.#|página
pp.#|páginas
pág.#|página
págs.#|páginas
pag.#|página
vol.#|volume
vols.#|volumes
cap.#|capítulo
caps.#|capítulos
art.#|artigo
arts.#|artigos
fig.#|figura
tab.#|tabela
n.#|número
n.º#|número
nº#|número
n.o#|número
""",
    anywhere="""
etc.|et cetera
a.C.|antes de Cristo
a. C.|antes de Cristo
d.C.|depois de Cristo
d. C.|depois de Cristo
Ltda.|limitada
Cia.|companhia
Jr.|júnior
#hab.|habitantes
EE.UU.|Estados Unidos
E.U.A.|Estados Unidos
""",
    openers="""
O A Os As Um Uma Ele Ela Eles Elas Isso Este Esta Mas E Em No Na Quando Por Para Depois Hoje Então Já Se Não Também
Como Nós Eu Você Seu Sua
""",
    coordinating="e ou",
    clinging="""
o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela para com sem seu sua seus suas
não é são foi que sr. sra. dr.
""",
    rules="pt",
    words=Words(
        point="vírgula",
        decimal=",",
        thousands=".",
        minus="menos",
        to="a",
        months="""
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
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
        currencies="""
R$|real|reais|centavo|centavos
US$|dólar|dólares|centavo|centavos
$|dólar|dólares|centavo|centavos
€|euro|euros|cêntimo|cêntimos
£|libra|libras|centavo|centavos|f
¥|iene|ienes||
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
        scales="mil milhão milhões bilhão bilhões trilhão trilhões",
        of_money="de",
        with_cents="e",
        halves="meio|um terço|dois terços|um quarto|três quartos",
        number_sign="número",
        ordinal="-masculine",
        ordinals=_ordinals,
        gender=iberian.gender,
        feminine_after=r"\b[àÀ]s? $",
        thousand="mil",
        million="milhão milhões",
        billion="bilhão bilhões",
        fraction_joint=" e ",
        date="{day} de {month} de {year}",
        first_day="primeiro",
        hours="hora|horas",
        hour_gender="f",
        clock="{hour} e {minute}",
        full_hour="{hours}",
        plus="mais",
        dot="ponto",
        by="por",
        times="vezes",
        century="[Ss]éculos?",
        parts="[Cc]apítulos?|[Vv]olumes?|[Tt]omos?|[Aa]rtigos?",
        ordinal_rulers=10,
    ),
    nouns=Nouns(
        m="""
dia mapa planeta cometa problema sistema tema programa poema dilema teorema esquema cinema clima drama idioma
diploma sintoma aroma coma carma trauma panorama telegrama quilograma grama miligrama diagrama anagrama pijama sofá
chá crachá orangotango guarda colega papa atleta artista turista poeta profeta piloto homem pai avô filho irmão tio
leão avião coração limão pão cão grão chão verão feijão botão cartão caminhão milhão bilhão trilhão cidadão órgão
patrão campeão tubarão furacão vulcão portão fogão mês país ano século minuto segundo trem jardim garçom som dom tom
bem item mar lar par bar lugar dólar hospital animal canal jornal sinal papel hotel túnel anel nível quilômetro
metro litro copo pé
""",
        f="""
vez mulher pessoa mãe avó filha irmã tia prima sobrinha neta criança vítima testemunha gente moça menina senhora
atriz rainha princesa dama esposa freira professora doutora médica enfermeira escritora cantora noite manhã tarde
hora semana década metade fase época era estação viagem mensagem imagem personagem garagem passagem margem página
folha carta frase palavra letra linha lei voz luz cruz raiz flor cor dor mão pele árvore ave nave torre ponte fonte
frente gente mente sede rede parede parte arte sorte morte chave tarde classe série espécie face fome febre neve
nuvem ordem origem virgem base análise crise tese síntese foto moto tribo libido colher xícara chávena tigela pitada
fatia lata garrafa taça fração maçã romã manhã lã fã cidade metade vila aldeia rua praça casa loja escola igreja
capital catedral região ilha montanha milha légua tonelada polegada libra moeda nota conta dívida parcela cabeça
perna boca orelha pata asa formiga abelha vaca ovelha galinha égua baleia aranha nação opção razão mão canção lição
ação estação televisão visão decisão missão prisão sessão versão questão gestão religião opinião união reunião
população paixão explosão dimensão extensão lesão
""",
        endings={"f": "a ção são ções sões gem dade tude ície triz ã", "m": "ema oma o"},
        plurals=(
            ("ões", "ão"),
            ("ães", "ão"),
            ("ãos", "ão"),
            ("ns", "m"),
            ("is", "l"),
            ("es", ""),
            ("s", ""),
        ),
        no_nouns="""
para da das na nas pela pelas cada contra era ou mas mais às numa uma ainda agora
""",
        between="""
mil só grandes maiores menores melhores piores novas jovens simples felizes importantes diferentes possíveis
principais
""",
    ),
    pairs={"24/7": "vinte e quatro por sete", "50/50": "cinquenta-cinquenta"},
    halves={"m": "meio", "f": "meia"},
    and_half={"m": "e meio", "f": "e meia"},
    of_region=_of_region,
)
_EUROPEAN = dataclasses.replace(LANGUAGE, rules="pt_PT")
