"""Text limit of a speech service, from its refusal of a longer text.

Examples: "String should have at most 4096 characters" (OpenAI and users of FastAPI), "input should have at most 200
characters", "text too long", "maximum of 400 tokens" (XTTS, as a 500), "文本长度不能超过300".
"""

import re

from audio_pipeline.errors import RequestRefused, ServiceError

_LEAST = 20  # characters; a service refuses shorter texts for another reason
_STATUS = {400, 413, 422}
_TOO_MUCH = re.compile(
    r"too (?:long|large|big|many)|at most|max(?:imum|\b|_)|exceed|limit|truncat"
    r"|(?:longer|larger|more|less|fewer) than"
    r"|超过|超出|过长|上限|長すぎ|以内|zu lang|trop long|muito longo|demasiado larg|слишком",
    re.IGNORECASE,
)
_OF_TEXT = re.compile(
    r"character|\bchars?\b|length|\btext|\binput|\btoken|\bwords?\b|phoneme|prompt|字|文本|文字|テキスト|symbol|символ",
    re.IGNORECASE,
)
_OF_ANOTHER_KIND = re.compile(
    r"\brate\b|quota|credit|balance|concurren|pending|\bspeed\b|body\.(?!input|text|prompt)",
    re.IGNORECASE,
)
_OTHER_UNIT = re.compile(r"token|\bwords?\b|byte|phoneme|second", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.])\d{2,6}(?!\.?\d)")
_GROUPS = re.compile(r"(?<=\d)[,_'](?=\d{3}(?!\d))")  # 4,096


def from_refusal(refusal: ServiceError, length: int) -> int | None:
    """Return the limit in characters to try next, or None if the service refused for another reason.

    length: characters that were sent; the limit is half of them if the refusal names none.
    """
    text = str(refusal).partition(": HTTP ")[2]
    status = refusal.status if isinstance(refusal, RequestRefused) else int(text[:3] == "500") * 400
    too_much = status == 413 or (_TOO_MUCH.search(text) and _OF_TEXT.search(text))
    if status not in _STATUS or not too_much or _OF_ANOTHER_KIND.search(text):
        return None
    plain = _GROUPS.sub("", text[3:])
    numbers = [] if _OTHER_UNIT.search(text) else map(int, _NUMBER.findall(plain))
    most = max((number for number in numbers if _LEAST <= number < length), default=length // 2)
    return most if most >= _LEAST else None
