"""Whether this machine can write PDFs: without Pango the tests of paper are skipped."""

from __future__ import annotations

import pytest


def _can_write_pdf() -> bool:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


PDF = _can_write_pdf()
DONE = 0 if PDF else 3  # how `auditor run` ends when all is well
needs_pdf = pytest.mark.skipif(not PDF, reason="Pango is not installed")
