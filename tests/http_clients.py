"""HTTP client without real pauses between tries."""

from audio_pipeline.http.client import Client
from audio_pipeline.http_policy import HttpPolicy

HTTP = HttpPolicy(connect_timeout_s=1, tries=4, first_pause_s=0.5, max_pause_s=30)


def client(url: str, timeout_s: float = 5, pauses: list | None = None, **more) -> Client:
    sleep = (lambda _: None) if pauses is None else pauses.append
    return Client("Thing", url, timeout_s=timeout_s, http=HTTP, sleep=sleep, **more)
