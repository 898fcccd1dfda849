"""How much text a speech service takes at once, as it says when it refuses more.

Seen: "String should have at most 4096 characters" (OpenAI and what follows FastAPI), "input should have at most 200
characters", "text too long", "maximum of 400 tokens" (XTTS, as a 500), "文本长度不能超过300".
"""

import re

from audio_pipeline.errors import RequestRefused, ServiceError

_LEAST = 20  # characters: a service that refuses so few has another reason
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


def of(refusal: ServiceError, length: int) -> int | None:
    """The most characters that are worth another try, fewer than were sent; None if the refusal has another reason.

    length: characters that were sent. Where no limit in characters is named, half of that.
    """
    said = str(refusal).partition(": HTTP ")[2]
    status = refusal.status if isinstance(refusal, RequestRefused) else int(said[:3] == "500") * 400
    too_much = status == 413 or (_TOO_MUCH.search(said) and _OF_TEXT.search(said))
    if status not in _STATUS or not too_much or _OF_ANOTHER_KIND.search(said):
        return None
    plain = _GROUPS.sub("", said[3:])
    named = [] if _OTHER_UNIT.search(said) else map(int, _NUMBER.findall(plain))
    most = max((number for number in named if _LEAST <= number < length), default=length // 2)
    return most if most >= _LEAST else None
