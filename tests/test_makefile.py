"""What the Makefile says and how it ends, without installing anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.report import pdf

ROOT = Path(__file__).parent.parent
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


@needs_make
@pytest.mark.parametrize(("status", "ends"), [(0, 0), (1, 2), (2, 2), (3, 0)])
def test_an_audit_without_its_pdf_is_no_error_of_make(
    status: int, ends: int, tmp_path: Path
) -> None:
    program = tmp_path / "auditor"
    program.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        ["make", "-o", ".venv/installed", "audit", f"BIN={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == ends, done.stderr
    assert ("Everything but the PDF" in done.stdout) is (status == 3)
    assert ("Error" in done.stderr) is (ends != 0)


def test_the_installer_says_how_to_get_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_library", lambda name: None)
    told = pdf.pango_wanted() or ""
    for system, line in {"darwin": "brew install pango", "win32": "pacman -S"}.items():
        monkeypatch.setattr(sys, "platform", system)
        assert line in (pdf.pango_wanted() or "")
    assert "The PDF report needs Pango, which was not found. Install it with: " in told
    monkeypatch.setattr(pdf, "find_library", lambda name: f"lib{name}.so.0")
    assert pdf.pango_wanted() is None


@needs_make
def test_the_installer_asks_for_pango_before_it_installs() -> None:
    dry = subprocess.run(
        ["make", "-n", "-B", ".venv/installed"], cwd=ROOT, capture_output=True, text=True
    )
    asked = dry.stdout.index("auditor/report/pdf.py")
    assert asked < dry.stdout.index("install --require-hashes")


def test_pango_is_looked_for_with_nothing_installed() -> None:
    """Under -S nothing but the standard library can be imported."""
    words = ["-S", "-P", "auditor/report/pdf.py"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == "" or "Install it with" in done.stderr
