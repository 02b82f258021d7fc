"""Work that another process does meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from auditor.processes import forks, meanwhile, processors

needs_two = pytest.mark.skipif(not forks() or processors() < 2, reason="one process at a time")


def process() -> int:
    return os.getpid()


def refuse(what: str) -> None:
    raise ValueError(what)


def die() -> int:
    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return os.getpid()


@needs_two
def test_it_is_made_in_another_process() -> None:
    with meanwhile(process) as made:
        assert made() not in (os.getpid(), 0)


def test_it_is_made_here_where_there_is_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.processes.processors", lambda: 1)
    with meanwhile(process) as made:
        assert made() == os.getpid()


def test_what_it_raises_is_raised_where_it_is_asked_for() -> None:
    with meanwhile(refuse, "no paper") as made, pytest.raises(ValueError, match="no paper"):
        made()


def test_it_is_made_here_where_the_other_process_dies() -> None:
    with meanwhile(die) as made:
        assert made() == os.getpid()


@needs_two
def test_nothing_is_left_running_where_this_process_fails() -> None:
    with pytest.raises(ValueError), meanwhile(time.sleep, 0.1):
        refuse("no workbook")
    assert multiprocessing.active_children() == []
