"""What a process takes: seconds, processor and the peak of its memory, helpers included.

The peak is the kernel's own figure, as long as there is one process; with helpers it is the largest
sum of what the processes have resident, shared pages counted once, looked at ten times a second.
Linux only: elsewhere nothing tells what is shared.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent
_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Run:
    """One process from its start to its end; times in seconds, ``peak`` in bytes."""

    seconds: float
    processor: float
    peak: int
    status: int
    text: str


def measured(
    arguments: Sequence[object],
    *,
    cores: int | None = None,
    memory: int | None = None,
    statuses: Sequence[int] = (0,),
) -> Run:
    """Run Python with arguments, on so many processors where it is said.

    With a bound of ``memory``, in bytes of address space, it may fail; otherwise RuntimeError where
    it ends with another status than ``statuses``.
    """
    given = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryFile() as said:
        began = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
        if cores is not None:
            os.sched_setaffinity(process.pid, given[:cores])
        if memory is not None:
            resource.prlimit(process.pid, resource.RLIMIT_AS, (memory, memory))
        ended, largest = threading.Event(), [0]
        watch = threading.Thread(target=_watch, args=(process.pid, ended, largest))
        watch.start()
        _, code, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        ended.set()
        watch.join()
        process.returncode = status = os.waitstatus_to_exitcode(code)
        said.seek(0)
        text = said.read().decode()
    if memory is None and status not in statuses:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: status {status}\n{text}")
    peak = max(usage.ru_maxrss * 1024, largest[0])
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, status, text)


def _watch(process: int, ended: threading.Event, largest: list[int]) -> None:
    """Keep the largest sum of the process and its helpers, while it has any."""
    while not ended.wait(_EVERY):
        family = _family(process)
        if len(family) > 1:
            largest[0] = max(largest[0], sum(map(_resident, family)))


def _family(process: int) -> list[int]:
    """The process and all that it started, as far as they still live."""
    family = [process]
    for one in family:
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                family += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
    return family


def _resident(process: int) -> int:
    """Its bytes in memory, those shared with others in part; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
