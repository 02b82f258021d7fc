"""A cell that a finding cites holds the value that its evidence shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from loading import CLAIM, LOG, MAR, PROFILE, book, loaded, only, verdicts

import checks
from auditor import Evidence, blank, cell_of
from auditor.check import discover
from auditor.load import Loaded, load, load_profile
from auditor.load.cells import clean
from auditor.load.moments import Moment, moment
from auditor.load.read import column_number, read_file
from auditor.policy import Policy
from auditor.resources import resource
from auditor.run import run
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store

SAMPLE = resource("sample_data")
DAY = "09/01/2026 "
ROW = ("E1", "ceftriaxone", DAY + "08:00", DAY + "08:40", "IVPB")
_ADDRESS = re.compile(r"(?P<sheet>.+) · (?P<column>[A-Z]+)(?P<row>\d+)")


class Files:
    """The cells of files by the addresses that findings give."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._sheets = {
            f"{raw.file} · {raw.sheet}" if raw.sheet else raw.file: raw.cells
            for path in paths
            for raw in read_file(path)
        }

    def at(self, address: str) -> str | None:
        """What the cell says; AssertionError where the address is none of a cell."""
        found = _ADDRESS.fullmatch(address)
        assert found, address
        cells = self._sheets[found["sheet"]]
        text = cells[column_number(found["column"])].iloc[int(found["row"]) - 1]
        return clean(text) if isinstance(text, str) else None


def holds(cell: str | None, evidence: Evidence) -> bool:
    """Whether the cell says what the evidence shows, however each writes times and numbers."""
    if cell is None or evidence.value == "blank":
        return cell is None and evidence.value == "blank"
    read = moment(cell)
    if isinstance(read, Moment) and read.time is not None and ":" in cell:
        if (
            read.date and evidence.value == f"{read.date:%m/%d/%Y}"
        ):  # a day alone, as Excel keeps it
            return read.time == time()
        day = f"{read.date:%m/%d/%Y} " if read.date else ""
        return f"{day}{read.time:%H:%M}" in evidence.value
    clocks = re.findall(r"\d\d:\d\d", evidence.value)
    numbers = [_number(word) for word in evidence.value.replace(",", " ").split()]
    return (
        cell.casefold() in evidence.value.casefold()
        or _number(cell) in numbers
        or any(one in cell or one.replace(":", "") in cell for one in clocks)  # in a remark
    )


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return text


def cited(result: Loaded) -> list[Evidence]:
    """All evidence with a cell that the battery gives of some encounters."""
    tables = tables_for(result.encounters, Store(SAMPLE / "none"))
    encounters = [attach(encounter, tables) for encounter in result.encounters]
    audit = run(encounters, discover(checks), Policy(), result.supplied, strict=True)
    return [
        evidence
        for finding in (*audit.findings, *audit.undetermined, *audit.notes)
        for evidence in finding.verdict.evidence
        if evidence.cell and " · row " not in evidence.cell
    ]


def test_every_cell_that_the_sample_audit_cites_holds_its_value() -> None:
    paths = sorted(SAMPLE.glob("*.xlsx"))
    files = Files(paths)
    evidence = cited(load(paths, load_profile(SAMPLE / "hospital.toml")))
    assert len(evidence) > 20
    assert [one for one in evidence if not holds(files.at(one.cell or ""), one)] == []


def event(time: str, action: str, *more: object) -> tuple[Any, ...]:
    return ("E1", "O1", "vancomycin", DAY + time, action, "IV", *more)


def test_a_missing_stop_of_charted_actions_cites_no_other_actions_cell(tmp_path: Path) -> None:
    rows = [MAR, event("08:00", "New Bag"), event("08:20", "Rate Verify")]
    (verdict,) = verdicts(loaded(tmp_path, mar=rows), "infusion_without_stop_time")
    assert verdict.evidence[0] == Evidence(
        "stop time", "no row that stops it; its rows are month.xlsx · mar · rows 2 and 3"
    )


def test_a_missing_start_of_charted_actions_cites_no_other_actions_cell(tmp_path: Path) -> None:
    rows = [MAR, event("08:40", "Stopped")]
    (verdict,) = verdicts(loaded(tmp_path, mar=rows), "infusion_without_start_time")
    assert verdict.evidence[0] == Evidence(
        "start time", "no row that starts it; its rows are month.xlsx · mar · row 2"
    )


def test_a_blank_stop_of_a_row_is_its_cell(tmp_path: Path) -> None:
    log = [LOG, ("E1", "vancomycin", DAY + "08:00", None, "IVPB")]
    (verdict,) = verdicts(loaded(tmp_path, log=log), "infusion_without_stop_time")
    assert verdict.evidence[0] == Evidence("stop time", "blank", "month.xlsx · log · D2")


