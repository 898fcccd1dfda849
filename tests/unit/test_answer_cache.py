"""The answer cache: entries are found by all that shaped them, verified when read, and shared by processes."""

import json
import multiprocessing
import os
import stat
import tempfile
import time
from pathlib import Path

import pytest
from audio_pipeline.core import cached_files
from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.request import digest

FORK = multiprocessing.get_context("fork")
REQUEST = {"engine": "piper", "voice": "en_US-joe-medium", "text": "Tea is hot.", "take": 0}
ANSWER = Answer(
    b"RIFF\x00 sound", "joe", {"version": "1.4"}, seconds=1.5, time="2026-11-28T06:00:00Z"
)
KEY = digest(REQUEST)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def cache(folder):
    return AnswerCache(folder)


def paths(folder, kind="speech", key=KEY):
    return folder / kind / key[:2] / key, folder / kind / key[:2] / f"{key}.json"


def test_an_answer_is_kept_as_it_came_under_the_digest_of_its_request(cache, folder):
    assert cache.put("speech", REQUEST, ANSWER)

    data, about = paths(folder)
    assert data.read_bytes() == ANSWER.data
    assert json.loads(about.read_bytes())["request"] == REQUEST
    assert cache.get("speech", REQUEST) == ANSWER
    assert cache.has("speech", REQUEST) and cache.has_key("speech", KEY)


@pytest.mark.parametrize("change", [{"take": 1}, {"text": "Tea is cold."}, {"more": 1}])
def test_another_request_or_kind_has_another_answer(cache, change):
    cache.put("speech", REQUEST, ANSWER)

    assert cache.get("speech", {**REQUEST, **change}) is None
    assert cache.get("picture", REQUEST) is None


def test_nothing_is_kept_without_a_folder():
    cache = AnswerCache(None)

    assert not cache.put("speech", REQUEST, ANSWER)
    assert cache.get("speech", REQUEST) is None
    with cache.lock("speech", REQUEST, 1):
        pass


def damaged(about, **changes):
    about.write_text(json.dumps({**json.loads(about.read_bytes()), **changes}))


