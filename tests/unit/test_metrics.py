"""Metrics file: sums, values carried over from the last run, and errors that must not stop a run."""

import json

import pytest
from audio_pipeline.errors import InputError
from audio_pipeline.reporting.metrics import Textfile
from audio_pipeline.reporting.progress import Progress
from audio_pipeline.run.request_log import FILE, RequestLog, origin

NOW = 1_800_000_000.0
DAY = 86400


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a run's folder, known to the jobs."""
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setenv("AUDIO_PIPELINE_RUN", str(folder))
    return folder


def write(path, run, success=True, now=NOW) -> tuple[str, list[str]]:
    """Return the file after a run that consists of the run folder's contents, and the messages."""
    told: list[str] = []
    textfile = Textfile(str(path), ["script"], clock=lambda: now)
    textfile.begin(Progress({"script": 2}), run, told.append)
    textfile.end(success, told.append)
    return (path.read_text() if path.is_file() else ""), told


def request(outcome="ok", seconds=0.2, at=NOW, server="http://h:1") -> str:
    return json.dumps(["request", "Ollama", server, outcome, seconds, at]) + "\n"


def test_without_a_run_that_measures_nothing_is_written(run, tmp_path, monkeypatch):
    with RequestLog("Ollama", "http://h:1").request():
        pass
    monkeypatch.delenv("AUDIO_PIPELINE_RUN")
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).touch()
    with RequestLog("Ollama", "http://h:1").request():
        pass

    assert list(run.iterdir()) == [] and (tmp_path / FILE).read_text() == ""


@pytest.mark.parametrize(
    "url", ["http://me:hidden@h:1/token/v1", "http://h:1/token/v1", "http://h:1"]
)
def test_of_an_address_only_scheme_host_and_port_are_told(url):
    assert origin(url) == "http://h:1"


def test_a_torn_line_is_left_out(run, tmp_path):
    (run / FILE).write_text(request() + '["request", "Oll\n' + request("refused") + '["retry"')
    text, told = write(tmp_path / "x.prom", run)

    assert 'run_requests{outcome="ok",server="http://h:1",service="Ollama"} 1.0' in text
    assert 'run_requests{outcome="refused",server="http://h:1",service="Ollama"} 1.0' in text
    assert told == []


def test_a_time_on_a_bound_belongs_to_its_bucket(run, tmp_path):
    (run / FILE).write_text(request(seconds=0.3) + request(seconds=0.31) + request(seconds=5000))
    text, _ = write(tmp_path / "x.prom", run)
    counts = {
        line.split('le="')[1].split('"')[0]: line.split()[-1]
        for line in text.splitlines()
        if "seconds_bucket" in line
    }

    assert (counts["0.1"], counts["0.3"], counts["1.0"]) == ("0.0", "1.0", "2.0")
    assert (counts["1000.0"], counts["+Inf"]) == ("2.0", "3.0")


def test_a_server_of_the_run_itself_has_one_name_whatever_its_port(run, tmp_path):
    (run / "engine-llama.url").write_text("http://127.0.0.1:40123")
    (run / FILE).write_text(request(server="http://127.0.0.1:40123"))
    text, _ = write(tmp_path / "x.prom", run)

    assert 'server="embedded"' in text and "40123" not in text


def test_the_last_successes_are_carried_over_for_a_month(run, tmp_path):
    path = tmp_path / "x.prom"
    (run / FILE).write_text(request() + request(at=NOW - 31 * DAY, server="http://gone:1"))
    write(path, run)
    (run / FILE).write_text("")
    text, _ = write(path, run, success=False, now=NOW + DAY)

    assert f"pipeline_last_success_timestamp_seconds {NOW / 1e9}e+09" in text
    assert 'service_last_success_timestamp_seconds{server="http://h:1",service="Ollama"}' in text
    assert "gone" not in text


@pytest.mark.parametrize("before", [b"\xff\xfe not text", b"audio_pipeline{ broken", b"other 1\n"])
def test_whatever_the_file_held_before_is_replaced(run, tmp_path, before):
    path = tmp_path / "x.prom"
    path.write_bytes(before)
    text, told = write(path, run)

    assert "audio_pipeline_run_active 0.0" in text and told == []


def test_a_file_that_cannot_be_written_is_told_once_and_stops_nothing(run, tmp_path):
    (tmp_path / "x.prom").mkdir()
    _, told = write(tmp_path / "x.prom", run)

    assert len(told) == 1 and "x.prom: cannot be written (Is a directory)" in told[0]


def test_a_folder_that_is_not_there_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="is no folder; create it"):
        write(tmp_path / "none" / "x.prom", run)
