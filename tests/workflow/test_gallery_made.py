"""Gallery and catalogue at the end of a run; one with nothing to do rebuilds them if they are stale."""

import contextlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest
from project import REPOSITORY
from stub_project import SLUGS, THREE, Studio


def cards(studio: Studio) -> dict[str, dict]:
    html = (studio.folder / "data/output/index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])
    return {card["slug"]: card for card in data}


def test_a_run_ends_with_a_gallery_of_what_it_made(studio: Studio) -> None:
    assert {card["state"] for card in cards(studio).values()} == {"made"}
    assert set(cards(studio)) == {SLUGS[name] for name in ("alpha", "beta", "gamma")}
    with sqlite3.connect(studio.folder / "data/output/catalog.sqlite") as database:
        assert database.execute("SELECT count(*) FROM files").fetchone() == (9,)


def test_thumbnails_are_made_by_the_jobs_and_not_once_more(empty: Studio) -> None:
    """Snakemake touches a job's files when it has ended."""
    (empty.folder / "sitecustomize.py").write_text(
        "import multiprocessing.pool\n"
        "def refuse(*_): raise OSError('thumbnails are made at the end')\n"
        "multiprocessing.pool.ThreadPool.__init__ = refuse\n"
    )
    empty.environment["PYTHONPATH"] = str(empty.folder)
    run = empty.succeed()
    assert "warning" not in run.output
    assert all(card["thumbnail"] for card in cards(empty).values())


def test_a_run_with_nothing_to_do_leaves_it_alone(studio: Studio) -> None:
    studio.run()  # the copied files have new times
    before = (studio.folder / "data/output/index.html").stat().st_mtime_ns
    assert studio.run().nothing_to_do
    assert (studio.folder / "data/output/index.html").stat().st_mtime_ns == before


def test_a_topic_taken_out_goes_though_nothing_is_to_be_done(studio: Studio) -> None:
    studio.topics("Alpha waves\nBeta decay\n")
    assert studio.run().nothing_to_do
    assert set(cards(studio)) == {SLUGS["alpha"], SLUGS["beta"]}


def test_a_dry_run_makes_none(studio: Studio) -> None:
    (studio.folder / "data/output/index.html").unlink()
    assert studio.run("-n").nothing_to_do
    assert not (studio.folder / "data/output/index.html").exists()


def test_after_a_failure_it_shows_which_and_why(studio: Studio) -> None:
    studio.topics(THREE + "Delta wings\n")
    studio.config["audio"]["url"] = "http://127.0.0.1:9"
    run = studio.run()
    assert run.code == 1
    delta = cards(studio)["delta-wings"]
    assert delta["state"] == "failed" and "Piper" in delta["reason"]


def test_switched_off_nothing_is_made(empty: Studio) -> None:
    empty.config["gallery"] = {"enabled": False}
    empty.succeed()
    made = {path.name for path in (empty.folder / "data/output").iterdir()}
    assert not made & {"index.html", "catalog.csv", "catalog.sqlite", "thumbnails"}


def test_what_cannot_be_written_is_told_and_fails_no_run(studio: Studio) -> None:
    (studio.folder / "data/output/index.html").unlink()
    (studio.folder / "data/output/index.html").mkdir()
    run = studio.run()
    assert run.nothing_to_do and "warning: the gallery was not made" in run.output
    assert "Traceback" not in run.output


def test_the_program_makes_it_at_any_time(studio: Studio) -> None:
    (studio.folder / "data/output/index.html").unlink()
    program = [sys.executable, REPOSITORY / "scripts/make_gallery.py", "--directory", studio.folder]
    subprocess.run(program, check=True)
    assert len(cards(studio)) == 3


def test_snakemakes_report_has_every_file_with_its_topic(studio: Studio) -> None:
    studio.succeed("--report", "report.html")
    report = (studio.folder / "report.html").read_text(encoding="utf-8")
    for shown in ("Recordings", "Pictures", "Scripts", "Alpha waves", "gamma-rays.wav"):
        assert shown in report


HOSTILE = """Tea </script><script>document.title="owned"</script> <!-- <script> | slug=alpha-waves
The set {x} and {slug} {{}} { } are Beta decay | slug=beta-decay
<img src=x onerror="document.title='owned'"> Gamma rays | slug=gamma-rays
"""


def test_snakemakes_report_shows_hostile_topics_as_they_are(empty: Studio) -> None:
    empty.topics(HOSTILE.replace("Tea", "Tea of Alpha waves"))
    empty.succeed()
    empty.succeed("--report", "report.html")
    with chromium() as browser:
        page, faults = browser.new_page(), []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((empty.folder / "report.html").as_uri())
        page.get_by_text("Recordings").first.click()
        page.get_by_text("beta-decay.wav").wait_for()
        shown = page.locator("body").inner_text().replace("\u2060", "")
        title = page.title()

    assert (
        'Tea of Alpha waves </script><script>document.title="owned"</script> <!-- <script>' in shown
    )
    assert "The set {x} and {slug} {{}} { } are Beta decay" in shown
    assert "<img src=x onerror=" in shown
    assert title != "owned" and faults == []


@contextlib.contextmanager
def chromium():
    """Start a real browser. Skips if none can be started."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install -r envs/dev.txt")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with playwright.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(
                f"no Chromium can be started: apt-get install chromium ({error.message[:80]})"
            )
        yield browser
        browser.close()
