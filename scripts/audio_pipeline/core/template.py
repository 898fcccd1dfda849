"""Prompt templates, rendered by Jinja2's sandbox; undefined names are errors."""

import functools
import traceback
from typing import Any

from audio_pipeline.core import reads
from audio_pipeline.errors import InputError


def render(path: str, **values: Any) -> str:
    """Render a template and strip the text. Raises InputError: with the file, line and fault."""
    import jinja2  # slow, and many jobs have no template

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
    except Exception as error:  # templates are the user's programs, so any error is an input error
        raise InputError(f"{path}: cannot be rendered: {type(error).__name__}: {error}") from None
    if not text:
        raise InputError(f"{path}: renders to nothing; expected a prompt with {{{{ topic }}}}")
    return text


def _line(error: Exception) -> int:
    """Return the template's line that raised the error; Jinja gives its frames the template's line numbers."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = (frame.lineno for frame in reversed(frames) if frame.filename == "<template>")
    return next(lines, None) or 1


@functools.cache
def _compiled(path: str) -> Any:
    import jinja2.sandbox

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    # Random values would make every file stale in every run.
    del environment.filters["random"], environment.globals["lipsum"]
    try:
        with open(path, encoding="utf-8-sig") as file:
            return environment.from_string(file.read())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
