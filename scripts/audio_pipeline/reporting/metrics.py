"""Metrics of a run as a Prometheus textfile, for node_exporter's textfile collector.

They describe the last run, so they are gauges that start at zero with each run; only the times of the last success are
carried over from the previous file. The file is replaced atomically at the start, every few seconds and at the end. A
killed run leaves it with audio_pipeline_run_active 1 and stops updating it, as node_textfile_mtime_seconds shows.
Source: prometheus/node_exporter, README.md, "Textfile Collector"; prometheus.io, "Metric and label naming".
"""

import itertools
import json
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from audio_pipeline import files
from audio_pipeline.errors import InputError
from audio_pipeline.reporting.progress import Progress
from audio_pipeline.run.request_log import FILE, origin

EVERY_S = 15
_BOUNDS_S = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
_KEEP_S = 30 * 86400  # services that are no longer used are dropped after this time
_SUCCESS = "audio_pipeline_last_success_timestamp_seconds"
_SERVICE_SUCCESS = "audio_pipeline_service_last_success_timestamp_seconds"

Service = tuple[str, str]  # its name; scheme, host and port, or "embedded"
Gauges = Mapping[Any, float]  # labels → value


class Textfile:
    """The metrics of one run. stages: the names of all enabled stages."""

    def __init__(self, path: str, stages: Iterable[str], clock: Callable[[], float] = time.time):
        self._path, self._stages, self._clock = Path(path), list(stages), clock
        self._progress = Progress({})
        self._folder: Path | None = None
        self._offset = 0
        self._embedded: set[str] = set()
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._retries: Counter[Service] = Counter()
        self._seconds: Counter[Service] = Counter()
        self._buckets: dict[Service, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS_S) + 1))
        self._rejected: Counter[str] = Counter()
        self._began = clock()
        self._ended: float | None = None
        self._success, self._service_success = self._read_successes()
        self._done, self._lock = threading.Event(), threading.Lock()
        self._error = ""

    def begin(self, progress: Progress, folder: Path, show: Callable[[str], None]) -> None:
        """Let jobs log their requests, and write the file regularly until `end`. show: shows an error, once.

        Raises InputError: the folder of the file does not exist.
        """
        if not self._path.parent.is_dir():
            raise InputError(
                f"metrics is '{self._path}', but {self._path.parent} is no folder; create it, or set another file"
            )
        self._progress, self._folder = progress, folder
        (folder / FILE).touch()
        self._write_or(show)
        threading.Thread(target=self._keep_writing, args=(show,), daemon=True).start()

    def end(self, success: bool, show: Callable[[str], None]) -> None:
        """Write the file for the last time, while the run's folder still exists."""
        self._done.set()
        self._ended = self._clock()
        if success:
            self._success = self._ended
        self._write_or(show)

    def _keep_writing(self, show: Callable[[str], None]) -> None:
        while not self._done.wait(EVERY_S):
            self._write_or(show)

    def _write_or(self, show: Callable[[str], None]) -> None:
        """Write the file, or show the error: it must not stop the run."""
        with self._lock:
            try:
                self._read()
                registry = CollectorRegistry()
                registry.register(self)
                # Readable regardless of the umask: node_exporter runs as another user.
                files.replace_file(self._path, generate_latest(registry), mode=0o644)
                self._error = ""
            except OSError as error:
                if not self._error:
                    self._error = f"metrics: {self._path}: cannot be written ({error.strerror})"
                    show(self._error)

    def _read_successes(self) -> tuple[float | None, dict[Service, float]]:
        """Return the times of the last success of a run and of each service, from the previous file."""
        success, services = None, {}
        try:
            text = self._path.read_text(encoding="utf-8")
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    if sample.name == _SUCCESS:
                        success = sample.value
                    if sample.name == _SERVICE_SUCCESS:
                        key = sample.labels["service"], sample.labels["server"]
                        services[key] = sample.value
        except (OSError, ValueError, KeyError):
            pass  # no file yet, or not one of this class
        oldest = self._clock() - _KEEP_S
        return success, {key: value for key, value in services.items() if value > oldest}

    def _read(self) -> None:
        """Read the lines that jobs have added since the last call."""
        if not self._folder:
            return
        for path in self._folder.glob("engine-*.url"):
            self._embedded.add(origin(path.read_text()))
        with open(self._folder / FILE, "rb") as file:
            file.seek(self._offset)
            new = file.read()
        complete = new[: new.rfind(b"\n") + 1]
        self._offset += len(complete)
        for line in complete.splitlines():
            try:
                self._count(*json.loads(line))
            except (ValueError, TypeError):
                continue  # incomplete, since the disk was full

    def _count(self, kind: str, *values: Any) -> None:
        if kind == "rejected":
            self._rejected[values[0]] += 1
            return
        name, server, *rest = values
        # Embedded engines listen on another port in each run.
        service = name, "embedded" if server in self._embedded else server
        if kind == "retry":
            self._retries[service] += 1
            return
        outcome, seconds, now = rest
        self._requests[*service, outcome] += 1
        self._seconds[service] += seconds
        self._buckets[service][bisect_left(_BOUNDS_S, seconds)] += 1
        if outcome == "ok":
            self._service_success[service] = max(now, self._service_success.get(service, 0))

    def collect(self) -> Iterable[GaugeMetricFamily | HistogramMetricFamily]:
        """Yield the metrics for prometheus_client. No label contains text of a topic."""
        of_service = ["service", "server"]
        yield _gauge("run_active", "Whether the run is at work", {(): self._ended is None})
        yield _gauge("run_start_timestamp_seconds", "When the last run began", {(): self._began})
        ended: Gauges = {} if self._ended is None else {(): self._ended}
        yield _gauge("run_end_timestamp_seconds", "When the last run ended", ended)
        success: Gauges = {} if self._success is None else {(): self._success}
        yield _gauge(
            "last_success_timestamp_seconds",
            "When a run last ended with nothing missing, or found nothing to be done",
            success,
        )
        states = {
            (stage, state): number
            for stage in self._stages
            for state, number in self._progress.states(stage).items()
        }
        yield _gauge("run_files", "Files of the last run by state", states, ["stage", "state"])
        yield _gauge(
            "run_requests",
            "Requests of the last run by outcome: ok, unavailable, refused, bad_answer, other",
            self._requests,
            [*of_service, "outcome"],
        )
        yield _gauge(
            "run_retries", "Requests of the last run sent once more", self._retries, of_service
        )
        yield _gauge(
            "run_rejected_answers",
            "Answers of the last run that came and were not kept",
            {(stage,): self._rejected[stage] for stage in self._stages},
            ["stage"],
        )
        seconds = HistogramMetricFamily(
            "audio_pipeline_run_request_seconds",
            "Seconds of the last run's requests, to the end of the answer",
            labels=of_service,
        )
        bounds = [*map(str, map(float, _BOUNDS_S)), "+Inf"]
        for service, numbers in sorted(self._buckets.items()):
            buckets = list(zip(bounds, itertools.accumulate(numbers), strict=True))
            seconds.add_metric(service, buckets, self._seconds[service])
        yield seconds
        yield _gauge(
            "service_last_success_timestamp_seconds",
            "When a request to the service last succeeded",
            self._service_success,
            of_service,
        )


def _gauge(name: str, about: str, values: Gauges, labels: Iterable[str] = ()) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"audio_pipeline_{name}", about, labels=list(labels))
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family
