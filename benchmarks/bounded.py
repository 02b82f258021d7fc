"""The command within bounds of time and memory, many times over, each run a fork of one server.

A run that would start Python anew takes a second and more; a fork takes milliseconds, so that a
folder of hundreds of files can be gone through.  ``python -m benchmarks.bounded`` is the server: a
line of JSON with the arguments in, a line of JSON with the outcome out.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

SECONDS = 30
MEMORY = 2 * 1024**3  # bytes of address space


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run said: ``status`` is negative where a signal ended it, ``peak`` is in bytes."""

    status: int
    text: str
    seconds: float
    peak: int

    @property
    def is_well(self) -> bool:
        """Whether it ended by itself, with a status of the command and without a traceback."""
        strange = ("Traceback (most recent call last)", "panicked at")
        return self.status in (0, 1, 2) and not any(one in self.text for one in strange)


class Bounded:
    """Runs the command with arguments, one run after the other."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        """Take the server's pipes."""
        self._server = server

    def __call__(self, *arguments: object, password: str = "") -> Outcome:
        """One run, with nobody to answer questions."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps([password, *map(str, arguments)]), file=self._server.stdin, flush=True)
        return Outcome(**json.loads(self._server.stdout.readline()))


@contextlib.contextmanager
def bounded() -> Iterator[Bounded]:
    """A server as long as it is needed."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bounded"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # so that there is one thread to fork
    ) as server:
        try:
            yield Bounded(server)
        finally:
            assert server.stdin is not None
            server.stdin.close()


def _run(arguments: Sequence[str], password: str) -> Outcome:
    """Fork, let the child run the command within the bounds, and wait for it."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        child = os.fork()
        if child == 0:
            _child(arguments, password, said)
        _, ended, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - began
        said.seek(0)
        text = said.read().decode("utf-8", errors="replace")
    return Outcome(os.waitstatus_to_exitcode(ended), text, seconds, usage.ru_maxrss * 1024)


def _child(arguments: Sequence[str], password: str, said: IO[bytes]) -> None:
    """The command in this process, which does not come back."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    signal.alarm(SECONDS)  # not handled: it ends the process
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from auditor import cli

    if password:
        os.environ[cli.PASSWORD_VARIABLE] = password
    sys.argv = ["auditor", *arguments]
    status = 1
    try:
        cli.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _warm() -> None:
    """Import what every run needs, so that no fork does it again."""
    import fastexcel
    import openpyxl
    import pandas
    import pyarrow
    import weasyprint  # noqa: F401

    import auditor.cli
    import auditor.load
    import auditor.report
    import checks
    from auditor.check import discover
    from auditor.load.vocabulary import kinds

    _ = fastexcel, openpyxl, pandas, pyarrow, auditor.report, auditor.cli, auditor.load
    discover(checks)
    kinds()


def main() -> None:
    """Serve until the input ends."""
    _warm()
    for request in sys.stdin:
        password, *arguments = json.loads(request)
        print(json.dumps(asdict(_run(arguments, password))), flush=True)


if __name__ == "__main__":
    main()
