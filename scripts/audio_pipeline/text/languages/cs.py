"""Czech."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    openers="""
On Ona Ono Oni Já Ty My To Ten Ta Ti Ale A I V Ve Na Po Když Pak Potom Teď Dnes Tam Tady Jeho Její Jejich Byl Byla
Bylo Ne Také Proto
""",
    before_ordinals="ve v na od za před při během ke k",
    after_ordinals="""
světov říš lig pluk diviz armád ledna února března dubna května června července srpna září října listopadu prosince
století
""",
)
