"""Stage programs as Snakemake starts them: exit code, one line on standard error, and the files left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from direct import ROOT, SCRIPT, command, settings
from service_stubs import OllamaStub, PiperStub, StableDiffusionStub
from waiting import LONGEST_S

PROGRAMS = {
    "script": ("generate_script.py", OllamaStub, {"engine": "ollama", "model": "gemma3:4b"}),
    "audio": ("synthesize_audio.py", PiperStub, {"engine": "piper"}),
    "image": ("generate_image.py", StableDiffusionStub, {"engine": "stable-diffusion"}),
}


def run(stage: str, url: str, folder: Path, **changes) -> subprocess.CompletedProcess:
    program, _, engine = PROGRAMS[stage]
    (folder / "script.txt").write_text(SCRIPT)
    words = command(program, stage, settings(stage, url=url, **engine, **changes), folder)
    words += ["--record", str(folder / "records" / stage / "x.json")]
    words += ["--output", str(folder / "x")]
    if stage != "script":
        words += ["--script", str(folder / "script.txt")]
    environment = {k: v for k, v in os.environ.items() if k != "AUDIO_PIPELINE_RUN"}
    return subprocess.run(  # in its own folder, with its own answers
        words, capture_output=True, text=True, cwd=folder, env=environment, timeout=LONGEST_S
    )


@pytest.mark.parametrize("stage", PROGRAMS)
def test_a_program_makes_its_file_and_says_so_in_one_line(stage, tmp_path):
    with PROGRAMS[stage][1]() as stub:
        ended = run(stage, stub.url, tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")
    made = [line for line in ended.stdout.splitlines() if not line.startswith("warning: ")]
    assert len(made) == 1 and made[0].startswith(f"made {tmp_path}/x with ")


@pytest.mark.parametrize("fault", ["404", "500_html", "html_200", "reset_in_body"])
@pytest.mark.parametrize("stage", PROGRAMS)
def test_a_program_that_fails_ends_with_one_line_and_leaves_the_old_file(stage, fault, tmp_path):
    with PROGRAMS[stage][1]() as stub:
        run(stage, stub.url, tmp_path)
        old = (tmp_path / "x").read_bytes()
        record = (tmp_path / f"records/{stage}/x.json").read_bytes()
        stub.fault = fault
        ended = run(stage, stub.url, tmp_path, **changed(stage))

    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (tmp_path / "x").read_bytes() == old
    assert (tmp_path / f"records/{stage}/x.json").read_bytes() == record
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def changed(stage: str) -> dict:
    """Return a setting that makes the file stale."""
    return {"script": {"temperature": 1}, "audio": {"length_scale": 2}, "image": {"steps": 9}}[
        stage
    ]


@pytest.mark.parametrize("stage", PROGRAMS)
def test_a_program_that_keeps_its_file_asks_nobody(stage, tmp_path):
    with PROGRAMS[stage][1]() as stub:
        run(stage, stub.url, tmp_path)
        stub.requests.clear()
        ended = run(stage, stub.url, tmp_path)

    assert ended.stdout.startswith("kept ") and not stub.requests


@pytest.mark.parametrize("stage", PROGRAMS)
def test_a_program_that_keeps_its_file_does_not_load_the_clients(stage):
    """Start-up time counts: thousands of jobs may have nothing to request."""
    code = f"import sys; from audio_pipeline.stages import {stage}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert not {"requests", "urllib3", "tenacity", "PIL", "numpy"} & set(loaded)


def test_a_job_whose_run_has_ended_takes_no_other_configuration(tmp_path):
    words = command(
        "generate_script.py", "script", settings("script", "ollama", "http://x"), tmp_path
    )
    ended = subprocess.run(
        [*words, "--output", str(tmp_path / "x")],
        capture_output=True,
        text=True,
        env={**os.environ, "AUDIO_PIPELINE_RUN": str(tmp_path / "gone")},
    )
    assert ended.returncode == 1 and not (tmp_path / "x").exists()
    assert ended.stderr == f"error: {tmp_path}/gone: this run has ended; run again\n"
