"""How many processors there are, and work that another process does meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

Given = TypeVarTuple("Given")
T = TypeVar("T")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def forks() -> bool:
    """Whether a new process has what this one has."""
    return "fork" in multiprocessing.get_all_start_methods()


def ignore_interrupts() -> None:
    """Set up a worker: what interrupts the program is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def forking() -> Iterator[None]:
    """Python warns of forks beside threads: the workers touch nothing that a thread holds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def meanwhile(make: Callable[[*Given], T], *given: *Given) -> Iterator[Callable[[], T]]:
    """Make something in a forked process while this one goes on; the result is there when called.

    Made in this process, when it is called for, where there is no fork, no second processor, or
    where the other process died.
    """

    def here() -> T:
        return make(*given)

    if not forks() or processors() < 2:
        yield here
        return
    executor = ProcessPoolExecutor(1, multiprocessing.get_context("fork"), ignore_interrupts)
    try:
        with forking():
            made = executor.submit(make, *given)

        def result() -> T:
            try:
                return made.result()
            except BrokenProcessPool:
                return here()

        yield result
    finally:
        executor.shutdown(cancel_futures=True)
