"""The same month in other kinds of workbook says the same."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from loading import CLAIM, LOG, PROFILE, book, clock, only

import checks
from auditor.check import discover
from auditor.load import load, load_profile
from auditor.policy import Policy
from auditor.report.data import finding_texts, write_findings
from auditor.resources import resource
from auditor.run import run
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store

SAMPLE = resource("sample_data")
SOFFICE = shutil.which("soffice")
CELL = "<table:table-cell {}><text:p>{}</text:p></table:table-cell>"
CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content office:version="1.3"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>
</office:document-content>"""
TYPE = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""

Rows = Sequence[Sequence[object]]


def open_document(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An .ods workbook as LibreOffice writes it: a time at midnight is a date alone."""
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", TYPE)
        package.writestr("META-INF/manifest.xml", MANIFEST)
        package.writestr("content.xml", CONTENT.format(tables))
    return path


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        said = value.isoformat().removesuffix("T00:00:00")
        return CELL.format(f'office:value-type="date" office:date-value="{said}"', said)
    if isinstance(value, int):
        return CELL.format(f'office:value-type="float" office:value="{value}"', value)
    return CELL.format('office:value-type="string"', escape(str(value or "")))


def time(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute)


SHEETS: dict[str, Rows] = {
    "claims": CLAIM,
    "log": [LOG, ("E1", "saline", time(1, 23), time(2), "IV"),
            ("E1", "cefazolin", time(2, 0), time(2, 0, 40), "IV")],
    "stays": [("Encounter", "Arrived At", "Discharged At"), ("E1", time(1, 22), time(3)),
              ("E2", time(1, 21), time(2, 4))],
    "lines": [("Encounter", "Site", "PLACEMENT_INSTANT", "REMOVAL_INSTANT"),
              ("E1", "Left hand", time(1, 22, 30), datetime(2157, 11, 19)),
              ("E1", "Right hand", time(1, 22, 40), time(2)),
              ("E1", "Right forearm", time(2, 1), time(2, 4, 30))],
}  # fmt: skip


@pytest.mark.parametrize("write", [open_document, book])
def test_midnight_is_a_time_like_any_other(write, tmp_path: Path) -> None:
    loaded = load([write(tmp_path / "month.any", SHEETS)], PROFILE)
    encounter = only(loaded)
    assert [f"{clock(a.start)} to {clock(a.stop)}" for a in encounter.administrations] == [
        "23:00 to 02 00:00", "02 00:00 to 02 00:40"
    ]  # fmt: skip
    assert clock(encounter.discharged_at) == "03 00:00"
    assert [clock(site.removed_at) for site in encounter.access_sites] == [
        "-",
        "02 00:00",
        "02 04:30",
    ]
    assert loaded.ledger.problems == ()


def test_a_date_alone_is_no_midnight_where_dates_are_written_as_text(tmp_path: Path) -> None:
    log = [LOG, ("E1", "saline", "2026-09-01 08:00", "2026-09-01", "IV"),
           ("E1", "cefazolin", "2026-09-01 09:00", "2026-09-01 09:40", "IV")]  # fmt: skip
    loaded = load([book(tmp_path / "month.xlsx", {"claims": CLAIM, "log": log})], PROFILE)
    assert [row.column for row in loaded.ledger.rows] == ["D"]


def findings(paths: list[Path], out: Path) -> str:
    """The findings of some files, with the names of .xlsx files."""
    result = load(paths, load_profile(SAMPLE / "hospital.toml"))
    tables = tables_for(result.encounters, Store(SAMPLE / "none"))
    encounters = [attach(encounter, tables) for encounter in result.encounters]
    audit = run(encounters, discover(checks), Policy(), result.supplied)
    write_findings(out, finding_texts(audit, ()))
    return out.read_text(encoding="utf-8").replace(paths[0].suffix, ".xlsx")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not here")
@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_the_sample_month_in_another_kind_of_workbook(kind: str, tmp_path: Path) -> None:
    books = sorted(SAMPLE.glob("*.xlsx"))
    subprocess.run(
        [
            *(str(SOFFICE), f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"),
            *("--headless", "--convert-to", kind, "--outdir", str(tmp_path), *map(str, books)),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    converted = sorted(tmp_path.glob(f"*.{kind}"))
    assert len(converted) == len(books)
    expected = findings(books, tmp_path / "expected.csv")
    assert findings(converted, tmp_path / "found.csv") == expected
