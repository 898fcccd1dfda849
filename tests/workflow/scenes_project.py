"""A project with one topic of four scenes, for tests of scenes."""

from stub_project import Studio

SENTENCES = [
    "Alpha waves are slow waves of the brain at rest.",
    "A doctor in Jena measured them with two silver needles.",
    "They grow when the eyes are closed and the mind is calm.",
    "They vanish as soon as someone opens a window.",
]
TEXT = " ".join(SENTENCES)
SLUG = "alpha-waves"
SMALL = {"enabled": True, "short_side": 256, "frame_rate": 10}


def prompts(studio: Studio) -> list[str]:
    """Return the prompts of the pictures that were requested since the last call, in order."""
    asked = [request.body["prompt"] for request in studio.sd.asked()]
    for stub in (studio.llm, studio.tts, studio.sd):
        stub.requests.clear()
    return asked


def pictures(studio: Studio) -> dict[str, bytes]:
    folder = studio.folder / "data/output/scenes" / SLUG
    return {path.stem: path.read_bytes() for path in sorted(folder.iterdir())}


def film(studio: Studio) -> str:
    return studio.record("video", SLUG)["sha256"]


def edit_board(studio: Studio, before: str, after: str) -> None:
    path = studio.path("storyboard", SLUG)
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def edit_script(studio: Studio, before: str, after: str) -> None:
    path = studio.path("script", SLUG)
    path.write_text(path.read_text().replace(before, after))
