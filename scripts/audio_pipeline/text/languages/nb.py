"""Norwegian Bokmål."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    alike=frozenset(["da", "nb", "nn", "no"]),
    openers="""
Han Hun Den Det De Vi Jeg Du Man Men Og I På Som Når Så Da Der Her Nå Senere Et En Hans Hennes Deretter Etter
""",
    before_ordinals="den det min mitt sin sitt din ditt hans hennes deres vår vårt hver hvert",
    after_ordinals="""
verdenskrig divisjon januar februar mars april mai juni juli august september oktober november desember
""",
)
