"""Where templates, sample data and check pages lie: in the package, or beside it in a clone."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The folder ``templates``, ``sample_data`` or ``docs/checks``."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
