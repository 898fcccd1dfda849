"""The expected errors. Each message is one line: what failed, where, value found, value expected, next step.

PipelineError                  exit code 1, the message alone, no traceback
├── InputError                 configuration, topics, templates: fixed by the user, never retried
├── EngineError                an embedded engine is not installed, has no model or does not start
├── StorageError               a file cannot be read, written or locked
└── ServiceError               a service did not return what was requested
    ├── ServiceUnavailable     temporary: refused, reset, timed out, 429, 500, 502, 503, 504; retried after a pause
    ├── RequestRefused         permanent: 400, 401, 403, 404, 422, redirects; never retried
    └── BadAnswer              answered, but with something that must not be kept; retried with another seed
"""

from audio_pipeline import sanitize


class PipelineError(Exception):
    """An expected error. `str(error)` is the line for the user."""

    def __str__(self) -> str:
        return sanitize.line(super().__str__())


class InputError(PipelineError):
    """The user's input cannot be used."""


class EngineError(PipelineError):
    """An embedded engine cannot be used."""


class StorageError(PipelineError):
    """A file cannot be read, written or locked."""


class ServiceError(PipelineError):
    """A service did not return what was requested."""


class ServiceUnavailable(ServiceError):
    """The service is temporarily unreachable or overloaded.

    retry_after_s: the server's `Retry-After` in seconds, or None.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RequestRefused(ServiceError):
    """The service refuses the request, and would refuse it again.

    status: the HTTP status code; reason: as the service words it, or ""; body: its complete answer.
    """

    def __init__(self, message: str, status: int = 0, reason: str = "", body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.body = body


class BadAnswer(ServiceError):
    """The answer failed a check; another one may pass."""
