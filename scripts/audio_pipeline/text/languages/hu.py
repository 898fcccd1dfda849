"""Hungarian."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    openers="""
Ő Ők Én Te Mi Ti Ez Az A De És Ha Amikor Aztán Majd Most Ma Ott Itt Akkor Utána Egy Nem Is
""",
    before_ordinals="a az",
    after_ordinals="""
világháború század kerület fejezet osztály hely nap január február március április május június július augusztus
szeptember október november december
""",
    rules="hu",
    ordinal_form=lambda before, noun: "spellout-ordinal",
)
