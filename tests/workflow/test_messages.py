"""Messages to the user: one clear line for bad input, a plan line, a short end, and `plan` and `status`."""

import os
import re
import signal
from pathlib import Path

import pytest
import sample_media
import yaml
from project import Project
from stub_project import EVERY, THREE, Studio
from waiting import LONGEST_S, wait_until

BAD = {
    "unknown key": (
        lambda s: s.config["script"].update(modle="x"),
        "config/config.yaml: unknown key 'script.modle'; did you mean 'model'?",
    ),
    "value out of range": (
        lambda s: s.config["audio"].update(length_scale=0),
        "config/config.yaml: audio.length_scale is 0; expected a number from 0.1 to 10",
    ),
    "template missing": (
        lambda s: s.config["script"].update(template="config/none.j2"),
        "script.template is 'config/none.j2'; no such file",
    ),
    "template with an undefined name": (
        lambda s: (s.folder / "config/script.j2").write_text("{{ topik }}"),
        "'topik' is undefined",
    ),
    "unknown attribute": (
        lambda s: s.topics("A | colour=red\n"),
        "data/input/topics.txt:1: has the unknown key 'colour'",
    ),
    "two topics with one slug": (
        lambda s: s.topics("Alpha waves\nAlpha, waves!\n"),
        "data/input/topics.txt:2: has the slug 'alpha-waves' of line 1",
    ),
    "not UTF-8": (
        lambda s: s.topics(b"fine\ncaf\xe9\n"),
        "data/input/topics.txt:2: byte 4 is 0xe9",
    ),
    "no topics": (lambda s: s.topics("# none\n"), "has no topics"),
    "credentials in a URL": (
        lambda s: s.config["script"].update(url="http://me:hidden@host"),
        "holds a user name or password",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("arguments", [["-n"], []])
def test_bad_input_is_one_line_and_changes_nothing(
    name: str, arguments: list[str], empty: Studio
) -> None:
    change, expected = BAD[name]
    change(empty)
    run = empty.run(*arguments)
    errors = [line for line in run.output.splitlines() if line.startswith("error: ")]
    assert run.code == 1 and len(errors) == 1 and expected in errors[0], run.output
    assert "Traceback" not in run.output and "hidden" not in run.output
    assert not (empty.folder / "data/output").exists()
    assert empty.asked() == (set(), set(), set())


def test_an_unknown_slug_is_one_line_with_the_nearest(empty: Studio) -> None:
    for arguments in ([], ["-n"]):
        run = empty.run(*arguments, "data/output/audio/alpha-wave.wav")
        assert run.code == 1 and "Traceback" not in run.output
        assert (
            "no topic in data/input/topics.txt has the slug 'alpha-wave'; did you mean 'alpha-waves'?"
            in run.output
        )
    assert not empty.llm.requests  # it fails before the first request


@pytest.mark.parametrize("arguments", [["--cores", "0"], ["--resources", "llm=0"]])
def test_a_run_in_which_nothing_could_begin_does_not_wait_for_ever(
    empty: Studio, arguments: list[str]
) -> None:
    run = empty.run(*arguments)
    expected = f"error: {' '.join(arguments)}: no job could start; expected 1 or more"
    assert run.code == 1 and expected in run.output, run.output


def test_a_profile_that_would_lose_files_is_refused(studio: Studio) -> None:
    before = studio.files()
    studio.config["script"]["model"] = "m2:1b"
    run = studio.run("--workflow-profile", "none")
    assert run.code == 1 and "keep-incomplete: true" in run.output
    assert studio.files() == before and studio.asked() == (set(), set(), set())


def test_a_run_shows_a_plan_a_line_for_each_file_and_the_folder(empty: Studio) -> None:
    output = empty.succeed().output
    assert (
        "3 topics; to make: 3 scripts (ollama m1:1b), 3 recordings (piper en_US-anna), 3 pictures"
        in output
    )
    assert output.count("[9/9]") == 1
    assert "9 of 9 files" in output and "data/output/" in output
    assert len(output.splitlines()) < 40


def test_a_duplicate_topic_is_built_once_with_a_warning(empty: Studio) -> None:
    empty.topics(THREE + "Alpha waves\n")
    run = empty.succeed("scripts")
    assert "warning: data/input/topics.txt:4: the same topic as in line 1" in run.output
    assert empty.asked()[0] == EVERY


def test_a_hostile_topic_is_only_text(empty: Studio) -> None:
    hostile = "Alpha $(touch owned) `touch owned`; ../../x {{ 7*7 }} {wildcards.slug} %s 'q\" <b>"
    empty.topics(hostile + "\n")
    empty.llm.text = "This is about Alpha. It has two plain sentences."
    empty.succeed()
    (request,) = empty.llm.asked()
    assert hostile in request.body["messages"][-1]["content"]
    assert not list(empty.folder.rglob("owned"))
    assert len(empty.files()) == 3


@pytest.mark.parametrize(
    "variable, stage",
    [("OLLAMA_BASE_URL", "script"), ("TTS_SERVER_URL", "audio"), ("SD_SERVER_URL", "image")],
)
def test_an_address_in_the_environment_goes_before_the_configured_one(
    variable: str, stage: str, empty: Studio
) -> None:
    empty.environment[variable] = empty.config[stage]["url"]
    empty.config[stage]["url"] = "http://127.0.0.1:9"
    empty.succeed()


def test_values_on_the_command_line_go_before_the_files(studio: Studio) -> None:
    studio.succeed("--config", "audio={length_scale: 1.5, voice: en_US-bert}")
    request = studio.record_of("audio", "alpha")["request"]
    assert (request["length_scale"], request["voice"]) == (1.5, "en_US-bert")


def test_a_run_from_elsewhere_uses_the_directory_and_the_configfile(
    empty: Studio, tmp_path: Path
) -> None:
    """The configfile's path is relative to the caller's directory, all others to `--directory`."""
    (tmp_path / "own.yaml").write_text("audio: {length_scale: 1.7}\n")
    folder, empty.folder = empty.folder, tmp_path
    (tmp_path / "config").mkdir()
    arguments = ["--directory", str(folder), "--configfile", "own.yaml"]
    empty.config, config = {}, empty.config
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    empty.succeed(*arguments)
    empty.folder = folder
    assert empty.record_of("audio", "alpha")["request"]["length_scale"] == 1.7
    assert len(empty.files()) == 9 and not (tmp_path / "data").exists()


def test_no_pictures_means_no_picture_jobs(empty: Studio) -> None:
    empty.config["image"] = {"engine": "none"}
    empty.succeed()
    assert empty.asked()[2] == set()
    assert empty.run().nothing_to_do


@pytest.mark.parametrize("cap", [1, 3])
def test_no_more_jobs_than_the_cap_use_a_service_at_once(cap: int, empty: Studio) -> None:
    empty.topics(THREE + "Delta wings\nOmega points\n")
    empty.config["caps"] = {"llm": cap, "tts": 2, "sd": 1}
    empty.llm.latency_s, empty.llm.ready = 0.2, lambda: empty.llm.peak >= cap
    empty.succeed("--cores", "1")
    assert empty.llm.peak == cap
    assert empty.tts.peak <= 2 and empty.sd.peak == 1


def test_one_cap_on_the_command_line_leaves_the_others(empty: Studio) -> None:
    for stub in (empty.llm, empty.tts, empty.sd):
        stub.latency_s = 0.2
    empty.llm.ready = lambda: empty.llm.peak >= 3
    empty.succeed("--resources", "llm=3")
    assert (empty.llm.peak, empty.tts.peak, empty.sd.peak) == (3, 1, 1)


def test_the_plan_names_numbers_reasons_what_is_kept_and_the_time(studio: Studio) -> None:
    studio.file("audio", "beta").unlink()
    studio.topics(THREE + "Delta wings\n")
    studio.file("script", "gamma").write_text("By hand about Gamma. With two sentences.\n")
    studio.config["script"]["model"] = "m2:1b"
    studio.config["lexicon"] = {"en": {"Nguyen": "win"}}
    before = studio.files()
    result = studio.program("plan.py")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "4 topics in data/input/topics.txt"
    assert lines[1].startswith("script  3 to make (2 model changed, 1 new)")
    assert lines[2].startswith("audio   3 to make") and "1 deleted: a new take" in lines[2]
    assert "1 text changed" in lines[2] and "1 more if what it is made from changes" in lines[2]
    assert "kept: data/output/scripts/gamma-rays.txt was edited by hand" in result.stdout
    assert "lexicon: 'Nguyen' (en) occurs in no script so far; check its spelling" in lines
    assert lines[-1].startswith("in all  about ")
    assert studio.files() == before and studio.asked() == (set(), set(), set())


def test_the_plan_is_what_the_run_then_does(studio: Studio) -> None:
    studio.config["audio"]["voice"] = "en_US-bert"
    studio.topics(THREE + "Delta wings\n")
    plan = studio.program("plan.py").stdout
    assert (
        "script  1 to make" in plan and "audio   4 to make" in plan and "image   1 to make" in plan
    )
    studio.succeed()
    assert tuple(map(len, studio.asked())) == (1, 4, 1)


def test_the_status_counts_fresh_stale_missing_edited_and_failed(studio: Studio) -> None:
    studio.topics(THREE + "Delta wings\n")
    studio.config["audio"] |= {"voice": "en_US-bert", "url": "http://127.0.0.1:9"}
    assert studio.run().code == 1
    rows = [line.split() for line in studio.program("status.py").stdout.splitlines()[:4]]
    assert rows[0] == ["4", "topics", "fresh", "stale", "missing", "edited", "failed"]
    assert rows[1:] == [
        ["script", "4", "0", "0", "0", "0"],
        ["audio", "0", "0", "0", "0", "4"],
        ["image", "4", "0", "0", "0", "0"],
    ]
    listed = studio.program("status.py", "--list", "failed").stdout.split()
    assert listed[0] == "data/output/audio/alpha-waves.wav" and len(listed) == 4


def test_a_text_that_was_edited_counts_as_edited_before_and_after_the_next_run(
    studio: Studio,
) -> None:
    studio.file("script", "alpha").write_text("By hand: Alpha waves. With two sentences.\n")
    for _ in range(2):
        edited = studio.program("status.py", "--list", "edited").stdout.split()
        assert edited == ["data/output/scripts/alpha-waves.txt"]
        studio.succeed()
    assert '"state":"edited"' in (studio.folder / "data/output/index.html").read_text()


def test_warnings_are_told_in_the_run_at_its_end_in_the_status_and_on_the_page(
    empty: Studio,
) -> None:
    empty.tts.sound = lambda text: sample_media.tone(text, seconds=14)
    run = empty.succeed()
    fault = re.compile(r"warning: audio beta-decay: the sound lasts .* \(audio\.checks\.pace\)")
    assert fault.search(run.output)
    assert "with warnings: 3 recordings: make status" in run.output
    assert empty.program("status.py").stdout.splitlines()[-1] == "with warnings: 3 recordings"
    listed = empty.program("status.py", "--list", "warned").stdout.splitlines()
    assert len(listed) == 3 and listed[0].startswith("data/output/audio/alpha-waves.wav: the sound")
    assert "(audio.checks.pace)" in (empty.folder / "data/output/index.html").read_text()


def test_prune_lists_what_has_no_topic_and_removes_it_only_when_told(studio: Studio) -> None:
    studio.topics("Beta decay\nGamma rays\n")
    placed = studio.folder / "data/output/images/my-own-drawing.png"
    placed.write_bytes(b"mine")
    studio.file("image", "alpha").write_bytes(b"retouched")
    listed = studio.program("prune.py").stdout
    assert "would remove data/output/scripts/alpha-waves.txt" in listed
    assert "kept data/output/images/alpha-waves.png: edited by hand" in listed
    assert studio.file("script", "alpha").exists()
    studio.program("prune.py", "--delete")
    left = {Path(name).name for name in studio.files() if "alpha" in name or "mine" in name}
    assert left == {"alpha-waves.png"}
    assert placed.read_bytes() == b"mine"
    assert studio.run().nothing_to_do


def test_a_dead_service_is_told_once_however_many_topics_need_it(empty: Studio) -> None:
    empty.topics("".join(f"Alpha waves number {n}\n" for n in range(30)))
    empty.config["script"]["url"] = "http://127.0.0.1:9"
    empty.config["http"]["tries"] = 3
    run = empty.run()
    assert run.code == 1
    (line,) = [line for line in run.output.splitlines() if line.startswith("failed: ")]
    assert line.startswith("failed: 30 scripts: Ollama at http://127.0.0.1:9")
    assert "alpha-waves-number-12 and 25 more" in line
    assert (
        run.output.count("refused the connection") == 3
    )  # at the preflight, at the first job, at the end


def test_a_missing_model_is_told_before_any_job(empty: Studio) -> None:
    empty.config["script"]["model"] = "nope:1b"
    run = empty.run()
    assert run.code == 1
    lines = run.output.splitlines()
    told = next(n for n, line in enumerate(lines) if "ollama pull nope:1b" in line)
    assert lines[told].startswith("✗ script: Ollama at ") and "[1/9]" not in "".join(lines[:told])
    assert run.output.count("ollama pull nope:1b") == 2 and "FAILED" not in run.output
    (failed,) = [line for line in lines if line.startswith("failed: ")]
    assert failed.startswith("failed: 3 scripts: Ollama at ")
    assert empty.asked()[1:] == (set(), set())


def test_a_missing_model_of_a_single_topic_is_told_before_any_job(empty: Studio) -> None:
    empty.topics(
        "Alpha waves\nBeta decay | script.model=nope:1b\nGamma rays | script.model=m2:1b\n"
    )
    run = empty.run()
    assert run.code == 1 and "ollama pull nope:1b" in run.output
    assert empty.asked()[0] == set()

    empty.topics("Alpha waves\nBeta decay\nGamma rays | script.model=m2:1b\n")
    empty.succeed()
    assert empty.record_of("script", "gamma")["request"]["model"] == "m2:1b"


def test_a_service_that_is_down_does_not_stop_the_jobs_of_the_others(studio: Studio) -> None:
    studio.config["audio"] |= {"voice": "en_US-bert", "url": "http://127.0.0.1:9"}
    studio.config["image"]["steps"] = 9
    run = studio.run()
    assert run.code == 1 and "3 of 6 files" in run.output
    assert studio.asked() == (set(), set(), EVERY)


def test_a_missing_model_is_pulled_once_before_any_job(empty: Studio) -> None:
    empty.config["script"] |= {"model": "m3:1b", "pull": True}
    empty.succeed()
    pulls = [request for request in empty.llm.requests if request.path == "/api/pull"]
    assert len(pulls) == 1 and empty.asked() == (EVERY, EVERY, EVERY)


def test_a_storage_provider_is_refused_in_one_line(empty: Studio) -> None:
    pytest.importorskip(
        "snakemake_storage_plugin_fs", reason="pip install snakemake-storage-plugin-fs"
    )
    run = empty.run("--default-storage-provider", "fs", "--default-storage-prefix", "there")
    assert run.code == 1 and "Traceback" not in run.output
    assert "error: --default-storage-provider is not supported" in run.output


def test_a_dry_run_has_one_heading_and_a_line_for_each_file(tmp_path: Path) -> None:
    config = {"subtitles": {"enabled": False}, "video": {"enabled": False}}
    run = Project(tmp_path / "work", "Alpha waves\nBeta decay\n", config).run("-n")
    assert run.code == 0
    for said in ("Group job", "Reasons:", "Assuming unrestricted"):
        assert said not in run.output
    assert run.output.count("Job stats:") == 1
    assert "data/output/scripts/alpha-waves.txt  (missing)" in run.output


def test_a_run_has_one_heading_that_names_the_voices(empty: Studio) -> None:
    empty.topics("Alpha waves | voice=en_US-bert\nBeta decay\n")
    run = empty.succeed()
    assert "Job stats" not in run.output and "Assuming unrestricted" not in run.output
    assert "2 recordings (piper en_US-anna, en_US-bert)" in run.output


def test_what_is_left_is_told_after_a_stop(empty: Studio) -> None:
    empty.llm.ready = lambda: False
    process = empty.start()
    wait_until(empty.llm.asked)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1 and "Traceback" not in output
    assert "left to the next run: 3 scripts, 3 recordings, 3 pictures" in output
