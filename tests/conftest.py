from pathlib import Path

import pytest
from hypothesis import settings

from auditor.tables_cli import FOLDER_VARIABLE

# The same examples on every run, however slow the machine.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests share what they made and stay in one process, unless a test says otherwise."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture(autouse=True)
def no_tables_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody has loaded on this machine must not decide a test."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "no tables"))
