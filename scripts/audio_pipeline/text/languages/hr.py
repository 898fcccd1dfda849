"""Croatian."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    alike=frozenset(["bs", "hr", "sr", "sh"]),
    openers="""
On Ona Ono Oni Ja Ti Mi Vi To Taj Ta Ali I A U Na Po Kad Kada Tada Onda Zatim Sada Danas Tamo Ovdje Njegov Njezin
Bio Bila Bilo Ne
""",
    before_ordinals="u na od za prije nakon tijekom",
    after_ordinals="svjetsk lig divizij stoljeć",
)
