"""Sources as plain text: Markdown as it is, other formats converted by markitdown (envs/sources.txt)."""

import io
import re
import warnings
import zipfile
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.core.topic_sources import PLAIN
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.text.excerpt import excerpt

_MOST_BYTES = 64 * 2**20
_MOST_UNPACKED = 256 * 2**20
_MOST_CHARACTERS = 10_000_000
_MEMBERS = {".docx": "word/document.xml", ".epub": "META-INF/container.xml"}  # of an archive
_CONVERTERS = {
    ".docx": "DocxConverter",
    ".epub": "EpubConverter",
    ".htm": "HtmlConverter",
    ".html": "HtmlConverter",
    ".pdf": "PdfConverter",
}
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,2000}\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def maker(job: Job[Any]) -> Ask:
    """Return a function that reads a source and takes the parts that matter.

    service["parts"]: how many were taken, and of how many.
    """

    def ask(request: Request, _: Attempt) -> Artifact:
        path = job.topic.source or ""
        text = _text(path, request["kind"])
        if not any(map(str.isalnum, text)):
            raise InputError(
                f"{path}: has no text; a scanned document needs text recognition first"
            )
        part = excerpt(text, request["topic"], request["most_characters"], request["language"])
        service: dict[str, Any] = {"parts": [part.kept, part.of]}
        if part.kept < part.of:
            print(
                f"{path}: {part.kept} of {part.of} parts are used, as script.context_tokens has room for "
                f"{request['most_characters']} characters"
            )
        return Artifact((part.text + "\n").encode(), "text", ["text"], service)

    return ask


def _text(path: str, kind: str) -> str:
    """Return the text of a source. Raises InputError: it cannot be read."""
    try:
        data = files.read_bytes(path, _MOST_BYTES)
        text = data.decode("utf-8-sig") if kind in PLAIN else _converted(path, data, kind)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    if len(text) > _MOST_CHARACTERS:
        raise InputError(f"{path}: has {len(text)} characters; expected at most {_MOST_CHARACTERS}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(" ", _LINK.sub(r"\1", _IMAGE.sub("", text)))


def _converted(path: str, data: bytes, kind: str) -> str:
    """Convert a document to Markdown. Raises InputError: it is not valid; EngineError: markitdown is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from markitdown import MarkItDown, StreamInfo, converters
    except ImportError:
        raise EngineError(
            f"{path}: {kind} needs markitdown: .venv/bin/pip install --require-hashes -r envs/sources.txt"
        ) from None
    if kind in _MEMBERS:
        _check_archive(path, data, _MEMBERS[kind])
    if kind == ".pdf" and b"%PDF-" not in data[:1024]:
        raise InputError(f"{path}: is no valid .pdf file; save it again")
    try:
        # With all its converters, it would also unpack archives in archives.
        converter = MarkItDown(enable_builtins=False, enable_plugins=False)
        converter.register_converter(getattr(converters, _CONVERTERS[kind])())
        result = converter.convert_stream(io.BytesIO(data), stream_info=StreamInfo(extension=kind))
        return str(result.markdown)
    except Exception as error:  # its converters raise errors of many libraries
        reason = type(error).__name__
        raise InputError(f"{path}: is no valid {kind} file ({reason}); save it again") from None


def _check_archive(path: str, data: bytes, member: str) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
        if member not in [entry.filename for entry in entries]:
            raise ValueError(f"it has no {member}")
        unpacked = sum(entry.file_size for entry in entries)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{path}: is no valid file of its kind ({error}); save it again") from None
    if unpacked > _MOST_UNPACKED:
        raise InputError(
            f"{path}: has {unpacked // 2**20} MB unpacked; expected at most {_MOST_UNPACKED // 2**20}"
        )
