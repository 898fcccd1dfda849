"""Slots of a server, tested with several processes: a process is not blocked by its own locks."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import direct
import pytest
from audio_pipeline import locks
from audio_pipeline.errors import (
    BadAnswer,
    InputError,
    RequestRefused,
    ServiceUnavailable,
    StorageError,
)
from audio_pipeline.http.errors import Down
from audio_pipeline.run.circuit_breaker import CircuitBreaker
from audio_pipeline.run.folder import RUN_VARIABLE
from audio_pipeline.scheduling import server_pool
from audio_pipeline.scheduling.caps import slot_policy
from audio_pipeline.settings import ServiceSettings
from audio_pipeline.slot_policy import SlotPolicy
from direct import HTTP, ROOT, configuration
from service_stubs import OllamaStub
from waiting import LONGEST_S, wait_until

ONE, TWO = "http://127.0.0.1:1", "http://127.0.0.1:2"
_HOLD = """
import contextlib, sys
sys.path.append(sys.argv[1])
from audio_pipeline.scheduling import server_pool
_, _, folder, urls, cap = sys.argv
from pathlib import Path
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.settings import ServiceSettings
from audio_pipeline.slot_policy import SlotPolicy
at = tuple(urls.split(","))
settings = ServiceSettings(language="en", engine="ollama", url=at, model="m", checks={})
policy = SlotPolicy(int(cap), folder=Path(folder))
def use(server, http):
    with http.slot:
        print("has", server.url, flush=True)
        sys.stdin.readline()
server_pool.with_server(policy, settings, HttpPolicy(1), use)
"""


class Holder:
    """Process that takes a slot, prints the server's address, and holds the slot until `release`."""

    def __init__(self, folder: Path, urls: str = ONE, cap: int = 1, umask: int = 0o022) -> None:
        command = [sys.executable, "-c", _HOLD, str(ROOT / "scripts"), str(folder), urls, str(cap)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, umask=umask
        )

    def line(self) -> str:
        """Return its next line of output."""
        return self.process.stdout.readline().strip()

    def release(self) -> None:
        self.process.communicate("\n", timeout=LONGEST_S)
        assert self.process.returncode == 0


@pytest.fixture
def hold(tmp_path: Path):
    holders = []

    def start(*arguments, **options) -> Holder:
        holders.append(Holder(tmp_path / "slots", *arguments, **options))
        return holders[-1]

    yield start
    for holder in holders:
        holder.process.kill()
        holder.process.communicate()


@pytest.fixture
def in_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path))
    return tmp_path


POLICY = SlotPolicy(1)


def settings(urls: str | list[str] = ONE) -> ServiceSettings:
    return direct.settings("script", "ollama", urls)


def test_a_job_without_a_slot_waits_and_logs_it_once(hold) -> None:
    first, second = hold(), None
    assert first.line() == f"has {ONE}"
    second = hold()
    assert second.line() == f"waiting for a slot at {ONE}"
    first.release()
    assert second.line() == f"has {ONE}"


def test_the_slot_of_a_killed_job_is_free_at_once(hold) -> None:
    first = hold()
    first.line()
    second = hold()
    second.line()
    first.process.send_signal(signal.SIGKILL)
    assert second.line() == f"has {ONE}"


def test_the_queue_goes_on_when_its_head_is_killed(hold) -> None:
    first = hold()
    first.line()
    second = hold()
    assert second.line().startswith("waiting")
    third = hold()
    assert third.line().startswith("waiting")
    second.process.kill()
    first.release()
    assert third.line() == f"has {ONE}"


def test_of_different_caps_the_largest_applies(hold) -> None:
    for cap in (1, 2):  # in sequence: a process that finds the lock held reports a wait
        assert hold(cap=cap).line() == f"has {ONE}"
    assert hold(cap=2).line().startswith("waiting")
    assert hold(cap=1).line().startswith("waiting")


def test_a_larger_cap_leaves_the_first_slot_to_a_smaller_one(hold) -> None:
    assert hold(cap=2).line() == f"has {ONE}"
    assert hold(cap=1).line() == f"has {ONE}"


def test_the_server_with_the_most_free_slots_is_used(hold) -> None:
    both = f"{ONE},{TWO}"
    for _ in range(2):
        assert hold(ONE, cap=3).line() == f"has {ONE}"
    assert hold(both, cap=3).line() == f"has {TWO}"
    assert hold(both, cap=3).line() == f"has {TWO}"
    assert {hold(both, cap=3).line() for _ in range(2)} == {f"has {ONE}", f"has {TWO}"}
    assert hold(both, cap=3).line().startswith("waiting")


