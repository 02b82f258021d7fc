"""The user's guide: its settings load, its commands run, and its workbook has those sheets."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.pango import DONE, PDF
from tests.test_cli import CLAIMS, ENCOUNTERS, FORMULARY, MAR, ORDERS, auditor, book

GUIDE = Path(__file__).parent.parent.joinpath("docs", "guide.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
SETTINGS = [text for kind, text in BLOCKS if kind == "toml"]
COMMANDS = [text.strip().replace("ENCOUNTER", "000123") for kind, text in BLOCKS if kind == "sh"]
ROWS: dict[str, Any] = {
    "claims": CLAIMS,
    "mar": [*MAR, [*MAR[1][:3], "soon", *MAR[1][4:]]],  # a row to mend
    "orders": ORDERS,
    "encounters": ENCOUNTERS,
    "formulary": FORMULARY,
}


def test_every_command_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, rows in ROWS.items():
        book(tmp_path / f"{name}.xlsx", rows, name)
    for settings in SETTINGS:
        Path(settings.splitlines()[0].removeprefix("# ")).write_text(settings, encoding="utf-8")
    for command in COMMANDS:
        program, *words = shlex.split(command)
        assert program == "auditor"
        done = (0, DONE) if PDF or words[0] != "packet" else (2,)  # a packet is a PDF or nothing
        assert auditor(*words).exit_code in done, command
    sheets = load_workbook(tmp_path / "audit" / "audit.xlsx").sheetnames
    described = re.findall(r"\*\*([\w ]+)\*\*", GUIDE)
    assert described and set(described) <= set(sheets)
