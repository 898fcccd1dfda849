"""Serbian."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    alike=frozenset(["bs", "hr", "sh"]),
    before_ordinals="u na od za pre nakon tokom",
    after_ordinals="svetsk lig divizij",
)
