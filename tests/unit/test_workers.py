"""Jobs of a warm process: their arguments, results and ends. A real process, small programs."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from audio_pipeline.workers.client import WarmProcess, parse_command
from waiting import wait_until

SERVER = """
import os, socket, sys
from audio_pipeline.workers.pool import Workers
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[2] + "/jobs.tmp")
    listening.listen(8)
    os.rename(sys.argv[2] + "/jobs.tmp", sys.argv[2] + "/jobs.sock")
    def preparations():
        while os.path.exists(sys.argv[2] + "/unprepared"):
            yield
    Workers(listening).serve(preparations())
"""
SCRIPTS = str(Path(__file__).parents[2] / "scripts")


@pytest.fixture
def warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "server.py").write_text(SERVER)
    monkeypatch.setenv("PYTHONPATH", SCRIPTS)
    process = WarmProcess([sys.executable, str(tmp_path / "server.py")], tmp_path)
    yield process
    process._process.kill()
    process._process.wait()


class Programs:
    """Small programs and the logs of their jobs."""

    def __init__(self, folder: Path, warm: WarmProcess) -> None:
        self.folder, self.warm, self.count = folder, warm, 0

    def begin(self, text: str, *arguments: str):
        self.count += 1
        program, self.log = (self.folder / f"{self.count}.{end}" for end in ("py", "log"))
        program.write_text(text)
        return self.warm.begin([str(program), *arguments], str(self.log))

    def run(self, text: str, *arguments: str) -> tuple[int, str]:
        """Return exit code and log."""
        code = self.begin(text, *arguments).wait()
        return code, self.log.read_text()


@pytest.fixture
def programs(tmp_path: Path, warm: WarmProcess) -> Programs:
    return Programs(tmp_path, warm)


def test_a_job_has_its_arguments_and_its_working_directory(programs):
    shown = "import os, sys; print(os.getcwd(), sys.argv[1:])"
    code, log = programs.run(shown, "--spec", '{"a": "it\'s ü"}', "")
    assert (code, log) == (0, f"{os.getcwd()} ['--spec', '{{\"a\": \"it\\'s ü\"}}', '']\n")


def test_output_and_errors_go_to_the_log(programs):
    code, log = programs.run("import sys; print('one', flush=True); print('two', file=sys.stderr)")
    assert (code, log) == (0, "one\ntwo\n")


@pytest.mark.parametrize(
    ("end", "code", "log"),
    [
        ("sys.exit(3)", 3, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('error: no')", 1, "error: no\n"),
        ("pass", 0, ""),
        ("os._exit(5)", 1, "error: 1.py: was killed\n"),
    ],
)
def test_a_job_ends_with_its_code(programs, end, code, log):
    assert programs.run(f"import os, sys; {end}") == (code, log)


def test_a_fault_of_the_program_is_told_and_is_a_failure(programs):
    code, log = programs.run("1 / 0")
    assert code == 1
    assert "ZeroDivisionError" in log


def test_what_a_job_says_is_its_own_alone(programs):
    programs.run("print('first')")
    first = programs.log
    assert programs.run("print('second')") == (0, "second\n")
    assert first.read_text() == "first\n"


WHO = "import os; print(os.getpid())"


def test_one_job_after_another_is_done_by_the_same_worker(programs):
    wait_until(lambda: programs.run(WHO) == programs.run(WHO))  # once the preparations have ended


def test_a_worker_from_before_the_preparations_ended_does_one_job(programs):
    unprepared = programs.folder / "unprepared"
    unprepared.touch()
    early = [programs.run(WHO)[1] for _ in range(3)]
    assert len(set(early)) == 3
    unprepared.unlink()
    wait_until(lambda: programs.run(WHO)[1] == programs.run(WHO)[1])
    late = {programs.run(WHO)[1] for _ in range(3)}
    assert len(late) == 1 and not late & set(early)


def test_a_worker_that_has_failed_is_not_used_again(programs):
    _, one = programs.run(WHO + "; raise SystemExit(1)")
    _, two = programs.run(WHO)
    assert one != two


def test_an_idle_worker_that_dies_is_not_missed(programs):
    _, pid = programs.run(WHO)
    os.kill(int(pid), signal.SIGKILL)
    wait_until(lambda: not is_alive(int(pid)))
    code, other = programs.run(WHO)
    assert code == 0
    assert other != pid


def test_a_job_is_not_lost_with_a_worker_that_died_unnoticed(programs, warm):
    _, pid = programs.run(WHO)
    os.kill(warm._process.pid, signal.SIGSTOP)
    os.kill(int(pid), signal.SIGKILL)
    wait_until(lambda: not is_alive(int(pid)))
    job = programs.begin(WHO)
    os.kill(warm._process.pid, signal.SIGCONT)
    assert job.wait() == 0
    assert programs.log.read_text() != pid


def test_jobs_at_the_same_time_have_a_worker_each(programs):
    waits_for_all = f"""
