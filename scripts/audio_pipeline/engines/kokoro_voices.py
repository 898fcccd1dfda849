"""Voices of the speech model Kokoro-82M: names, files in assets/kokoro, and languages of their phonemes."""

from dataclasses import dataclass

# Of English, Spanish, French and Italian; Portuguese has only the affricates of its own.
_LETTERS = {
    "aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y",
    "tʃ": "ʧ", "dʒ": "ʤ", "ts": "ʦ", "dz": "ʣ",
}  # fmt: skip
_OF_PORTUGUESE = {"tʃ": "ʧ", "dʒ": "ʤ"}


@dataclass(frozen=True)
class Voice:
    """file: its style vectors in assets/kokoro; espeak: the language of its phonemes; sha256: of the file."""

    file: str
    espeak: str
    sha256: str

    @property
    def letters(self) -> dict[str, str]:
        return _OF_PORTUGUESE if self.espeak == "pt-br" else _LETTERS


VOICES = {
    "en_US-michael-kokoro": Voice(
        "am_michael", "en-us", "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1"
    ),
    "en_GB-emma-kokoro": Voice(
        "bf_emma", "en-gb-x-rp", "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73"
    ),
    "pt_BR-dora-kokoro": Voice(
        "pf_dora", "pt-br", "3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee"
    ),
    "pt_BR-alex-kokoro": Voice(
        "pm_alex", "pt-br", "0175c753f59c54e7fd5a995bedef0c5ff2fb67e0043dd3dcb2ae74ec2acbeb2a"
    ),
    "es_ES-dora-kokoro": Voice(
        "ef_dora", "es", "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532"
    ),
    "fr_FR-siwis-kokoro": Voice(
        "ff_siwis", "fr", "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861"
    ),
    "it_IT-sara-kokoro": Voice(
        "if_sara", "it", "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c"
    ),
}