def test_another_user_can_lock_the_files_whatever_the_umask_of_the_first(
    hold, tmp_path: Path
) -> None:
    hold(umask=0o077).line()
    folder = tmp_path / "slots"
    assert folder.stat().st_mode & 0o7777 == 0o1777
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o666}


@pytest.mark.parametrize("make", ["symlink", "dangling", "hardlink", "fifo", "folder"])
def test_a_shared_folder_with_another_kind_of_file_is_refused(tmp_path: Path, make: str) -> None:
    precious, trap = tmp_path / "precious", tmp_path / "trap"
    precious.write_text("mine")
    match make:
        case "symlink":
            trap.symlink_to(precious)
        case "dangling":
            trap.symlink_to(tmp_path / "made by us")
        case "hardlink":
            trap.hardlink_to(precious)
        case "fifo":
            os.mkfifo(trap)
        case "folder":
            trap.mkdir()
    with pytest.raises(StorageError, match=r"trap: (is|cannot be opened)"):
        locks.open_lock_file(tmp_path, "trap")
    assert precious.read_text() == "mine" and not (tmp_path / "made by us").exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"make the folder .*/there first"):
        locks.open_lock_file(tmp_path / "not" / "there", "x")


def test_without_a_policy_the_server_is_used_at_once(tmp_path: Path, in_run: Path) -> None:
    asked = server_pool.with_server(None, settings(), HTTP, lambda server, http: (server.url, http))
    assert asked == (ONE, HTTP)
    assert not list(in_run.iterdir())


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://BOX:11434/", True),
        ("http://box:11434/v1", True),
        ("http://box:11435", False),
        ("https://box:11434", True),
        ("http://box2:11434", False),
        ("http://box:11434/other", False),
    ],
)
def test_a_server_is_known_by_host_port_and_path(url: str, same: bool) -> None:
    assert (server_pool.server_id(url) == server_pool.server_id("http://box:11434")) is same


def test_loopback_has_many_names_and_is_another_server_on_each_machine(monkeypatch) -> None:
    here = server_pool.server_id("http://127.0.0.1:11434")
    assert here == server_pool.server_id("http://localhost:11434")
    monkeypatch.setattr("platform.node", lambda: "another")
    assert here != server_pool.server_id("http://localhost:11434")


def faulty(faults: dict[str, Exception], asked: list[str]):
    """Return a use of servers that fail with these errors."""

    def use(server, http):
        asked.append(server.url)
        if server.url in faults:
            raise faults[server.url]
        return server.url

    return use


@pytest.mark.parametrize("fault", [Down("away"), ServiceUnavailable("busy"), RequestRefused("no")])
def test_a_failed_request_goes_to_another_server(
    in_run: Path, capsys: pytest.CaptureFixture[str], fault: Exception
) -> None:
    asked: list[str] = []
    for _ in range(4):
        assert (
            server_pool.with_server(POLICY, settings([ONE, TWO]), HTTP, faulty({ONE: fault}, asked))
            == TWO
        )
    assert asked.count(ONE) == 1
    assert capsys.readouterr().out.count(f"note: {fault}; another server is used ") == 1


def test_a_request_that_no_server_fulfils_opens_no_circuit(in_run: Path) -> None:
    asked: list[str] = []
    use = faulty({ONE: RequestRefused("too long"), TWO: RequestRefused("too long")}, asked)
    with pytest.raises(RequestRefused, match=r"^too long$"):
        server_pool.with_server(POLICY, settings([ONE, TWO]), HTTP, use)
    assert server_pool.with_server(POLICY, settings([ONE, TWO]), HTTP, faulty({}, asked)) in (
        ONE,
        TWO,
    )
    assert sorted(asked[:2]) == [ONE, TWO]
    assert not server_pool.is_circuit_open(ONE) and not server_pool.is_circuit_open(TWO)


def test_if_all_servers_are_down_the_next_job_asks_none_and_names_all(in_run: Path) -> None:
    asked: list[str] = []
    use = faulty({ONE: Down("one is away"), TWO: Down("two is away")}, asked)
    for prefix in ("", "not asked: "):
        with pytest.raises(ServiceUnavailable, match=f"^{prefix}one is away; two is away$"):
            server_pool.with_server(POLICY, settings([ONE, TWO]), HTTP, use)
    assert len(asked) == 2


@pytest.mark.parametrize("fault", [BadAnswer("nonsense"), InputError("a voice")])
def test_an_error_that_is_not_the_servers_is_raised_at_once(in_run: Path, fault: Exception) -> None:
    asked: list[str] = []
    with pytest.raises(type(fault)):
        server_pool.with_server(
            POLICY, settings([ONE, TWO]), HTTP, faulty({ONE: fault, TWO: fault}, asked)
        )
    assert len(asked) == 1


