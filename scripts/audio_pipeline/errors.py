"""Everything that is expected to go wrong. Each message is one line: what, where, found, expected, next step.

PipelineError                  exit code 1, the message alone, no traceback
├── InputError                 configuration, topics, templates: fixed by the user, never tried again
├── EngineError                an embedded engine is not installed, has no model or does not start
├── StorageError               a file cannot be read, written or locked
└── ServiceError               a service was asked and did not give what was asked for
    ├── ServiceUnavailable     may pass: refused, reset, timed out, 429, 500, 502, 503, 504; tried again after a pause
    ├── RequestRefused         will not pass: 400, 401, 403, 404, 422, redirects; never tried again
    └── BadAnswer              answered, but with something that must not be kept; asked again with another seed
"""

from audio_pipeline import sanitize


class PipelineError(Exception):
    """A fault that has an explanation. `str(error)` is the line for the user."""

    def __str__(self) -> str:
        return sanitize.line(super().__str__())


class InputError(PipelineError):
    """What the user wrote cannot be used."""


class EngineError(PipelineError):
    """An embedded engine cannot be used."""


class StorageError(PipelineError):
    """The file system refuses."""


class ServiceError(PipelineError):
    """A service did not do its part."""


class ServiceUnavailable(ServiceError):
    """The service is away or overloaded for now.

    retry_after_s: what the server asked for in `Retry-After`, in seconds, or None.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RequestRefused(ServiceError):
    """The service understood, and will say no again.

    status: the HTTP status code; said: the service's own words, if it gave a reason.
    """

    def __init__(self, message: str, status: int = 0, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class BadAnswer(ServiceError):
    """The answer is not what it should be; another one may be."""
