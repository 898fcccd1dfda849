"""Scripts that pass the checks, and the settings of a check."""

from pathlib import Path

import direct
from audio_pipeline.settings import ScriptSettings
from audio_pipeline.text.script_checks import CHECKS, Case

GOOD = (
    "Tea began in the mountains of southern China, where people boiled the leaves long before anyone wrote about "
    "them. Merchants carried it along old roads, and later across the sea. Today it's drunk in nearly every country."
)

PORTUGUESE = (
    "O chá começou nas montanhas do sul da China, onde as pessoas ferviam as folhas muito antes de alguém escrever "
    "sobre elas. Os mercadores levaram-no por estradas antigas e, mais tarde, através do mar."
)


def settings(**changes) -> ScriptSettings:
    """Return the settings of a job: every check an error, unless `changes` says otherwise."""
    levels = dict.fromkeys(CHECKS, "error") | changes.pop("checks", {})
    return direct.settings("script", "ollama", checks=levels, **changes)


def case(tmp_path: Path | None = None, language: str = "en", **changes) -> Case:
    limits = {"min_words": 3, "max_words": 400, **changes}
    return Case(language, **limits, output=tmp_path and tmp_path / "tea.txt")


TEXTS = {
    "en": GOOD,
    "pt-BR": PORTUGUESE,
    "es": "El té empezó en las montañas del sur de China, donde la gente hervía las hojas mucho antes de que nadie "
    "escribiera sobre ellas. Los mercaderes lo llevaron por viejos caminos y después por el mar.",
    "de": "Der Tee begann in den Bergen Südchinas, wo man die Blätter kochte, lange bevor jemand darüber schrieb. "
    "Händler trugen ihn auf alten Straßen und später über das Meer in die ganze Welt.",
    "fr": "Le thé est né dans les montagnes du sud de la Chine, où l'on faisait bouillir les feuilles bien avant que "
    "quelqu'un n'en parle. Des marchands l'ont porté sur de vieilles routes, puis à travers la mer.",
    "ja": "お茶は中国南部の山々で始まりました。人々は文字に残すよりずっと前から"
    "葉を煮出していました。商人たちは古い道を通り、海を越えて運びました。",
}  # fmt: skip
