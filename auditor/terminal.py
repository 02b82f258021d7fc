"""What the command line shows while it works: on a terminal, on stderr, nothing of a patient."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditor.progress import Step, Tell, silent

if TYPE_CHECKING:  # imported where it is used, so that --help is quick
    from rich.progress import Progress

_SOON = 2.0  # seconds that nobody minds to wait without a word


@contextmanager
def working(doing: str, *, quiet: bool = False) -> Iterator[None]:
    """A spinner for work of which nobody knows how much there is."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Tell]:
    """What shows how far the work is, with rate and remaining time, once it takes over 2 s.

    Nothing is drawn beside the work, by a thread of its own: processes are forked in it.
    """
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    bars = _Bars(_columns())
    try:
        yield bars.tell
    finally:
        bars.bars.stop()


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self._began = time.monotonic()
        self._steps: dict[Step, int] = {}

    def tell(self, step: Step, done: float, total: float) -> None:
        name = self._steps.get(step)
        if name is None:
            name = self._steps[step] = int(self.bars.add_task(step.words, unit=step.unit))
        self.bars.update(self.bars.task_ids[name], completed=done, total=total)
        if time.monotonic() - self._began > _SOON:
            self.bars.start()
            self.bars.refresh()


def _columns() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {task.fields['unit']}/s" if speed else "")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        get_time=time.monotonic,
        auto_refresh=False,
        redirect_stdout=False,  # nothing else is written meanwhile
        redirect_stderr=False,
        transient=True,
    )