DAMAGE = {
    "another byte": lambda data, about: data.write_bytes(b"X" + ANSWER.data[1:]),
    "cut off": lambda data, about: data.write_bytes(ANSWER.data[:-1]),
    "empty": lambda data, about: data.write_bytes(b""),
    "no data": lambda data, about: data.unlink(),
    "no JSON": lambda data, about: about.write_bytes(b"{"),
    "an empty description": lambda data, about: about.write_bytes(b""),
    "a list": lambda data, about: about.write_bytes(b"[]"),
    "deeply nested": lambda data, about: about.write_bytes(b"[" * 100_000),
    "not UTF-8": lambda data, about: about.write_bytes(b"\xff\xfe{"),
    "the description of another": lambda data, about: damaged(about, request={"text": "x"}),
    "no request": lambda data, about: damaged(about, request=None),
    "a model that is a number": lambda data, about: damaged(about, model=5),
    "details that are a list": lambda data, about: damaged(about, details=[]),
    "endless seconds": lambda data, about: damaged(about, seconds=1e300),
    "seconds in words": lambda data, about: damaged(about, seconds="one"),
    "a FIFO": lambda data, about: (data.unlink(), os.mkfifo(data)),
    "a folder": lambda data, about: (data.unlink(), data.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_reported_and_replaced(cache, folder, capsys, damage):
    cache.put("speech", REQUEST, ANSWER)
    DAMAGE[damage](*paths(folder))

    assert cache.get("speech", REQUEST) is None
    assert capsys.readouterr().out.count("the cached answer is damaged") == 1
    if damage != "a folder":
        assert cache.put("speech", REQUEST, ANSWER)
        assert cache.get("speech", REQUEST) == ANSWER


def test_an_answer_without_its_description_is_none(cache, folder, capsys):
    cache.put("speech", REQUEST, ANSWER)
    paths(folder)[1].unlink()

    assert cache.get("speech", REQUEST) is None
    assert capsys.readouterr().out == ""


def test_a_secret_is_never_kept(cache, folder, monkeypatch):
    monkeypatch.setattr("audio_pipeline.sanitize._secrets", {"topsecret1"})

    assert not cache.put("script", {**REQUEST, "text": "topsecret1"}, ANSWER)
    assert not cache.put("script", REQUEST, Answer(b"my key is topsecret1"))
    cache.put("script", REQUEST, Answer(b"fine", details={"note": "topsecret1"}))
    assert not [
        path for path in folder.rglob("*") if path.is_file() and b"topsecret1" in path.read_bytes()
    ]


def test_a_folder_of_others_is_read_after_the_own_one_and_never_written(tmp_path, folder):
    other = tmp_path / "other"
    AnswerCache(other).put("speech", REQUEST, ANSWER)
    before = sorted((path, path.stat().st_mtime_ns) for path in other.rglob("*"))
    cache = AnswerCache(folder, [other])

    assert cache.get("speech", REQUEST) == ANSWER
    own = Answer(b"own", "joe")
    cache.put("speech", REQUEST, own)

    assert cache.get("speech", REQUEST) == own
    assert sorted((path, path.stat().st_mtime_ns) for path in other.rglob("*")) == before


def test_a_damaged_own_entry_leaves_that_of_the_others(tmp_path, folder):
    other = tmp_path / "other"
    for place in (folder, other):
        AnswerCache(place).put("speech", REQUEST, ANSWER)
    paths(folder)[0].write_bytes(b"x")

    assert AnswerCache(folder, [other]).get("speech", REQUEST) == ANSWER


def test_a_folder_that_cannot_be_written_is_reported_once(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    cache = AnswerCache(tmp_path / "file" / "cache")

    for _ in range(2):
        with cache.lock("speech", REQUEST, 1):
            assert not cache.put("speech", REQUEST, ANSWER)

    assert capsys.readouterr().out.count("answers are not kept there") == 1


def test_entries_have_the_permissions_of_the_folder_so_that_a_group_can_share_it(folder):
    folder.mkdir()
    folder.chmod(0o2770)
    previous = os.umask(0o077)
    try:
        AnswerCache(folder).put("speech", REQUEST, ANSWER)
    finally:
        os.umask(previous)

    data, about = paths(folder)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (data, about)} == {0o660}
    assert stat.S_IMODE(data.parent.stat().st_mode) == 0o2770


def as_another_user(folder) -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    cache, other = AnswerCache(folder), {**REQUEST, "take": 7}
    assert cache.get("speech", REQUEST) == ANSWER
    with cache.lock("speech", other, 5):
        assert cache.put("speech", other, ANSWER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_two_users_share_a_folder_that_both_may_write():
    with tempfile.TemporaryDirectory() as name:  # pytest's folders are private
        os.chmod(name, 0o755)
        folder = Path(name, "cache")
        folder.mkdir()
        folder.chmod(0o1777)
        previous = os.umask(0o077)
        AnswerCache(folder).put("speech", REQUEST, ANSWER)
        os.umask(previous)
        job = FORK.Process(target=as_another_user, args=(folder,))
        job.start()
        job.join()

        assert job.exitcode == 0
        assert AnswerCache(folder).get("speech", {**REQUEST, "take": 7}) == ANSWER


def test_the_last_use_is_noted_to_a_day(cache, folder):
    cache.put("speech", REQUEST, ANSWER)
    about = paths(folder)[1]
    old = time.time() - 10 * 86_400
    os.utime(about, (old, old))

    cache.get("speech", REQUEST)

    assert time.time() - about.stat().st_mtime < 100


def request_once(folder, number, log) -> None:
    cache, request = AnswerCache(folder), {**REQUEST, "take": number % 5}
    with cache.lock("speech", request, 60):
        if not cache.get("speech", request):
            with open(log, "a") as file:
                file.write(f"{request['take']}\n")
            time.sleep(0.05)
            cache.put("speech", request, ANSWER)


def test_of_processes_that_need_the_same_answer_one_requests_it(folder, tmp_path):
    log = tmp_path / "log"
    jobs = [FORK.Process(target=request_once, args=(folder, number, log)) for number in range(20)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()

    assert [job.exitcode for job in jobs] == [0] * 20
    assert sorted(log.read_text().split()) == list("01234")


def hold(folder, event) -> None:
    with AnswerCache(folder).lock("speech", REQUEST, 60):
        event.set()
        time.sleep(600)


def test_the_lock_of_a_killed_job_is_free_and_that_of_a_hanging_one_is_not_waited_for_ever(
    folder, capsys
):
    event = FORK.Event()
    job = FORK.Process(target=hold, args=(folder, event))
    job.start()
    event.wait()
    begun = time.monotonic()

    with AnswerCache(folder).lock("speech", REQUEST, 0.3):
        assert time.monotonic() - begun >= 0.3
    assert "waiting for another job" in capsys.readouterr().out
    job.kill()
    job.join()
    with AnswerCache(folder).lock("speech", REQUEST, 600):
        pass
    assert capsys.readouterr().out == ""


def write_often(folder, number) -> None:
    cache = AnswerCache(folder)
    for step in range(200):
        cache.put("speech", {**REQUEST, "take": step % 10}, Answer(b"%d" % number * 5000))


def test_a_reader_never_sees_half_of_an_entry_while_writers_are_killed(folder):
    cache, ends = AnswerCache(folder), time.monotonic() + 2
    while time.monotonic() < ends:
        jobs = [FORK.Process(target=write_often, args=(folder, number)) for number in range(3)]
        for job in jobs:
            job.start()
        time.sleep(0.05)
        for job in jobs:
            job.kill()
            job.join()
        for step in range(10):
            answer = cache.get("speech", {**REQUEST, "take": step})
            assert answer is None or len(set(answer.data)) == 1


def test_entries_have_their_size_and_last_use(cache, folder):
    cache.put("speech", REQUEST, ANSWER)
    (folder / "speech" / "notes.txt").write_text("not ours")
    (folder / "speech" / KEY[:2] / "notes.txt").write_text("not ours")
    (folder / "speech" / KEY[:2] / ("ab" * 32)).symlink_to("/etc/passwd")

    (entry,) = cached_files.entries(folder)

    assert (entry.kind, entry.key) == ("speech", KEY)
    assert entry.size == sum(path.stat().st_size for path in paths(folder))
    assert abs(time.time() - entry.used) < 60


@pytest.mark.parametrize(
    ("days", "named", "expected"), [(89, False, 0), (91, False, 1), (91, True, 0)]
)
def test_unused_entries_are_old_and_named_by_no_record(cache, folder, days, named, expected):
    cache.put("speech", REQUEST, ANSWER)
    old = time.time() - days * 86_400
    for path in paths(folder):
        os.utime(path, (old, old))

    assert len(list(cached_files.unused(folder, 90, {KEY} if named else set()))) == expected


def test_a_temporary_file_of_a_killed_job_is_unused_after_a_day(cache, folder):
    cache.put("speech", REQUEST, ANSWER)
    left = folder / "speech" / KEY[:2] / f".{KEY}.{'ab' * 8}.tmp"
    left.write_bytes(b"part")
    assert not list(cached_files.unused(folder, 90, set()))
    os.utime(left, (1, 1))

    (entry,) = cached_files.unused(folder, 90, set())

    assert entry.paths == [left] and entry.key == ""


def test_there_are_no_entries_without_a_folder(folder):
    assert not list(cached_files.entries(folder))
