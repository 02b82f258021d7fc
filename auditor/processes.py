"""How many processors there are, and work that other processes do."""

from __future__ import annotations

import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple

from auditor.collector import collector_paused

P = TypeVar("P")
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


# ── parts of one work ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Work(Generic[P, T]):
    """What is made of a part, and how it comes from another process.

    That has the part too; to unpack what it made, the parts and the number of this one are there.
    """

    make: Callable[[P], T]
    pack: Callable[[T, P], bytes]
    unpack: Callable[[bytes, Sequence[P], int], T]


def made_of(parts: Sequence[P], work: Work[P, T], processes: int) -> Iterator[T]:
    """What is made of each part, in their order; it does not depend on the processes."""
    if processes < 2 or len(parts) < 2:
        return _here(parts, 0, work)
    return _in_processes(parts, work, processes)


def _here(parts: Sequence[P], first: int, work: Work[P, T]) -> Iterator[T]:
    return (work.make(parts[number]) for number in range(first, len(parts)))


def _in_processes(parts: Sequence[P], work: Work[P, T], processes: int) -> Iterator[T]:
    """The parts in their order; what a process that dies leaves undone is done here.

    Forked processes have the parts already.  Where there is no fork they are sent, which costs less
    than what is made of them.
    """
    has_parts = forks()
    context = multiprocessing.get_context("fork" if has_parts else "spawn")
    executor = ProcessPoolExecutor(processes, context, _begin, (work, parts if has_parts else ()))
    done = 0
    try:
        with forking():
            waiting: list[Future[bytes]] = [
                executor.submit(_made_of_part, number, None if has_parts else parts[number])
                for number in range(len(parts))
            ]
        waiting.reverse()
        while waiting:  # what came is let go of
            yield work.unpack(waiting.pop().result(), parts, done)
            done += 1
    except BrokenProcessPool:
        yield from _here(parts, done, work)
    finally:
        executor.shutdown(cancel_futures=True)


_BEGUN: list[tuple[Work[Any, Any], Sequence[Any]]] = []


def _begin(work: Work[Any, Any], parts: Sequence[Any]) -> None:
    """Set up a worker."""
    ignore_interrupts()
    _BEGUN.append((work, parts))


def _made_of_part(number: int, sent: Any) -> bytes:
    work, parts = _BEGUN[0]
    part = parts[number] if sent is None else sent
    with collector_paused():
        return work.pack(work.make(part), part)