def test_the_last_server_gets_all_retries(in_run: Path) -> None:
    elsewhere = []

    def use(server, http):
        elsewhere.append(http.has_fallback)
        raise Down(server.url)

    with pytest.raises(ServiceUnavailable):
        server_pool.with_server(POLICY, settings([ONE, TWO]), HTTP, use)
    assert elsewhere == [True, False]


def test_a_server_that_is_still_down_is_probed_rarely(in_run: Path) -> None:
    with OllamaStub(fault="503") as still:
        still.fault_everywhere = True
        server_pool.open_circuit(still.url, Down("away"))
        (mark,) = in_run.glob("down-*")
        os.utime(mark, (0, 0))
        for _ in range(3):
            assert (
                server_pool.with_server(POLICY, settings([still.url, TWO]), HTTP, faulty({}, []))
                == TWO
            )
        assert [request.path for request in still.requests] == ["/api/version"]


def test_a_server_that_responds_again_is_used_by_the_job_that_probed_it(
    in_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with OllamaStub() as back:
        server_pool.open_circuit(back.url, Down("away"))
        server_pool.open_circuit(TWO, RequestRefused("no such model"))
        os.utime(CircuitBreaker(back.url)._file, (0, 0))
        assert (
            server_pool.with_server(POLICY, settings([back.url, TWO]), HTTP, faulty({}, []))
            == back.url
        )
    assert f"note: {back.url} responds again and is used" in capsys.readouterr().out


def test_outside_of_a_run_there_is_a_fallback_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    asked: list[str] = []
    assert (
        server_pool.with_server(
            POLICY, settings([ONE, TWO]), HTTP, faulty({ONE: Down("away")}, asked)
        )
        == TWO
    )


def test_embedded_engines_have_no_slot_policy() -> None:
    usual = configuration(
        script={"engine": "ollama", "url": ONE}, image={"engine": "stable-diffusion", "url": ONE}
    )
    for config in (configuration(), configuration(shared_caps="/x", gpu="shared")):
        assert [slot_policy(config, service, 1) for service in ("llm", "tts", "sd")] == [None] * 3
    shared = replace(usual, shared_caps="/x")
    assert slot_policy(usual, "llm", 1) == SlotPolicy(1)
    assert slot_policy(shared, "llm", 1) == SlotPolicy(1, folder=Path("/x"))
    assert slot_policy(shared, "tts", 1) is None
    assert slot_policy(usual, None, 1) is None
    assert slot_policy(replace(usual, gpu="shared"), "sd", 1).gpu.user == "sd"


@pytest.mark.parametrize("urls", [ONE, [ONE, TWO]])
def test_a_slot_is_released_if_its_use_fails(tmp_path: Path, urls: str | list[str]) -> None:
    folder = tmp_path / "slots"

    def use(server, http):
        with http.slot:
            raise BadAnswer("x")

    with pytest.raises(BadAnswer):
        server_pool.with_server(SlotPolicy(1, folder=folder), settings(urls), HTTP, use)
    holder = Holder(folder)
    assert holder.line() == f"has {ONE}"
    holder.release()


def test_a_lease_within_itself_is_the_same_lease() -> None:
    begun, ended = [], []

    @contextlib.contextmanager
    def place():
        begun.append(1)
        yield
        ended.append(1)

    turn = server_pool.Lease(place)
    for _ in range(2):
        with turn:
            with turn:
                assert len(begun) == len(ended) + 1
            assert len(begun) == len(ended) + 1
    assert len(begun) == len(ended) == 2


def test_the_client_itself_takes_the_slot_of_a_single_server(in_run: Path) -> None:
    for urls, is_ours in ((ONE, True), ([ONE, TWO], False)):
        found = server_pool.with_server(POLICY, settings(urls), HTTP, lambda _, http: http.lease)
        assert (found is not None) is is_ours


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_only_the_head_of_the_queue_polls(hold) -> None:
    """Only the first process in the queue polls; the second is not even woken."""

    def status(holder: Holder, key: str) -> str:
        lines = Path(f"/proc/{holder.process.pid}/status").read_text()
        return re.search(rf"^{key}:\s*(\w+)", lines, re.MULTILINE)[1]

    def wakes(holder: Holder) -> str:
        return status(holder, "voluntary_ctxt_switches")

    assert hold().line().startswith("has")
    looking = hold()
    assert looking.line().startswith("waiting")
    asleep = hold()
    assert asleep.line().startswith("waiting")
    wait_until(lambda: status(asleep, "State") == "S")
    before = wakes(asleep)
    for _ in range(5):
        seen = wakes(looking)
        wait_until(lambda seen=seen: wakes(looking) != seen)
    assert wakes(asleep) == before
