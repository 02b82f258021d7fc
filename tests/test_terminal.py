"""What is shown while the command works: rate and remaining time, once it takes long."""

from __future__ import annotations

import io
import re

import pytest

from auditor.progress import Step
from auditor.terminal import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What stands for a terminal from here to the end of the test."""
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return shown


@pytest.mark.parametrize(
    ("after", "shown"),
    [(0.0, False), (1.9, False), (2.1, True), (60.0, True)],
)
def test_it_is_shown_once_the_work_takes_over_two_seconds(
    after: float, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal, now = a_terminal(monkeypatch), [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with progress() as tell:
        tell(Step.JUDGE, 0, 6_000)
        now[0] += after
        tell(Step.JUDGE, 3_000, 6_000)
    assert ("Judging the encounters" in terminal.getvalue()) is shown


def test_it_has_rate_and_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, now = a_terminal(monkeypatch), [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with progress() as tell:
        for done in range(0, 3_001, 500):
            tell(Step.JUDGE, done, 6_000)
            now[0] += 1.0
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "50% 500 encounters/s 0:00:06" in re.sub(r" +", " ", shown)


@pytest.mark.parametrize("quiet", [True, False])
def test_nothing_is_shown_to_a_file_or_beside_a_question(
    quiet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.terminal._SOON", -1.0)
    terminal = a_terminal(monkeypatch) if quiet else io.StringIO()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress(quiet=quiet) as tell:
        tell(Step.READ, 1, 2)
    assert terminal.getvalue() == ""
