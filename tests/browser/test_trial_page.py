"""The page of a trial in a real Chromium, opened from disk: playback, marks, accessibility, hostile texts."""

import os
import shutil

import finished_project
import pytest
import sample_media
from audio_pipeline import project as projects
from audio_pipeline.planning import trial
from audio_pipeline.publishing import trial_page
from test_gallery_page import HOSTILE, Visit, axe, browser, film, plays, visit

__all__ = ["browser", "visit"]
COSTS = {"audio": f"3 to make: 37 of 480 sentences to request {HOSTILE}", "in all": "about 9 min"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """A topic with another script, recording and video, a hostile one that failed, one without files so far."""
    before, folder = os.getcwd(), tmp_path_factory.mktemp("trial")
    topics = f"Tea\n{HOSTILE} | slug=hostile\nMilk\n"
    enabled = {"video": {"enabled": True}, "subtitles": {"enabled": True}}
    project = finished_project.load(folder, topics, **enabled)
    subtitles = b"1\n00:00:00,100 --> 00:00:02,000\nAll about tea & milk\n"
    for slug in ("tea", "hostile"):
        finished_project.make(project, slug, HOSTILE if slug == "hostile" else None, seconds=3)
        finished_project.store(project, "subtitles", slug, subtitles)
        finished_project.store(project, "video", slug, film(folder))
    changed = projects.load([("--config", {"audio": {"voice": "en_US-bert"}})])
    differences = trial.differing(changed, changed.topics)
    tried, as_is = trial.prepare(changed, list(changed.topics))
    finished_project.store(tried, "script", "tea", b"All about tea & milk. It is spoken.\n")
    finished_project.store(tried, "audio", "tea", sample_media.tone("else", seconds=2))
    finished_project.store(tried, "video", "tea", film(folder) + b"\0")
    finished_project.fail(tried, "audio", "hostile", f"the voice is away {HOSTILE}")
    trial_page.write(tried, as_is, differences, COSTS, listed=480)
    shutil.rmtree(folder / "data/output")  # the page needs none of it
    yield folder / "data/trial"
    os.chdir(before)


def test_both_recordings_and_videos_play(visit):
    for label in ("Recording, now: Tea", "Recording, trial: Tea", "Video, trial: Tea"):
        selector = f'[aria-label="{label}"]'
        visit.page.locator(selector).evaluate("media => { media.muted = true; media.play(); }")
        assert plays(visit.page, selector)


def test_subtitles_of_a_video_are_there(visit):
    video = visit.page.locator('video[aria-label="Video, trial: Tea"]')
    video.evaluate("video => { video.textTracks[0].mode = 'showing'; }")
    visit.page.wait_for_timeout(500)
    assert video.evaluate("video => video.textTracks[0].cues[0].text") == "All about tea &amp; milk"


def test_differences_settings_and_costs_are_shown(visit):
    body = visit.page.locator("body")
    text = body.inner_text()
    assert "3 of 480 topics, now and with the changed settings" in text
    assert "audio: voice" in text and "en_US-anna → en_US-bert" in text
    assert "37 of 480 sentences to request" in text and "about 9 min" in text
    tea = visit.page.locator("article", has=visit.page.get_by_role("heading", name="Tea"))
    assert "milk." in "".join(tea.locator("ins").all_inner_texts())
    assert "".join(tea.locator("del").all_inner_texts()).strip().startswith("Tea.")
    assert "Picture: unchanged" in tea.inner_text()
    assert "There is none yet" not in text  # nothing is said of files that neither side has


def test_hostile_texts_are_shown_as_they_are(visit):
    text = visit.page.locator("body").inner_text()
    assert text.count(HOSTILE) >= 3
    assert f"the voice is away {HOSTILE}" in text
    failed = visit.page.locator("#t-hostile + h3 + .pair .side").nth(1)
    assert failed.locator("audio").count() == 0  # the old recording is not the trial's
    assert visit.page.title() == "Audio Pipeline: trial"


@pytest.mark.parametrize(
    "look",
    [
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
        {"viewport": {"width": 360, "height": 740}},
    ],
    ids=["light", "dark", "phone"],
)
def test_it_is_accessible_and_fits(browser, folder, look):
    visit = Visit(browser, folder, **look)
    for details in visit.page.locator("summary").all():
        details.click()
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    result = axe.Axe().run(page)
    assert result.violations_count == 0, result.generate_report()
    assert visit.faults == []
    visit.context.close()
