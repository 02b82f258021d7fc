"""The report on paper: the same page through WeasyPrint, tagged for screen readers."""

from __future__ import annotations

import platform
import sys
from ctypes.util import find_library
from io import BytesIO
from pathlib import Path
from typing import IO

_INSTALL = {
    "debian": "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "fedora": "dnf install pango",
    "darwin": "brew install pango",
    "win32": "pacman -S mingw-w64-x86_64-pango (in MSYS2)",
}


class PdfUnavailable(Exception):
    """WeasyPrint or Pango is missing; the text says how to install it here."""


def write_pdf(html: str, target: Path | IO[bytes]) -> None:
    """Write the page as a tagged PDF (PDF/UA-1) to a path or an open file.

    :class:`PdfUnavailable` where WeasyPrint or Pango is missing.
    """
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        raise PdfUnavailable(
            f"The PDF report needs Pango. Install it with: {_install_line()}"
        ) from None
    # The page holds its styles and drawings itself: nothing is fetched from anywhere.
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(target, pdf_variant="pdf/ua-1")


def pdf_of(html: str) -> bytes:
    """The page as the bytes of a tagged PDF; :class:`PdfUnavailable` as for ``write_pdf``."""
    made = BytesIO()
    write_pdf(html, made)
    return made.getvalue()


def pango_wanted() -> str | None:
    """What to install where Pango is not found; ``None`` where it is.

    A look at the system's libraries without WeasyPrint, for the installer.
    """
    if all(find_library(name) for name in ("pango-1.0", "pangoft2-1.0")):
        return None
    return (
        f"The PDF report needs Pango, which was not found. Install it with: {_install_line()}\n"
        "Without it everything else is written."
    )


def _install_line() -> str:
    """What installs Pango on this machine, or on each kind of machine where it is none of them."""
    if sys.platform in _INSTALL:
        return _INSTALL[sys.platform]
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return "; ".join(_INSTALL.values())
    family = {system.get("ID", ""), *system.get("ID_LIKE", "").split()}
    if family & {"debian", "ubuntu"}:
        return _INSTALL["debian"]
    if family & {"fedora", "rhel", "centos"}:
        return _INSTALL["fedora"]
    return "; ".join(_INSTALL.values())


if __name__ == "__main__":  # the installer asks before anything is installed
    wanted = pango_wanted()
    if wanted is not None:
        print(wanted, file=sys.stderr)
