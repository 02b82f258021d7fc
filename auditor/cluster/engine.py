"""Work on numbered things that other machines do, and what of it could not be done."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from uuid import uuid4

from auditor.cluster.errors import ClusterError
from auditor.cluster.work import Work
from auditor.collector import collector_paused
from auditor.load.errors import InputError
from auditor.processes import processors
from auditor.report.manifest import engine
from auditor.run import crash_words

Task = Callable[[Work, int], None]
"""Does the work on one thing by its number and keeps what it made; it may be done again."""

ALONE = 60.0  # seconds without any worker, after which nobody is waited for
PATIENCE = 20  # seconds for a scheduler to answer
_TURNS = 3  # workers that may die of the same piece


@dataclass(frozen=True, slots=True)
class Undone:
    """Why the work on one thing is not done: sentences for the user, or what broke and where."""

    sentences: tuple[str, ...] = ()
    crash: str = ""


_KILLED = Undone(crash="several workers died of it")


class Cluster(Protocol):
    """Whoever does the work."""

    def run(
        self, task: Task, work: Work, numbers: Sequence[int], done: Callable[[int], None]
    ) -> dict[int, Undone]:
        """Do a task for each number, in any order; by number what is not done."""


class Here:
    """This process alone."""

    def run(
        self, task: Task, work: Work, numbers: Sequence[int], done: Callable[[int], None]
    ) -> dict[int, Undone]:
        """One number after the other."""
        undone = {}
        for number in numbers:
            if why := perform(task, work, number, engine()):
                undone[number] = why
            else:
                done(number)
        return undone


def perform(task: Task, work: Work, number: int, program: str) -> Undone | None:
    """Do a task where this is called; what it raises comes back as words without a value."""
    if engine() != program:
        return Undone(crash="a worker has another version of the program")
    try:
        with collector_paused():
            task(work, number)
    except InputError as error:
        return Undone(sentences=error.problems)
    except Exception as error:
        return Undone(crash=crash_words(error))
    return None


class Dask:
    """The workers of a Dask scheduler.

    Over its connections go names of tasks and numbers: rows and findings lie in the folder.
    """

    def __init__(self, client: Any) -> None:
        """A client of ``distributed``."""
        self._client = client

    def run(
        self, task: Task, work: Work, numbers: Sequence[int], done: Callable[[int], None]
    ) -> dict[int, Undone]:
        """As many at once as there are workers; what a worker died of, another does.

        What several workers died of, and what is left when none remains, is undone.  A piece may
        only have waited with a worker that died of another: each is then tried alone.
        """
        undone = self._at_once(task, work, numbers, done)
        killed = [number for number, why in undone.items() if why is _KILLED]
        for number in killed if len(killed) > 1 else ():
            del undone[number]
            undone |= self._at_once(task, work, [number], done)
        return undone

    def _at_once(
        self, task: Task, work: Work, numbers: Sequence[int], done: Callable[[int], None]
    ) -> dict[int, Undone]:
        run, ended = uuid4().hex, queue.SimpleQueue[Any]()
        futures = {}
        for number in numbers:
            name = f"{task.__name__}-{number}-{run}"
            args = (task, work, number, engine())
            future = self._client.submit(perform, *args, key=name, pure=False)
            futures[name] = number, future
            future.add_done_callback(ended.put)
        undone: dict[int, Undone] = {}
        try:
            while futures:
                try:
                    future = ended.get(timeout=ALONE)
                except queue.Empty:
                    if self._workers():
                        continue
                    left = {
                        number: Undone(crash="no worker is left") for number, _ in futures.values()
                    }
                    return undone | left
                number, _ = futures.pop(future.key)
                if why := _result(future):
                    undone[number] = why
                else:
                    done(number)
        finally:
            self._client.cancel([future for _, future in futures.values()])
        return undone

    def _workers(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])


def _result(future: Any) -> Undone | None:
    if future.status == "finished":
        why: Undone | None = future.result()
        return why
    error = future.exception() if future.status == "error" else None
    if type(error).__name__ == "KilledWorker":
        return _KILLED
    return Undone(crash=f"the cluster gave it up ({type(error).__name__})")


@contextmanager
def cluster_at(address: str) -> Iterator[Dask]:
    """The cluster whose scheduler has an address; ``local`` is one of this machine's processors.

    ClusterError where none answers.
    """
    dask, distributed = import_module("dask"), import_module("distributed")  # without types
    for name in ("distributed", "tornado", "bokeh"):  # what they would say has values in it
        logging.getLogger(name).setLevel(logging.CRITICAL)
    settings = {
        "distributed.scheduler.allowed-failures": _TURNS,
        "distributed.scheduler.http.routes": [],
    }
    with ExitStack() as opened:
        opened.enter_context(dask.config.set(settings))
        try:
            scheduler: Any = address
            if address == "local":
                scheduler = opened.enter_context(
                    distributed.LocalCluster(
                        n_workers=processors(),
                        threads_per_worker=1,
                        host="127.0.0.1",
                        local_directory=opened.enter_context(TemporaryDirectory()),
                        dashboard_address="127.0.0.1:0",
                        scheduler_kwargs={"dashboard": False},
                        security=True,  # whoever else is on this machine shall send it nothing
                        silence_logs=logging.CRITICAL,
                    )
                )
            client = opened.enter_context(distributed.Client(scheduler, timeout=PATIENCE))
        except (OSError, ValueError) as error:  # of no time, too
            raise ClusterError(
                f"No scheduler answers at {address} ({type(error).__name__}): give its address as "
                "`dask scheduler` prints it, or local."
            ) from None
        yield Dask(client)
