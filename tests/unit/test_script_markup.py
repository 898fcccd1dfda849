"""Checks of scripts: markup, labels and refusals left in a text by a model."""

import time

import pytest
from audio_pipeline.text import script_checks
from audio_pipeline.text.script_checks import CHECKS
from script_samples import case

# Markup


@pytest.mark.parametrize(
    "text",
    [
        "In 1999, prices rose - a lot.",
        "Why? Because 2 < 3 and 5 > 4, a<b.",
        "She said (quietly) that tea [sic] is hot.",
        "It costs $3.50, i.e. 10% more; see below: yes.",
        "C# and #1 are names; 5 * 3 = 15, 2*3*4, 2**3, __init__ and snake_case stay.",
        "– Olá, disse ela.\n\n– Olá!",
        "1945. That year the war ended.\n\n1946. The next.",
        "-5 degrees is cold.",
        "AT&T & Co. say: 'R&D; now'.",
        "Lego™, ©, ® and ★ are signs.",
        "The user of a bicycle thinks ahead; we need to write our own history.",
        "Let me think, said the fox. a<b, I think, and c>d.",
        "Analysis: what is it? Thought, reason and a channel.",
    ],
)
def test_plain_sentences_have_no_markup(text):
    assert script_checks.check_markup(text, case()) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Tea", "a heading"),
        ("Tea.\n\n### Steps", "a heading"),
        ("- one", "a list"),
        ("• one", "a list"),
        ("1. one\n\n2. two", "a list"),
        ("| a | b |", "a table"),
        ("Tea is **hot**.", "bold or code marks"),
        ("Tea is __hot all day__.", "bold or code marks"),
        ("``` tea", "bold or code marks"),
        ("Tea is ~~cold~~ hot.", "bold or code marks"),
        ("Tea is *hot.", "a star"),
        ("See [tea](tea.html).", "a link"),
        ("See https://example.org", "a link"),
        ("See www.example.org", "a link"),
        ("Tea is #hot now.", "a hashtag"),
        ("[Soft wind]\n\nTea is hot.", "a stage direction"),
        ("Tea [SCENE 2] is hot.", "a stage direction"),
        ("Tea (pause) is hot.", "a stage direction"),
        ("I am [Your Name].", "a placeholder"),
        ("Olá, [nome do canal].", "a placeholder"),
        ("I am {{ name }}.", "a placeholder"),
        ("<think>Hm. Tea.", "a thinking block"),
        ("Hm.</THINK> Tea.", "a thinking block"),
        ("Tea <|start_thinking|> is hot.", "a thinking block"),
        ("Tea <channel|> is hot.", "a thinking block"),
        ("◁think▷Tea is hot.", "a thinking block"),
        ("<seed:cot_think_reflect>Tea is hot.", "a thinking block"),
        ("analysisWe need five sentences.", "a thinking block"),
        ("thought The user wants tea.", "a thinking block"),
        ("Tea is hot.assistantcommentary It is.", "a thinking block"),
        ("Thinking Process:\n\nAnalyze the request.", "a thinking block"),
        ("The user wants me to write about tea.", "thoughts about the task"),
        ("Okay, so I need to write a narration about tea.", "thoughts about the task"),
        ("好的，用户让我写一段旁白。", "thoughts about the task"),
        ("Tea<｜User｜>is hot.", "a token of the model"),
        ("Tea[|endofturn|]", "a token of the model"),
        ("User: Thank you!", "a label"),
        ("Tea.<|eot_id|>", "a token of the model"),
        ("Tea<wbr>is hot", "a tag"),
        ('<p class="x">Tea', "a tag"),
        ("Tea &eacute; hot", "an escape"),
        ("Tea.\\n\\nHot.", "an escape"),
        (r"\frac{1}{2}", "an escape"),
        ('{"script": "Tea."}', "an answer in JSON"),
        ("Tea is hot 🍵.", "an emoji"),
        ("Sure! Here is a script about tea:", "words to you"),
        ("Let me know if you need anything.", "words to you"),
    ],
)
def test_markup_is_named(text, name):
    assert script_checks.check_markup(text, case()).startswith(f"has {name} in it, ")


