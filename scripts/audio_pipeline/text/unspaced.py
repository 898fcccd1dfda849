"""Characters of scripts without spaces between words, for classes of re and regex, and a pattern for line breaks.

Language.spaces (text/language.py) says if a language has spaces.
"""

import re

HAN_KANA = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_THAI_LAO = "\u0e01-\u0e3a\u0e40-\u0e5b\u0e80-\u0eff"
_BURMESE_KHMER = "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u19e0-\u19ff"
UNSPACED = (
    f"{HAN_KANA}\u31f0-\u31ff\uff66-\uff9f{_THAI_LAO}{_BURMESE_KHMER}"  # with half-width kana
)
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # Korean has spaces

# A token stays together on a line. Lines may break between any two Chinese or Japanese characters,
# but not after an opening mark nor before a closing one; otherwise at spaces.
OPENING = "「『（【〈《"
CLOSING = "」』）】〉》、。，．：；？！・…ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
TOKEN = re.compile(
    rf"[{OPENING}]*(?:[{HAN_KANA}]|[^\s{HAN_KANA}{OPENING}]+)[{CLOSING}]*\s*|[{OPENING}]+\s*"
)
