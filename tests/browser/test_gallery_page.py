"""The gallery in a real Chromium, opened from disk: playback, search, filters, accessibility, no requests elsewhere.

Needs Chromium (Debian: apt-get install chromium; elsewhere: python -m playwright install chromium).
"""

import os
import shutil
import subprocess
from pathlib import Path

import finished_project
import pytest
from audio_pipeline import ffmpeg
from audio_pipeline.publishing import publication
from audio_pipeline.video.storyboard import Scene

playwright = pytest.importorskip("playwright.sync_api", reason="pip install -r envs/dev.txt")
expect = playwright.expect
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

HOSTILE = '</script><script>document.title="broken"</script><img src=x onerror=alert(1)>'
RIGHT_TO_LEFT = "Evil \u202egnp.exe \u2067and more"
TOPICS = f"""How bread rises
A história do café | language=pt-BR voice=pt_BR-faber-medium slug=cafe
{HOSTILE} | slug=hostile
{RIGHT_TO_LEFT} | slug=direction
{"A word that never ends " * 150} | slug=long
The sea | slug=sea
"""
WARNING = f"the subtitles have no letters for {HOSTILE}"
MANY = 200


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(
                f"no Chromium can be started: apt-get install chromium ({error.message[:80]})"
            )
        yield found
        found.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """One topic with a video, one with a recording only, four that are odd, and many more."""
    before, folder = os.getcwd(), tmp_path_factory.mktemp("gallery")
    many = "".join(f"Topic number {number}\n" for number in range(MANY))
    on = {"enabled": True}
    project = finished_project.load(folder, TOPICS + many, video=on, scenes=on)
    for slug in ("how-bread-rises", "cafe", "hostile", "direction", "long"):
        script = {"hostile": HOSTILE * 200, "long": "x" * 10_000}.get(slug)
        finished_project.make(project, slug, script, seconds=3)
        scenes = [Scene(f"Scene {number} of {slug}. {HOSTILE}", HOSTILE) for number in range(3)]
        finished_project.add_scenes(project, slug, [Scene(scenes[0].say), *scenes[1:]])
        finished_project.store(project, "video", slug, film(folder), scenes=[0.0, 1.0, 2.0])
    Path(project.file("video", "cafe")).unlink()
    warnings = [WARNING, "and more"]
    finished_project.store(
        project, "video", "how-bread-rises", film(folder), warnings=warnings, scenes=[0.0, 1.0, 2.0]
    )
    finished_project.fail(project, "script", "sea", f"the model is away {HOSTILE}")
    publication.make(project)
    yield folder / "data/output"
    os.chdir(before)


def film(folder: Path) -> bytes:
    """Return three seconds of H.264 and AAC."""
    path = folder / "film.mp4"
    if not path.exists():
        inputs = ["-f", "lavfi", "-i", "testsrc=s=320x180:d=3", "-f", "lavfi", "-i", "sine=d=3"]
        codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
        subprocess.run([ffmpeg.program().path, *inputs, *codecs], check=True, capture_output=True)
    return path.read_bytes()


class Visit:
    """Opened page, with its errors and requests."""

    def __init__(self, browser, folder: Path, **context) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.urls: set[str] = set()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.urls.add(request.url))
        self.page.on("dialog", lambda dialog: self.faults.append("a dialog was opened"))
        self.page.goto((folder / "index.html").as_uri())

    def hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def titles(self) -> list[str]:
        return self.page.locator(".card h2").all_text_contents()

    def search(self, text: str) -> None:
        self.page.get_by_label("Search titles and scripts").fill(text)
        self.page.wait_for_timeout(300)


@pytest.fixture
def visit(browser, folder):
    """Opened gallery. After the test: no error was logged, and no request left the folder."""
    visit = Visit(browser, folder, viewport={"width": 1280, "height": 900})
    yield visit
    assert visit.faults == []
    assert all(url.startswith((folder.as_uri(), "data:")) for url in visit.urls)
    visit.context.close()


def plays(page, selector: str) -> bool:
    """True if it starts to play within 20 s. (Playwright's own waiting evaluates strings, which the policy forbids.)"""
    medium = page.locator(selector)
    for _ in range(200):
        if medium.evaluate("media => media.currentTime > 0.3 && !media.paused"):
            return True
        page.wait_for_timeout(100)
    return False


def test_a_video_plays_in_its_card(visit):
    visit.page.get_by_role("button", name="Play: How bread rises").click()
    assert plays(visit.page, ".card video")


def test_a_recording_plays_where_there_is_no_video_and_the_other_player_stops(visit):
    visit.page.get_by_role("button", name="Play: How bread rises").click()
    assert plays(visit.page, ".card video")
    visit.page.get_by_role("button", name="Play: A história do café").click()
    assert plays(visit.page, ".card audio")
    assert visit.page.locator(".card video").evaluate("media => media.paused")


def test_searching_ignores_case_and_accents_and_looks_into_scripts(visit):
    visit.search("HISTORIA cafe")
    assert visit.titles() == ["A história do café"]
    visit.search("bread two sentences")
    assert visit.titles() == ["How bread rises"]
    visit.search("no such words")
    assert visit.titles() == []
    visit.page.get_by_role("button", name="Show all").click()
    assert len(visit.titles()) > 40


