"""Each text parser as a fuzzer calls it: bytes in; nothing out, or one of the program's own errors.

What a parser makes of the bytes is for the other tests.  Here it may not raise anything else, go
round in circles or take more than the fuzzer's bounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from auditor.load.cells import clean
from auditor.load.errors import InputError, ProfileError, UnreadableFile
from auditor.load.fhir import FhirFiles
from auditor.load.guard import (
    DamagedWorkbook,
    RefusedWorkbook,
    merges_within_bounds,
    refuse_old_workbook,
)
from auditor.load.hl7 import read_hl7
from auditor.load.ledger import Problems
from auditor.load.moments import Calendar, Moment, aware, date_orders, midnight, moment, shape_of
from auditor.load.pasted import is_report, report_cells
from auditor.load.profile import load_profile
from auditor.load.read import read_file
from auditor.load.values import READERS, Quantity, looks_like, milliliters, per_hour, unit_in
from auditor.load.vocabulary import actions, key, kinds, read_route, tokens
from auditor.load.x12 import read_x12
from tests import hostile

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT.parent / "shared" / "data"
ZONE = ZoneInfo("America/New_York")
OWN = (InputError, ProfileError, UnreadableFile, RefusedWorkbook, DamagedWorkbook)


class Target(NamedTuple):
    """A parser and what a fuzzer starts from."""

    parse: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def table(data: bytes) -> None:
    """A delimited text, and its cells."""
    for sheet in read_file(Path("a.csv"), data):
        for column in sheet.cells.columns:
            for value in sheet.cells[column].dropna():
                clean(value)


def times(data: bytes) -> None:
    """A time in each of its readings."""
    text = clean(_text(data))
    if text is None:
        return
    shape_of([text])
    date_orders([text])
    midnight(text)
    for calendar in (Calendar(), Calendar(day_first=True), Calendar(from_1904=True)):
        found = moment(text, calendar)
        if isinstance(found, Moment) and found.date is not None:
            assert isinstance(aware(found, ZONE), datetime | tuple | None)


def numbers(data: bytes) -> None:
    """A number, dose, rate, code, flag or duration: whatever a field's type reads."""
    text = clean(_text(data))
    if text is None:
        return
    unit_in(text)
    for type_, read in READERS.items():
        found = read(text)
        looks_like(type_, text)
        if isinstance(found, Quantity):
            milliliters(found)
            per_hour(found)


def pasted(data: bytes) -> None:
    """Epic's report, also where nothing would take the text for one."""
    text = _text(data)
    is_report(text)
    report_cells(text)


def x12(data: bytes) -> None:
    """A claim or a remittance."""
    read_x12("a.x12", _text(data), Problems())


def hl7(data: bytes) -> None:
    """Messages."""
    read_hl7("a.hl7", _text(data), Problems())


def fhir(data: bytes) -> None:
    """Resources in JSON, and the sheets made of them."""
    files = FhirFiles(Problems())
    files.read("a.json", _text(data))
    files.sheets()


@cache
def _file() -> Path:
    return Path(tempfile.mkdtemp()) / "hospital.toml"


def profile(data: bytes) -> None:
    """A hospital's settings."""
    _file().write_bytes(data)
    load_profile(_file())


def words(data: bytes) -> None:
    """An action word, a route, a header."""
    text = clean(_text(data))
    if text is None:
        return
    actions().get(key(text))
    tokens(text)
    read_route(text)


def package(data: bytes) -> None:
    """The XML of a sheet in a workbook; then the bytes as the workbook itself."""
    path = _file().with_suffix(".xlsx")
    hostile.workbook(path, data, strings=data)
    for whole in (path.read_bytes(), data):
        try:
            merges_within_bounds(whole)
        except OWN:
            continue


def old(data: bytes) -> None:
    """The records of an .xls, in a container and as the container."""
    path = _file().with_suffix(".xls")
    hostile.ole(path, body=data[:40_000])
    for whole in (path.read_bytes(), data):
        try:
            refuse_old_workbook(whole)
        except OWN:
            continue


# ── what a fuzzer starts from ─────────────────────────────────────────────────────────────────


def _files(*patterns: str) -> list[bytes]:
    """Public samples where they are, the first 20,000 bytes of each."""
    found = sorted(path for pattern in patterns for path in DATA.glob(pattern) if path.is_file())
    return [path.read_bytes()[:20_000] for path in found]


def _tables() -> list[bytes]:
    return [
        b"Encounter,Drug,Start\r\nE1,\"cefazolin, 1 g\",9/1/2026 8:00\r\n",
        "Größe;µg\n1,5;2\n".encode("utf-16"),
        *_files("fuzz_csv_spectrum/*.csv", "fuzz_frictionless/*.csv"),
    ]  # fmt: skip


def _times() -> list[bytes]:
    said = ("09/01/2026 08:30", "2026-09-01T08:30:00-04:00", "1-Sep-26 8:30 AM", "0836",
            "24:00", "46266.358333", "20260901", "8:36p", "Sep 1, 2026",
            "2026-09-01 08:30:00 UTC")  # fmt: skip
    return [one.encode() for one in said]


def _numbers() -> list[bytes]:
    said = ("1,000.5 mL", "1.23E+09", "(12.00)", "$1,234.50", "96365-59", "9636559", "100 mL/hr",
            "5 mcg/kg/min", "1 hr 30 min", "1:30", "0131", "J1885 JW", "Y",
            "N39.0, E86.0")  # fmt: skip
    return [one.encode() for one in said]


def _reports() -> list[bytes]:
    return [
        b"vancomycin 1 g IVPB\nOrder: 77 CSN: 12\nRunning start: 11/21/2016 0836  Running stop: "
        b"11/21/2016 0936\nAction  Dose  Rate  Route  Site  Time  Comment\n"
        b"New Bag 1 g 250 mL/hr IV Left arm 11/21/2016 0836 started\n"
    ]


def _profiles() -> list[bytes]:
    shipped = sorted((ROOT / "auditor" / "profiles").glob("*.toml"))
    return [b'timezone = "America/New_York"\n[sheets]\n"a.csv" = "mar_event"\n',
            *(path.read_bytes() for path in shipped)]  # fmt: skip


def _words() -> list[bytes]:
    return [word.encode() for word in [*actions(), *kinds(), "IV push", "IVPB", "subcut"]]


TARGETS: Mapping[str, Target] = {
    "table": Target(table, _tables),
    "times": Target(times, _times),
    "numbers": Target(numbers, _numbers),
    "pasted": Target(pasted, _reports),
    "x12": Target(x12, lambda: _files("x12/*")),
    "hl7": Target(hl7, lambda: _files("hl7/*")),
    "fhir": Target(fhir, lambda: [b'{"resourceType":"Claim","id":"1"}', *_files("fhir/*")]),
    "profile": Target(profile, _profiles),
    "words": Target(words, _words),
    "package": Target(package, lambda: [hostile.LOG, b"<sst><si><t>a</t></si></sst>"]),
    "old": Target(old, lambda: [hostile.record(0x809, bytes(16)), *_files("fuzz_poi/1*.xls")]),
}


def call(target: Target, data: bytes) -> None:
    """Parse; the program's own errors are answers."""
    try:
        target.parse(data)
    except OWN:
        return
