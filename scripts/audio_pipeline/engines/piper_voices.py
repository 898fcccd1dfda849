"""Download of Piper's published voices; voices.json lists their files with sizes and MD5 sums.

Source: rhasspy/piper-voices on Hugging Face, voices.json; piper1-gpl 1.8.0, src/piper/download_voices.py.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from audio_pipeline import files
from audio_pipeline.engines.models import voice_path
from audio_pipeline.errors import BadAnswer, EngineError, InputError

OFFICIAL = "https://huggingface.co/rhasspy/piper-voices/resolve/main"
NAME = r"[A-Za-z]{2,3}_[A-Za-z]{2,4}-[^\W_][\w]{0,60}-[a-z_]{1,10}"
_MAX_BYTES = 500_000_000  # of a voice, more than twice the largest one
_MAX_LIST = 16 * 2**20  # bytes of voices.json: the official one has half a MB
_LIST_S, _VOICE_S, _SILENCE_S = 120, 4 * 3600, 60  # longest download of each, longest silence


def fetch(name: str, url: str, report: Callable[[str], None]) -> Path:
    """Download the .onnx file of a voice and its .onnx.json unless they exist, and return the former.

    url: folder with voices.json; report: shows a line of progress.
    Raises InputError: no such voice; EngineError: not reachable; BadAnswer: not the file that voices.json lists.
    """
    if not re.fullmatch(NAME, name):
        raise InputError(
            f"{name!r} is not the name of a Piper voice; expected one like pt_BR-faber-medium"
        )
    if "@" in urlsplit(url).netloc:
        raise InputError("the address of the voices holds a user name or password; remove it")
    target = voice_path(name)
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    files = _files(name, url)
    for path in sorted(files, key=lambda path: path.endswith(".onnx")):  # last: it marks the end
        size, md5 = files[path]
        report(f"fetching {PurePosixPath(path).name} ({size / 1e6:.1f} MB)")
        _download(f"{url}/{path}", target.parent / PurePosixPath(path).name, size, md5)
    return target


def _files(name: str, url: str) -> dict[str, tuple[int, str]]:
    """Return path below `url` → size in bytes and MD5, for the voice and its configuration."""
    data = bytearray()
    for block in _blocks(f"{url}/voices.json", _LIST_S):
        data += block
        if len(data) > _MAX_LIST:
            raise BadAnswer(f"{url}/voices.json has more than {_MAX_LIST // 2**20} MB")
    try:
        voices: dict[str, Any] = json.loads(data)
        voice = voices.get(name)
    except (ValueError, AttributeError, RecursionError):
        raise BadAnswer(f"{url}/voices.json is not JSON; expected the list of voices") from None
    if voice is None:
        near = ", ".join(sorted(other for other in voices if other.startswith(name[:5]))[:10])
        raise InputError(f"{url} has no voice {name!r}; for that language it has {near or 'none'}")
    names = (f"{name}.onnx", f"{name}.onnx.json")
    try:
        files = {
            path: (int(entry["size_bytes"]), str(entry["md5_digest"]))
            for path, entry in voice["files"].items()
            if PurePosixPath(path).name in names and ".." not in PurePosixPath(path).parts
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        files = {}
    if len(files) != len(names):
        raise BadAnswer(f"{url}/voices.json does not list the files of {name!r} with size and MD5")
    return files


def _download(url: str, path: Path, size: int, md5: str) -> None:
    """Download to a temporary file, and rename it if its size and MD5 match. Raises BadAnswer, EngineError."""
    digest, done = hashlib.md5(usedforsecurity=False), 0
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with files.new(part) as file:
            for block in _blocks(url, _VOICE_S):
                done += len(block)
                if done > min(size, _MAX_BYTES):
                    break
                digest.update(block)
                file.write(block)
        if done != size or digest.hexdigest() != md5:
            raise BadAnswer(
                f"{url} has {done} bytes or more with the MD5 {digest.hexdigest()}; expected {size} and {md5}: "
                "it was deleted; try again"
            )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _blocks(url: str, total_s: float) -> Iterator[bytes]:
    """Yield the content of an address in blocks. total_s: longest time for all of them. Raises EngineError."""
    import requests

    from audio_pipeline.http.credentials import download_session

    try:
        with download_session(total_s, _SILENCE_S).get(
            url, stream=True, timeout=(10, _SILENCE_S)
        ) as answer:
            answer.raise_for_status()
            yield from answer.iter_content(2**20)
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "error"
        raise EngineError(f"{url}: HTTP {status}") from None
    except requests.RequestException as error:
        raise EngineError(
            f"{url} cannot be fetched ({type(error).__name__}); fetching a voice needs the internet: try again"
        ) from None
