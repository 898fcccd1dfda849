"""Which of the jobs that could begin are worth a look: a set that knows the next ones of each queue.

A scheduler that weighs all jobs that are ready, each time that one ends, does work that grows with the square of their
number: with 10,000 topics, hours. Here a look costs as much as there are jobs that can begin.
"""

import heapq
from collections.abc import Callable, Hashable, Iterable
from typing import Any

Order = tuple[float, int]


class ReadyJobs(set[Any]):
    """A set of jobs, which also lines them up in queues.

    queue_of: the name of a job's queue; order_of: where in it a job stands, the smallest first, no two alike.
    """

    def __init__(
        self,
        jobs: Iterable[Any],
        queue_of: Callable[[Any], Hashable],
        order_of: Callable[[Any], Order],
    ) -> None:
        super().__init__()
        self._queue_of, self._order_of = queue_of, order_of
        self._queues: dict[Hashable, list[tuple[Order, Any]]] = {}
        self.update(jobs)

    def add(self, job: Any) -> None:
        if job not in self:
            super().add(job)
            # What leaves the set stays in its queue until it is met there: see `first`.
            queue = self._queues.setdefault(self._queue_of(job), [])
            heapq.heappush(queue, (self._order_of(job), job))

    def update(self, *others: Iterable[Any]) -> None:
        for jobs in others:
            for job in jobs:
                self.add(job)

    def first(self, places: Callable[[Any], int]) -> list[Any]:
        """Of each queue the first jobs, as many as there are places for a job like its first one."""
        found = []
        for queue in self._queues.values():
            taken: list[tuple[Order, Any]] = []
            wanted = 1
            while queue and len(taken) < wanted:
                entry = heapq.heappop(queue)
                if entry[1] not in self or (taken and taken[-1][1] is entry[1]):
                    continue  # it has begun, or stands here twice: it was ready before
                if not taken:
                    wanted = places(entry[1])
                    if wanted < 1:
                        heapq.heappush(queue, entry)
                        break
                taken.append(entry)
            found += [job for _, job in taken]
            for entry in taken:
                heapq.heappush(queue, entry)
        return found
