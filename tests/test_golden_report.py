"""The small month's page and cells are those that somebody has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden_report import files

FILES = files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_report_is_the_one_that_was_read(path: Path) -> None:
    assert FILES[path].splitlines() == path.read_text(encoding="utf-8").splitlines()
