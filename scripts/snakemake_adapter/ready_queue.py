"""Priority queues of ready jobs.

A scheduler that considers all ready jobs whenever one ends takes quadratic time: hours for 10,000 topics. Here the cost
is proportional to the number of jobs that can start.
"""

import heapq
from collections.abc import Callable, Hashable, Iterable
from typing import Any

Order = tuple[float, int]


class ReadyJobs(set[Any]):
    """A set of jobs that also keeps them in priority queues.

    queue_of: returns the name of a job's queue; order_of: returns its unique position there, the smallest first.
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
            # Jobs that leave the set stay in their queue until `first` drops them.
            queue = self._queues.setdefault(self._queue_of(job), [])
            heapq.heappush(queue, (self._order_of(job), job))

    def update(self, *others: Iterable[Any]) -> None:
        for jobs in others:
            for job in jobs:
                self.add(job)

    def first(self, slots: Callable[[Any], int]) -> list[Any]:
        """Return the first jobs of each queue. slots: returns how many jobs like a queue's first one can start."""
        jobs = []
        for queue in self._queues.values():
            taken: list[tuple[Order, Any]] = []
            limit = 1
            while queue and len(taken) < limit:
                entry = heapq.heappop(queue)
                if entry[1] not in self or (taken and taken[-1][1] is entry[1]):
                    continue  # started already, or queued twice
                if not taken:
                    limit = slots(entry[1])
                    if limit < 1:
                        heapq.heappush(queue, entry)
                        break
                taken.append(entry)
            jobs += [job for _, job in taken]
            for entry in taken:
                heapq.heappush(queue, entry)
        return jobs