def test_filters_by_state_and_language_and_sorts(visit):
    visit.page.get_by_label("State").select_option("failed")
    assert visit.titles() == ["The sea"]
    expect(visit.page.locator(".state")).to_contain_text("the model is away")
    visit.page.get_by_label("State").select_option("")
    visit.page.get_by_label("Language").select_option("pt-BR")
    assert visit.titles() == ["A história do café"]
    visit.page.get_by_label("Language").select_option("en")
    visit.page.get_by_label("Sort by").select_option("words")
    assert len(visit.titles()[0]) > 40  # the hostile one, with the longest script


def test_warnings_are_marked_and_can_be_filtered(visit):
    visit.page.get_by_label("State").select_option(label="With warnings (1)")
    assert visit.titles() == ["How bread rises"]
    expect(visit.page.locator(".state")).to_have_text(f"2 warnings: {WARNING}")
    visit.page.get_by_role("link", name="How bread rises").click()
    dialog = visit.page.get_by_role("dialog", name="How bread rises")
    expect(dialog).to_contain_text(f"Warning: {WARNING}")


def test_cards_come_as_one_scrolls(visit):
    first = len(visit.titles())
    assert first < MANY
    for _ in range(30):
        visit.page.mouse.wheel(0, 4000)
        visit.page.wait_for_timeout(50)
    assert len(visit.titles()) == MANY + 6


def test_a_topic_opens_with_its_script_files_and_how_it_was_made(visit):
    visit.page.get_by_role("link", name="How bread rises").click()
    dialog = visit.page.get_by_role("dialog", name="How bread rises")
    for shown in ("It is spoken in two sentences.", "m1:1b (ollama)", "voice en_US-anna", "take 0"):
        expect(dialog).to_contain_text(shown)
    names = dialog.locator("a[download]").evaluate_all("links => links.map(link => link.download)")
    endings = (".txt", ".yaml", ".wav", ".png", ".json", ".mp4")
    assert names == [f"how-bread-rises{ending}" for ending in endings]


def test_a_topic_shows_its_scenes_and_a_scene_plays_from_its_beginning(visit):
    visit.page.get_by_role("link", name="How bread rises").click()
    scenes = visit.page.locator("dialog .scenes li")
    assert scenes.count() == 3
    assert "Scene 2 of how-bread-rises." in scenes.nth(2).inner_text()
    assert HOSTILE.split()[0] in scenes.nth(2).locator(".show").inner_text()
    assert (
        scenes.nth(2)
        .locator("img")
        .evaluate("image => image.decode().then(() => image.naturalWidth)")
        == 320
    )
    scenes.nth(2).get_by_role("button").click()
    visit.page.wait_for_timeout(300)
    assert visit.page.locator("dialog video").evaluate("video => video.currentTime") >= 2


def test_the_script_is_copied(visit, folder):
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.get_by_role("link", name="How bread rises").click()
    visit.page.get_by_role("button", name="Copy the script").click()
    visit.page.get_by_role("button", name="Copied").wait_for()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied == (folder / "scripts/how-bread-rises.txt").read_text().strip()


def test_the_keyboard_is_enough(visit):
    keys = visit.page.keyboard
    focused = lambda: visit.page.evaluate("document.activeElement.textContent")  # noqa: E731
    keys.press("/")
    keys.type("bread")
    visit.page.wait_for_timeout(300)
    for _ in range(10):
        keys.press("Tab")
        if focused() == "How bread rises":
            break
    keys.press("Enter")
    visit.page.get_by_role("dialog").wait_for()
    assert focused() == "How bread rises"
    keys.press("Escape")
    assert visit.page.get_by_role("dialog").count() == 0
    assert focused() == "How bread rises"  # focus returns to the card


def test_arrows_lead_to_the_next_topic(visit):
    visit.page.get_by_role("link", name="How bread rises").click()
    visit.page.get_by_role("dialog", name="How bread rises").wait_for()
    visit.page.keyboard.press("ArrowRight")
    visit.page.get_by_role("dialog", name="A história do café").wait_for()
    visit.page.keyboard.press("ArrowLeft")
    visit.page.get_by_role("dialog", name="How bread rises").wait_for()


def test_an_address_opens_its_topic(browser, folder):
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri() + "#cafe")
    page.get_by_role("dialog", name="A história do café").wait_for()
    page.close()


def test_hostile_texts_are_shown_as_they_are(visit):
    visit.search("script")
    visit.page.get_by_role("link", name="onerror").click()
    expect(visit.page.get_by_role("dialog")).to_contain_text(HOSTILE)
    assert visit.page.title() == "Audio Pipeline"
    assert visit.page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_wider_than_the_screen(browser, folder, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    wider = "document.scrollingElement.scrollWidth > innerWidth"
    page.goto((folder / "index.html").as_uri())
    assert not page.evaluate(wider)
    for slug in ("how-bread-rises", "hostile", "direction", "long", "sea"):
        page.goto((folder / "index.html").as_uri() + f"#{slug}")
        page.get_by_role("dialog").wait_for()
        assert not page.evaluate("topic.scrollWidth > topic.clientWidth"), slug
        assert not page.evaluate(wider), slug
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("slug", ["", "how-bread-rises", "sea"])
def test_axe_finds_nothing_serious(browser, folder, scheme, slug):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((folder / "index.html").as_uri() + (f"#{slug}" if slug else ""))
    page.wait_for_timeout(300)
    found = axe.Axe().run(page).response["violations"]
    serious = {
        one["id"]: one["nodes"][0]["html"]
        for one in found
        if one["impact"] in ("serious", "critical")
    }
    assert serious == {}
    context.close()