import glob, os, sys, time
open(sys.argv[0] + ".begun", "w").close()
print(os.getpid(), flush=True)
while len(glob.glob({str(programs.folder)!r} + "/*.begun")) < 4:
    time.sleep(0.01)
"""
    jobs, logs = [], []
    for _ in range(4):
        jobs.append(programs.begin(waits_for_all))
        logs.append(programs.log)
    assert [job.wait() for job in jobs] == [0] * 4
    assert len({log.read_text() for log in logs}) == 4


WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_job_that_is_killed_ends_with_what_it_started(programs):
    job = programs.begin(WITH_CHILD)
    wait_until(programs.log.read_text)
    child = int(programs.log.read_text())
    programs.warm.end_all()
    assert job.wait() == 1
    assert "error: 1.py: was killed" in programs.log.read_text()
    wait_until(lambda: not is_alive(child))


SLOW = "import os, sys, time; time.sleep(1); open(sys.argv[0] + '.made', 'w').close()"


def test_when_the_client_dies_its_job_goes_on(programs, tmp_path):
    """Its answer may have taken minutes; the next run uses the file."""
    programs.run("pass")
    slow = tmp_path / "slow.py"
    slow.write_text(SLOW)
    client = f"""
import sys; sys.path.insert(0, {SCRIPTS!r})
from audio_pipeline.workers import client as warm_jobs
process = warm_jobs.WarmProcess.__new__(warm_jobs.WarmProcess)
process._path = {programs.warm._path!r}
job = warm_jobs.WarmJob(process, process._connect(), [{str(slow)!r}], 1, "/dev/null")
print("begun", flush=True)
job.wait()
"""
    with subprocess.Popen([sys.executable, "-c", client], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "begun\n"
        run.send_signal(signal.SIGKILL)
        run.stdout.close()
    wait_until(Path(f"{slow}.made").exists)
    assert programs.run("print('still there')") == (0, "still there\n")


def test_a_lock_that_a_job_left_held_is_free_for_the_next_ones_once_it_has_failed(programs):
    """The kernel releases a lock with its process: a worker must not outlive a failure."""
    lock = programs.folder / "lock"
    held = "import fcntl, sys; sys.kept = open(sys.argv[1], 'w'); fcntl.lockf(sys.kept, fcntl.LOCK_EX); sys.exit(1)"
    programs.run(held, str(lock))

    def free() -> bool:
        with open(lock, "w") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
        return True

    wait_until(free)


def test_a_warm_process_that_is_gone_is_told(programs):
    programs.run("pass")
    programs.warm._process.kill()
    programs.warm._process.wait()
    with pytest.raises(OSError, match=r"refused|closed|reset"):
        programs.begin("pass")


SHELL = "set -euo pipefail;  "


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/bin/python a.py --x 1 > log 2>&1", (["/bin/python", "a.py", "--x", "1"], "log")),
        ("p a.py --spec '{\"a\": 1}' > 'my log' 2>&1", (["p", "a.py", "--spec", '{"a": 1}'], "my log")),
        ("""p 'it'"'"'s' > l 2>&1""", (["p", "it's"], "l")),
        ("p '$(reboot) ; `x`' > l 2>&1", (["p", "$(reboot) ; `x`"], "l")),
        ("p a > l", None),
        ("p a | cat > l 2>&1", None),
        ("p $HOME > l 2>&1", None),
        ("p a; q > l 2>&1", None),
        ("p a && q > l 2>&1", None),
        ("p *.txt > l 2>&1", None),
        ("p 'a > l 2>&1", None),
    ],
)  # fmt: skip
def test_only_a_plain_command_is_taken_apart(command, expected):
    assert parse_command(SHELL + command) == expected


@pytest.mark.parametrize(
    "text", ["", "a b", "it's", '"\'"', "a\nb", "$x `y` \\ !", "ü\U0001f600", "-n", "{}*?[]~#"]
)
def test_what_is_quoted_for_a_shell_is_read_back_as_it_was(text):
    import shlex

    command = (
        f"{SHELL}p {shlex.quote(text)} > {shlex.quote('log ' + text.replace(chr(10), ''))} 2>&1"
    )
    assert parse_command(command)[0] == ["p", text]
