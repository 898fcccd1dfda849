"""Project with stub services whose recordings are made sentence by sentence."""

import sample_media
from stub_project import SLUGS, Studio

INTRO = "Welcome to the daily show."
TAIL = "That is all for today."


def script_of(name: str) -> str:
    return f"{INTRO} {name} are a topic of their own. There is more to say about {name}. {TAIL}"


class Sentences(Studio):
    """Studio whose recordings are made sentence by sentence, with an intro that all topics share."""

    def serve(self, first_version: int = 1) -> None:
        super().serve(first_version)
        self.config["audio"]["split"] = "sentence"
        self.tts.sound = sample_media.speech

    def text(self, prompt: str, seed: int | None) -> str:
        (name,) = (topic for topic in SLUGS if topic in prompt.lower())
        more = " It has been told before." if "Tell me" in prompt else ""
        return script_of(name.capitalize()) + more

    def requests(self) -> tuple[int, list[str], int]:
        """Return the number of texts, the sentences, and the number of pictures requested since the last call."""
        counts = len(self.llm.asked()), len(self.sd.asked())
        spoken = sorted(request.body["text"] for request in self.tts.asked())
        for stub in (self.llm, self.tts, self.sd):
            stub.requests.clear()
        return counts[0], spoken, counts[1]

    def edit(self, old: str, new: str) -> None:
        path = self.file("script", "alpha")
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