@pytest.mark.parametrize(
    "text", ["Här är ett manus om te:\n\nTe är gott.", "Berättare: Te är gott.", "Röst 1: Te."]
)
def test_a_label_is_refused_in_a_language_without_phrases(text):
    found = script_checks.check_markup(text, case(language="sv"))

    assert found.startswith("begins with ") and "for 'sv' there is no list of such phrases" in found


@pytest.mark.parametrize(
    "text", ["Te är gott: det värmer.", "10:30 är det te.", "Te.\n\nObs: Te är hett."]
)
def test_other_colons_pass_in_a_language_without_phrases(text):
    assert script_checks.check_markup(text, case(language="sv")) is None


@pytest.mark.parametrize("language", ["en", "sv"])
def test_hostile_text_is_checked_in_linear_time(language):
    for piece in (
        '"',
        "“",
        "«a",
        "<think",
        "<",
        "the user wants ",
        "Okay, ",
        "— a\n",
        "I'm sorry, ",
        "a\u0301",
        "1.\n\n",
    ):
        started = time.process_time()
        text = piece * (150_000 // len(piece))
        for name in ("characters", "refusal", "markup"):
            CHECKS[name](text, case(language=language))

        assert time.process_time() - started < 4, piece


# Refusals


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I'm sorry, but I can't help with that request."),
        ("en", "I’m sorry, but as an AI language model, I cannot write this."),
        ("en", "I cannot fulfill this request."),
        ("en", "As an AI assistant, I do not have opinions."),
        ("pt-BR", "Desculpe, mas não posso criar roteiros de vídeo contendo cenas de chuva."),
        ("pt", "Como um modelo de linguagem, não posso fazer isso."),
        ("es", "Lo siento, pero no puedo ayudarte con eso."),
        ("es", "Como modelo de lenguaje, no tengo opiniones."),
        ("de", "Es tut mir leid, aber ich kann dabei nicht helfen."),
        ("de", "Als KI-Sprachmodell kann ich das nicht."),
        ("fr", "Je suis désolé, mais je ne peux pas répondre à cette demande."),
        ("fr", "En tant que modèle de langage, je ne peux pas."),
        ("ja", "申し訳ありませんが、そのご要望にはお応えできません。"),
        ("ja", "AI言語モデルとして、そのような文章は作成できません。"),
        ("pt", "I'm sorry, but I can't assist with that."),
        ("it", "Purtroppo non sono in grado di fornire questo contenuto."),
        ("it", "Sono un modello linguistico e non posso farlo."),
        ("nl", "Helaas kan ik je daar niet bij helpen."),
        ("nl", "Sorry, ik kan dit verzoek niet uitvoeren."),
        ("pl", "Niestety nie mogę pomóc w tej sprawie."),
        ("pl", "Jestem tylko modelem językowym."),
        ("ru", "К сожалению, я не могу выполнить этот запрос."),
        ("ru", "Как ИИ, я не могу писать такое."),
        ("uk", "На жаль, я не можу виконати цей запит."),
        ("tr", "Maalesef bu konuda yardımcı olamıyorum."),
        ("tr", "Özür dilerim, ancak bu metni yazamam."),
        ("zh", "抱歉，这个话题我不能讨论。"),
        ("zh-TW", "對不起，我無法協助。"),
        ("ar", "أعتذر، ولكن لا يمكنني المساعدة."),
        ("ar", "لَا أَسْتَطِيعُ كتابة هذا النص."),
    ],
)
def test_a_refusal_is_found(language, text):
    assert script_checks.check_refusal(text, case(language=language)).startswith("is a refusal")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but the tea is cold, said the captain.",
        "As an AI learns, it changes its weights.",
        "Scientists cannot explain it. I can't believe it, she wrote.",
        "Sorry seems to be the hardest word.",
        "“I'm sorry, but I can't help with that,” said the wolf.",
        "— I cannot help you, said the wolf.",
        "I can't help it: tea is hot. I cannot help but smile.",
    ],
)
def test_words_of_a_refusal_in_a_plain_text_pass(text):
    assert script_checks.check_refusal(text, case()) is None
