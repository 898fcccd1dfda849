"""Prompt templates: Jinja2 in its sandbox, where an undefined name is an error."""

import functools
import traceback
from typing import Any

from audio_pipeline.core import reads
from audio_pipeline.errors import InputError


def render(path: str, **values: Any) -> str:
    """The template's text with the values put in, stripped. Raises InputError: names the file, line and fault."""
    import jinja2  # not at the top: a job whose request has no template does without

    reads.note(path)
    try:
        text: str = _compiled(path).render(**values).strip()
    except jinja2.TemplateSyntaxError as error:
        raise InputError(f"{path}:{error.lineno}: {error.message}") from None
    except jinja2.UndefinedError as error:
        names = ", ".join(values)
        raise InputError(
            f"{path}:{_line(error)}: {error.message}; the variables are {names}"
        ) from None
    except InputError:
        raise
    except (
        Exception
    ) as error:  # a template is a program of the user's: whatever it raises is its fault
        raise InputError(f"{path}: cannot be rendered: {type(error).__name__}: {error}") from None
    if not text:
        raise InputError(f"{path}: gives no text; expected a prompt with {{{{ topic }}}}")
    return text


def _line(error: Exception) -> int:
    """Where in the template it was raised: Jinja gives its own frames the template's line numbers."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = (frame.lineno for frame in reversed(frames) if frame.filename == "<template>")
    return next(lines, None) or 1


@functools.cache
def _compiled(path: str) -> Any:
    import jinja2.sandbox

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    # What differs each time would make every file stale each time.
    del environment.filters["random"], environment.globals["lipsum"]
    try:
        with open(path, encoding="utf-8-sig") as file:
            return environment.from_string(file.read())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
