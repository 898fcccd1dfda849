"""Slovak."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    openers="""
On Ona Ono Oni Ja Ty My To Ten Tá Tí Ale A I V Vo Na Po Keď Potom Teraz Dnes Tam Tu Jeho Jej Ich Bol Bola Bolo Nie
Tiež Preto
""",
    before_ordinals="vo v na od za pred pri počas ku k",
    after_ordinals="svetov ríš lig pluk divíz armád storoči",
)
