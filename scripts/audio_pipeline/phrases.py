"""What language models write around the words to be spoken, in each language: parts of regular expressions.

Each table: language → part; English goes with every language, because models fall back to it. To teach the workflow
another language, add it to each table. Collected from answers of Qwen, Llama, Gemma, Mistral and GPT models; the
answers in tests/unit/corpus/ show what each is for.
"""

# Who speaks: the label goes, the words behind it stay.
SPEAKERS = {
    "en": r"narrat(?:or|ion)|voice[- ]?over|vo|v\.o\.|host|presenter|speaker|announcer|script|spoken text|dialogue",
    "pt": r"narrador(?:a|\(a\))?|narração|locutor(?:a|\(a\))?|locução|voz(?: em off)?|apresentador(?:a|\(a\))?|"
    r"roteiro",
    "es": r"narrador(?:a|\(a\))?|narración|locutor(?:a|\(a\))?|locución|voz en off|presentador(?:a|\(a\))?|gui[oó]n",
    "de": r"sprecher(?:in)?|erzähler(?:in)?|moderator(?:in)?|off-stimme|stimme aus dem off|sprechertext|skript",
    "fr": r"narrat(?:eur|rice|ion)|voix[- ]off|présentat(?:eur|rice)|script|texte parlé",
    "ja": r"ナレーター|ナレーション|語り手?|司会者?|話者|台本|原稿",
}
# What is seen, heard or told about the script: the whole line goes.
NOTES = {
    "en": r"visuals?|on[- ]screen(?: text)?|text on screen|b-roll|sfx|sound effects?|(?:background )?music(?: cue)?|"
    r"camera|cut to|fade (?:in|out|to black)|transition|graphics?|animation|footage|thumbnail|hashtags|keywords|"
    r"word count|total words|(?:estimated |video |total )?(?:duration|length|run ?time|reading time)|tone|"
    r"target audience|(?:video )?title|sources?|references?|(?:youtube )?video script(?: title)?",
    "pt": r"roteiro (?:do|de) vídeo|visua(?:l|is)|imagens?(?: de fundo)?|texto na tela|efeitos? sonoros?|"
    r"música(?: de fundo)?|trilha sonora|câmera|"
    r"corte para|transição|contagem de palavras|duração(?: estimada)?|tom|público-alvo|título(?: do vídeo)?|fontes?",
    "es": r"gui[oó]n (?:del|de) vídeo|visual(?:es)?|im[aá]gen(?:es)?|texto en pantalla|efectos? de sonido|"
    r"música(?: de fondo)?|cámara|corte a|"
    r"transición|número de palabras|duración(?: estimada)?|tono|título(?: del vídeo)?|fuentes?",
    "de": r"videoskript|visuell(?:es)?|bild(?:er)?|einblendung|text auf dem bildschirm|soundeffekte?|"
    r"(?:hintergrund)?musik|kamera|"
    r"schnitt(?: auf)?|überblendung|wortanzahl|wörter|(?:geschätzte )?(?:dauer|länge)|tonfall|(?:video)?titel|"
    r"quellen?",
    "fr": r"script vidéo|visuels?|images?|texte à l'écran|effets? sonores?|musique(?: de fond)?|caméra|"
    r"transition|nombre de mots|"
    r"durée(?: estimée)?|ton|titre(?: de la vidéo)?|sources?",
    "ja": r"映像|画面|画像|テロップ|字幕|効果音|BGM|音楽|カメラ|文字数|長さ|時間|タイトル|題名|出典",
}
# Parts of a script: alone on a line they go, before words only the label does.
SECTIONS = {
    "en": r"intro(?:duction)?|hook|opening|(?:main )?body|main (?:content|part|section)|conclusion|outro|"
    r"closing|ending|"
    r"summary|call to action|heading|emojis?|bullet points?",
    "pt": r"introdução|abertura|gancho|desenvolvimento|conclusão|encerramento|final|resumo|chamada para ação",
    "es": r"introducción|apertura|gancho|desarrollo|conclusión|cierre|final|resumen|llamada a la acción",
    "de": r"einleitung|einführung|einstieg|hauptteil|schluss|fazit|abschluss|zusammenfassung",
    "fr": r"introduction|accroche|ouverture|développement|conclusion|clôture|résumé",
    "ja": r"導入|はじめに|イントロ(?:ダクション)?|本編|本文|本論|結論|まとめ|エンディング|締め|終わりに",
}
# With a number: alone or with a title they go.
SCENES = {
    "en": r"scene|shot|section|segment|slide|paragraph",
    "pt": r"cena|tomada|seção|segmento|slide|parágrafo",
    "es": r"escena|toma|sección|segmento|diapositiva|párrafo",
    "de": r"szene|einstellung|abschnitt|folie|absatz",
    "fr": r"scène|plan|section|segment|diapositive|paragraphe",
    "ja": r"シーン|場面|カット|スライド",
}
# What brackets hold that are no words to be spoken; whole words, anywhere within.
DIRECTIONS = {
    "en": r"visuals?|music|sounds?|sfx|audio|pauses?|pausing|beat|silence|cut|fad(?:e|es|ing)|scene|shot|camera|"
    r"close[- ]?up|"
    r"zoom(?:s|ing)?|b-roll|transition|narrat(?:or|ion)|voice(?:[- ]?over)?|on[- ]screen|title card|graphics?|"
    r"animation|footage|intro|outro|applause|laugh(?:s|ter|ing)?|chuckl(?:es|ing)|sigh(?:s|ing)?|whisper(?:s|ing)?|"
    r"smil(?:es|ing)|upbeat|montage|jingle|softly|warmly|slowly|calmly|excitedly|dramatically|throat|deep breath|"
    r"\d+ words|\d+ seconds|word count|end of (?:script|narration|video)",
    "pt": r"visual|música|sons?|pausas?|silêncio|risos|aplausos|corte|transição|cena|câmera|image(?:m|ns)|"
    r"vinheta|trilha|"
    r"suspir\w+|sussurr\w+|narrador\w*|tom|voz|efeitos? sonoros?|tela|\d+ palavras|\d+ segundos|"
    r"fim do (?:roteiro|vídeo)",
    "es": r"visual|música|sonidos?|pausas?|silencio|risas|aplausos|corte|transición|escena|cámara|im[aá]gen(?:es)?|"
    r"sintonía|narrador\w*|voz|fundido|pantalla|\d+ palabras|\d+ segundos|fin del (?:guion|vídeo)",
    "de": r"visuell\w*|\w*musik|geräusche?|pause|stille|lach(?:t|en)|applaus|schnitt|\w*blendung|szene|kamera|"
    r"bild\w*|"
    r"ton|sprecher\w*|stimme|\d+ wörter|\d+ sekunden|ende des (?:skripts|videos)",
    "fr": r"visuels?|musique|sons?|bruit\w*|pause|silence|rires?|applaudissements|coupe|transition|scène|caméra|"
    r"images?|plan|fondu|voix(?:[- ]off)?|narrat(?:eur|rice)|jingle|soupir\w*|écran|\d+ mots|\d+ secondes|"
    r"fin (?:du script|de la vidéo)",
    "ja": r"音楽|効果音|BGM|間|沈黙|映像\S*|画面\S*|画像\S*|場面\S*|シーン\S*|カット\S*|フェード\S*|テロップ\S*|"
    r"字幕\S*|\S*ナレーション|"
    r"ナレーター|笑い?|拍手|カメラ\S*|ポーズ|静寂|約?\d+文字|約?\d+秒|\S*音楽\S*|\S*BGM\S*",
}
# "Sure! Here is a script …:": the eager word, the pointing word, and what is pointed at.
EAGER = {
    "en": r"sure(?: thing)?|certainly|of course|absolutely|okay|ok|great|no problem|got it|definitely|"
    r"i(?:['’]d| would) be (?:happy|glad|delighted) to (?:help|write|create|provide)[^\n.!?:]{0,120}",
    "pt": r"claro(?: que sim)?|com certeza|certamente|perfeito|ótimo|sem problemas?|com prazer",
    "es": r"¡?claro(?: que sí)?|¡?por supuesto|¡?desde luego|¡?perfecto|¡?con gusto",
    "de": r"gerne|natürlich|klar|sicher|selbstverständlich|aber gerne",
    "fr": r"bien sûr|certainement|absolument|d['’]accord|avec plaisir|volontiers|parfait",
    "ja": r"はい|もちろん(?:です)?|承知(?:いた)?しました|かしこまりました|わかりました|了解(?:です|しました)",
}
HERE = {
    "en": r"here(?:['’]s| is| are)|below is|the following is|i(?:['’]ve| have) (?:written|prepared|"
    r"created) (?:an?|the|your|this)",
    "pt": r"aqui (?:está|estão|vai|tem)|segue|abaixo está|eis",
    "es": r"¡?aquí (?:está|tienes|tiene|va|te dejo)|a continuación|te presento",
    "de": r"hier (?:ist|sind|kommt|folgt|findest)|nachfolgend|im folgenden|anbei",
    "fr": r"voici|voilà|ci-dessous",
    "ja": r"(?:以下|こちら|下記)[はがにの]",
}
PRODUCT = {
    "en": r"scripts?|narrations?|voice-?overs?|paragraphs?|texts?|versions?|drafts?|transcripts?|monologues?",
    "pt": r"roteiros?|narraç(?:ão|ões)|textos?|scripts?|parágrafos?|versão|locução",
    "es": r"gui[oó]n(?:es)?|narración|textos?|párrafos?|versión|locución|script",
    "de": r"(?:video|dreh)?(?:skript|buch)|sprechertext|narration|erzählung|text|absatz|version|entwurf",
    "fr": r"scripts?|narrations?|textes?|paragraphes?|versions?|récits?|scénarios?|voix[- ]off",
    "ja": r"台本|ナレーション|原稿|文章|スクリプト|テキスト",
}
# How a closing word to the user begins; from there on, the last paragraph goes.
CLOSINGS = {
    "en": r"(?:please )?(?:let me know|tell me) if (?:you(?:['’]d| would)? (?:like|need|want|have any|prefer)|"
    r"there|this)|"
    r"i hope (?:this|that|it|you) (?:helps|script|narration|meets|works|find|like)|"
    r"(?:please )?feel free to (?:ask|modify|adjust|customi[sz]e|edit|change|adapt|reach out|let me)|"
    r"(?:would you like|do you want) me to|is there anything else|"
    r"if you (?:need|want|have|would like|['’]d like) (?:me to|any (?:change|adjust|modif|other|further|"
    r"question)|further|more (?:change|detail|info))|"
    r"if you['’]d like me to|"
    r"(?:note: )?this (?:[\w-]+ ){0,3}(?:script|narration|voice-?over) (?:provides|can be|should|aims|uses|"
    r"follows|contains|runs|"
    r"is (?:designed|intended|written|meant|suitable|about \d|approximately|roughly|\d))|"
    r"\(?(?:total )?word count\b|\(?end of (?:script|narration)",
    "pt": r"(?:por favor, )?(?:me avise|avise-me|me diga|diga-me|me informe) se|"
    r"espero que (?:isso|isto|o roteiro|este roteiro|este texto|goste|ajude|te ajude|tenha gostado|seja útil)|"
    r"se (?:precisar|quiser|desejar) (?:de )?(?:mais|alteraç|ajustes|que eu|algum)|"
    r"(?:fique|sinta-se) à vontade para (?:pedir|perguntar|modificar|ajustar|me)|(?:gostaria|quer|deseja) que eu",
    "es": r"(?:avísame|hazme saber|házmelo saber|dime) si|"
    r"espero que (?:esto|te sirva|te ayude|te guste|este guion|este texto|sea útil|sea de)|"
    r"si (?:necesitas|quieres|deseas) (?:más|algún|alguna|que (?:lo|la|haga|cambie|escriba)|cambios|ajustes)|"
    r"no dudes en (?:pregunt|ped|modific|dec|contact|avis|hac)|siéntete libre de (?:modific|ajust|pregunt|ped)|"
    r"(?:quieres|te gustaría|deseas) que",
    "de": r"lass(?:en sie)? (?:es )?mich (?:gerne )?wissen|sag(?:en sie)? (?:mir )?(?:gerne |einfach )?bescheid|"
    r"gib mir (?:gerne )?bescheid|"
    r"ich hoffe,? (?:das|dass (?:dir|ihnen|der|das|dieser|dieses)|dieser text|der text|dieses)|"
    r"(?:wenn|falls) (?:du|sie) (?:noch )?(?:änderungen|weitere|fragen|möchtest, dass|möchten, dass|anpassungen|"
    r"wünsche)|"
    r"möchtest du,? dass ich|soll ich (?:den|das|noch|es)",
    "fr": r"n['’]hésite[zs]? pas à (?:me|m['’]|demander|modifier|adapter|ajuster|poser|le|la|l['’])|"
    r"(?:faites|fais|dites|dis)-moi (?:savoir )?si|j['’]espère que (?:cela|ça|ce (?:texte|script)|cette narration)|"
    r"si (?:vous|tu) (?:souhaite[zs]|veu[xt]|voulez|avez besoin|désirez) (?:que je|des modif|d['’]autres|"
    r"une (?:autre )?version|plus de)|"
    r"(?:souhaitez|voulez)-vous que je",
    "ja": r"(?:何か|他に|もし|ほかに)?[^。]{0,20}(?:ご質問|ご要望|ご希望|修正|変更|調整)[^。]{0,30}(?:ください|"
    r"ましょうか|いたします|申し付け)|"
    r"(?:この|以上が)?[^。]{0,20}お役に立て(?:れば|たら|ると)|(?:この[^。]{0,20})?いかがでしょうか",
}
# A refusal to write at all.
REFUSALS = {
    "en": r"i(?:['’]m| am) (?:very |so )?sorry,? but (?:i|as an? (?:ai|language))|"
    r"i(?:['’]m| am) sorry,? i (?:can(?:['’]t|not)|am (?:not able|unable))|"
    r"(?:unfortunately,? |sorry,? (?:but )?)?i (?:can(?:['’]t|not)|am unable to|am not able to|won['’]t|will not) "
    r"(?:assist|help|fulfil|comply|provide|create|write|generate|produce|answer|do that|continue)|"
    r"as an? (?:ai|artificial intelligence)(?: language)?(?: model| assistant)?,? i\b|as a (?:large )?language model|"
    r"i do(?:n['’]t| not) have (?:access to real-time|the ability to)",
    "pt": r"(?:desculpe|lamento|sinto muito|infelizmente),? (?:mas )?(?:eu )?não (?:posso|consigo|sou capaz)|"
    r"não posso (?:ajudar|atender|criar|escrever|fornecer|gerar|cumprir)|como (?:um |"
    r"uma )?(?:modelo de linguagem|ia|inteligência artificial),? (?:eu )?(?:não|sou)",
    "es": r"(?:lo siento|lo lamento|disculpa|perdona|lamentablemente),? (?:pero )?(?:yo )?no (?:puedo|soy capaz|"
    r"me es posible)|"
    r"no puedo (?:ayudar|ayudarte|cumplir|crear|escribir|proporcionar|generar)|como (?:un )?modelo de lenguaje|"
    r"como (?:una )?(?:ia|inteligencia artificial),? no",
    "de": r"(?:es tut mir (?:sehr )?leid|tut mir (?:sehr )?leid|entschuldigung|leider),? (?:aber )?(?:ich kann|"
    r"kann ich|dabei kann)|"
    r"ich kann (?:dir |ihnen )?(?:dabei |damit |diese anfrage |das |diesen text )?(?:leider )?nicht (?:helfen|"
    r"erfüllen|schreiben|erstellen|weiterhelfen)|"
    r"als (?:ein )?(?:ki|sprachmodell|ki-sprachmodell|künstliche intelligenz),? (?:kann|habe|bin) ich",
    "fr": r"(?:je suis (?:vraiment )?désolée?|désolée?|malheureusement|je regrette),? (?:mais )?je ne (?:peux|"
    r"suis|puis)|"
    r"je ne (?:peux|suis) pas (?:en mesure de |capable de )?(?:vous aider|répondre|créer|écrire|fournir|générer|"
    r"produire)|"
    r"en tant qu['’](?:ia|intelligence artificielle|assistant)|en tant que modèle (?:de langage|linguistique)",
    "ja": r"(?:申し訳(?:ございません|ありません)|すみません|ごめんなさい|恐れ入ります)[^。]{0,60}(?:できません|"
    r"できかねます|お手伝い|お答え|お応え|対応)|"
    r"(?:AI|人工知能|言語モデル)(?:言語モデル|アシスタント)?として[^。]{0,60}(?:できません|できかねます|"
    r"いません|ありません)|"
    r"(?:ご要望|リクエスト|ご依頼)[^。]{0,30}(?:お応え|お答え|対応)(?:する)?(?:こと)?(?:は|が)?(?:でき)",
}


def part(table: dict[str, str], language: str) -> str:
    """The table's part for texts in a language: its own and English."""
    own = table.get(base(language), "")
    return f"(?:{table['en']}|{own})" if own and own != table["en"] else f"(?:{table['en']})"


def base(language: str) -> str:
    """'pt' for 'pt-BR'."""
    return language.split("-")[0].lower()