@pytest.mark.parametrize(
    ("rows", "start", "stop"),
    [
        ([("08:00", "New Bag"), ("08:20", "Rate Verify"), ("08:40", "Stopped"),
          ("08:41", "Comment")], "D2", "D4"),
        ([("07:59", "Comment"), ("08:00", "New Bag"), ("08:40", "Completed")], "D3", "D4"),
        ([("08:00", "New Bag"), ("08:20", "Paused")], "D2", "D3"),
        ([("08:00", "New Bag")], "D2", None),
        ([("08:40", "Stopped")], None, "D2"),
    ],
)  # fmt: skip
def test_start_and_stop_are_those_of_the_rows_that_state_them(
    tmp_path: Path, rows: list[tuple[str, str]], start: str | None, stop: str | None
) -> None:
    result = loaded(tmp_path, mar=[MAR, *(event(*row) for row in rows)])
    (given,) = only(result).administrations
    where = "month.xlsx · mar · "
    assert cell_of(given, "start") == (start and where + start)
    assert cell_of(given, "stop") == (stop and where + stop)


def test_a_stop_in_a_remark_is_the_remark_and_a_computed_one_no_cell(tmp_path: Path) -> None:
    header = (*MAR, "Comments", "Rate", "Rate Unit", "Volume")
    said = event("08:00", "New Bag", "stopped at 0840", None, None, None)
    computed = event("08:00", "New Bag", None, 100, "mL/hr", 100)
    for row, cell in ((said, "month.xlsx · mar · G2"), (computed, None)):
        (given,) = only(loaded(tmp_path, mar=[header, row])).administrations
        assert given.stop is not None
        assert cell_of(given, "stop") == cell


def test_a_field_that_a_later_row_states_is_cited_there(tmp_path: Path) -> None:
    rows = [
        (*MAR, "Site", "Bag ID"),
        event("08:00", "New Bag", None, None),
        event("08:40", "Stopped", "Left hand", None),
    ]
    (given,) = only(loaded(tmp_path, mar=rows)).administrations
    assert cell_of(given, "site") == "month.xlsx · mar · G3"
    assert blank("bag", given, "bag_id") == Evidence(
        "bag", "blank in every row; its rows are month.xlsx · mar · rows 2 and 3"
    )


def test_doses_are_cited_where_one_row_states_them(tmp_path: Path) -> None:
    rows = [
        (*MAR, "Dose", "Dose Unit"),
        event("08:00", "New Bag", 1, "g"),
        event("08:40", "Stopped", None, None),
        event("08:45", "Wasted", 500, "mg"),
    ]
    (given,) = only(loaded(tmp_path, mar=rows)).administrations
    (dose,) = given.doses
    assert cell_of(dose, "dose") == "month.xlsx · mar · G2"
    assert (str(dose.wasted), cell_of(dose, "wasted")) == ("500", "month.xlsx · mar · G4")
    again = [(*MAR, "Dose", "Dose Unit", "Bag ID"), (*rows[1], "B1"), (*rows[2], "B1")]
    again.append(event("09:00", "New Bag", 1, "g", "B1"))
    (given,) = only(loaded(tmp_path, mar=again)).administrations
    (dose,) = given.doses
    assert (str(dose.amount), cell_of(dose, "dose")) == ("2", None)


def test_a_rate_beside_a_blank_start_is_charted(tmp_path: Path) -> None:
    log = [
        (*LOG, "Rate", "Rate Unit"),
        ("E1", "vancomycin", None, DAY + "08:40", "IVPB", 100, "mL/hr"),
    ]
    (verdict,) = verdicts(loaded(tmp_path, log=log), "incomplete_administration_record")
    assert [one.name for one in verdict.evidence] == ["start"]


def test_a_code_and_modifiers_in_other_cells_than_their_own(tmp_path: Path) -> None:
    claims = [
        ("Encounter", "HCPCS", "CPT", "Mod 1", "Mod 2", "Units", "Service Date"),
        ("E1", "96365-59", None, None, None, 1, "09/01/2026"),
        ("E1", None, "96375", "59", "XS", 1, "09/01/2026"),
    ]
    first, second = only(loaded(tmp_path, claims=claims, log=[LOG, ROW])).claim_lines
    cells = [cell_of(line, name) for line in (first, second) for name in ("hcpcs", "modifiers")]
    assert [cell and cell.rpartition(" ")[2] for cell in cells] == ["B2", "B2", "C3", "D3"]


def test_a_time_in_two_columns_is_the_time_of_day(tmp_path: Path) -> None:
    header = ("Encounter", "Drug", "Start Time", "Start Date", "Stop", "Route")
    log = [header, ("E1", "ceftriaxone", "08:00", "09/01/2026", DAY + "08:40", "IVPB")]
    (given,) = only(loaded(tmp_path, log=log)).administrations
    assert cell_of(given, "start") == "month.xlsx · log · C2"


def test_a_stay_of_two_rows_cites_each_fields_own(tmp_path: Path) -> None:
    one = [("Encounter", "Arrived At"), ("E1", DAY + "07:00")]
    other = [("Encounter", "Discharged At"), ("E1", DAY + "17:00")]
    sheets = {"claims": CLAIM, "log": [LOG, ROW], "in": one, "out": other}
    encounter = only(load([book(tmp_path / "a.xlsx", sheets)], PROFILE))
    assert cell_of(encounter, "arrived_at") == "a.xlsx · in · B2"
    assert cell_of(encounter, "discharged_at") == "a.xlsx · out · B2"
