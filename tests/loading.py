"""Small real files for the tests of the loader, and what a loaded one says."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

import checks
from auditor.check import discover
from auditor.load import Loaded, Profile, load
from auditor.policy import Policy
from auditor.record import Administration, Encounter
from auditor.verdict import Verdict

PROFILE = Profile(timezone="America/New_York", day_first=False)
CLAIM = (("Claim", "Encounter", "Line", "HCPCS", "Units", "Service Date"),
         ("C1", "E1", 1, "96365", 1, "09/01/2026"))  # fmt: skip
MAR = ("Encounter", "Order ID", "Drug", "Time", "Action", "Route")
LOG = ("Encounter", "Drug", "Start", "Stop", "Route")


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """A workbook with these rows on these sheets."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    workbook.save(path)
    return path


def text(path: Path, rows: Sequence[Sequence[Any]], delimiter: str = ",") -> Path:
    """A delimited text file with these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def loaded(folder: Path, profile: Profile = PROFILE, **sheets: Sequence[Sequence[Any]]) -> Loaded:
    """What the loader makes of one workbook with these sheets, and a claim where none is given."""
    return load([book(folder / "month.xlsx", {"claims": CLAIM, **sheets})], profile)


def given(folder: Path, *rows: Sequence[Any], header: Sequence[str] = MAR) -> list[Administration]:
    """The administrations of encounter E1 from these rows, in order of time."""
    result = loaded(folder, mar=[header, *rows])
    return [a for e in result.encounters if e.encounter_id == "E1" for a in e.administrations]


def only(result: Loaded, name: str = "E1") -> Encounter:
    """One encounter by its number."""
    return next(e for e in result.encounters if e.encounter_id == name)


def clock(moment: datetime | None) -> str:
    """``08:30``, with the day where it is not the first; ``-`` for none."""
    if moment is None:
        return "-"
    return f"{moment:%H:%M}" if moment.day == 1 else f"{moment:%d %H:%M}"


def runs(administration: Administration) -> str:
    """The running segments as ``08:00-08:30A 09:00--E``."""
    return " ".join(
        f"{clock(s.start)}-{clock(s.stop)}{s.stop_evidence.value}" for s in administration.segments
    )


def verdicts(result: Loaded, check_id: str, of: str | None = None) -> list[Verdict]:
    """What a check says of the loaded encounters, or of the one of this number."""
    check = next(check for check in discover(checks) if check.id == check_id)
    some = [e for e in result.encounters if of in (None, e.encounter_id)]
    return [verdict for e in some for verdict in check(e, Policy())]


def said(result: Loaded, check_id: str, of: str | None = None) -> list[str]:
    """The same as ``deficient: sentence``."""
    return [f"{v.outcome}: {v.because}" for v in verdicts(result, check_id, of)]
