"""Danish."""

import re

from audio_pipeline.text.language import Language


def _ordinal_form(before: str, noun: str) -> str:
    neuter = re.search(r"\b(?:det|mit|sit|dit|vores|hvert|et) $", before.casefold())
    return "spellout-ordinal-neuter" if neuter else "spellout-ordinal-common"


LANGUAGE = Language(
    ordinals_with_full_stop=True,
    alike=frozenset(["nb", "nn", "no"]),
    openers="""
Han Hun Den Det De Vi Jeg Du Man Men Og I På Som Når Så Da Der Her Nu Senere Et En Hans Hendes Derefter Efter
""",
    before_ordinals="den det min mit sin sit din dit hans hendes deres vores hver hvert",
    after_ordinals="""
verdenskrig division januar februar marts april maj juni juli august september oktober november december
""",
    rules="da",
    ordinal_form=_ordinal_form,
)
