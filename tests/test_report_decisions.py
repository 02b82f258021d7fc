"""Workbooks that people typed into: never overwritten, read back, and nothing dropped."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from typer.testing import Result

from auditor.report.decisions import FIELDS
from auditor.report.workbook.read_back import read_back
from tests.test_cli import CLAIMS, ENCOUNTERS, FORMULARY, MAR, ORDERS, auditor, book

HOSTILE = '=HYPERLINK("http://x","y")'
FIRST, SECOND, THIRD = "000123", "000124", "000125"


def rows_for(rows: list[list[Any]], *keys: str) -> list[list[Any]]:
    """The rows of one encounter, for each of ``keys``; claims and orders get their own ids."""
    at = rows[0].index("Encounter ID")
    copies = [rows[0]]
    for number, key in enumerate(keys):
        for row in rows[1:]:
            copy = list(row)
            copy[at] = key
            if at:
                copy[0] = f"{row[0]}{number}"
            copies.append(copy)
    return copies


class Month:
    """A month of exports whose infusions have no stop, but for those that were charted since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, out: str, *words: object, keys: tuple[str, ...], charted: Any = ()) -> Result:
        mar = rows_for(MAR, *keys)
        for row in mar[1:]:
            row[4] = row[4] if row[0] in charted else None
        files = [
            book(self.folder / f"{name}.xlsx", rows, name)
            for name, rows in (
                ("claims", rows_for(CLAIMS, *keys)),
                ("mar", mar),
                ("orders", rows_for(ORDERS, *keys)),
                ("encounters", rows_for(ENCOUNTERS, *keys)),
                ("formulary", FORMULARY),
            )
        ]
        zone = ("--timezone", "America/New_York")
        return auditor("run", *files, "--out", self.folder / out, *zone, *words)

    def book(self, out: str) -> Path:
        return self.folder / out / "audit.xlsx"


@pytest.fixture
def month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Month:
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # no PDF: these tests want the workbook
    return Month(tmp_path)


def table(path: Path, title: str) -> list[dict[str, Any]]:
    headers, *rows = load_workbook(path)[title].iter_rows(values_only=True)
    return [dict(zip(headers, row, strict=True)) for row in rows]


def finding(path: Path, key: str, check: str = "stop time") -> dict[str, Any]:
    found = [
        r for r in table(path, "Worklist") if r["Encounter"] == key and check in str(r["Check"])
    ]
    assert len(found) == 1, found
    return found[0]


def earlier(path: Path, **wanted: str) -> list[dict[str, Any]]:
    rows = table(path, "Earlier decisions")
    return [r for r in rows if all(r[k.replace("_", " ")] == v for k, v in wanted.items())]


def fill(path: Path, key: str, check: str = "stop time", **typed: Any) -> None:
    """Type into the columns of one finding, as a person would; ``_`` stands for a space."""
    workbook = load_workbook(path)
    sheet = workbook["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        told = str(sheet.cell(row, headers["Check"]).value)
        if sheet.cell(row, headers["Encounter"]).value == key and check in told:
            for name, value in typed.items():
                cell = sheet.cell(row, headers[name.replace("_", " ")])
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # text, whatever it begins with
    workbook.save(path)


# -- what somebody typed is never overwritten ------------------------------------------------------


def on(title: str, cell: str, value: object) -> Callable[[Workbook], None]:
    def type_it(workbook: Workbook) -> None:
        workbook[title][cell] = value

    return type_it


def comment(workbook: Workbook) -> None:
    workbook["Checks"]["A2"].comment = Comment("Ask the vendor.", "Ann")


def added_sheet(workbook: Workbook) -> None:
    workbook.create_sheet("Mine")["B3"] = "a list of my own"


def removed_row(workbook: Workbook) -> None:
    workbook["Claim lines"].delete_rows(2)


TYPED = [
    ("in a yellow column", on("Worklist", "W2", "seen"), "Worklist"),
    ("over a fact of the worklist", on("Worklist", "L2", "Nothing is wrong."), "Worklist"),
    ("on the summary", on("Summary", "C1", "for the board"), "Summary"),
    ("over a number", on("Claim lines", "E2", 7), "Claim lines"),
    ("beside a table", on("Timeline", "AA2", "see note"), "Timeline"),
    ("below a table", on("Checks", "A500", "later"), "Checks"),
    ("on a sheet of its own", added_sheet, "Mine"),
    ("as a comment", comment, "Checks"),
    ("a row was deleted", removed_row, "a row that was written is gone"),
]


@pytest.mark.parametrize(
    ("type_it", "where"), [pytest.param(how, where, id=name) for name, how, where in TYPED]
)
def test_whatever_was_typed_anywhere_stops_the_next_run(
    type_it: Callable[[Workbook], None], where: str, month: Month
) -> None:
    keys = (FIRST, SECOND)
    assert month.run("out", keys=keys).exit_code == 3
    assert month.run("out", keys=keys).exit_code == 3  # nothing was typed
    path = month.book("out")
    workbook = load_workbook(path)
    type_it(workbook)
    workbook.save(path)
    before = path.read_bytes()
    result = month.run("out", keys=keys)
    assert result.exit_code == 2
    assert f"holds what somebody typed ({where})" in result.output
    assert path.read_bytes() == before


def test_to_sort_is_not_to_type(month: Month) -> None:
    month.run("out", keys=(FIRST, SECOND))
    path = month.book("out")
    workbook = load_workbook(path)
    sheet = workbook["Worklist"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for row, values in zip(sheet.iter_rows(min_row=2), reversed(rows), strict=True):
        for cell, value in zip(row, values, strict=True):
            cell.value = value
    workbook.save(path)
    assert read_back(path).touched == ()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_to_save_in_libreoffice_is_not_to_type(month: Month) -> None:
    month.run("out", keys=(FIRST, SECOND))
    office = f"-env:UserInstallation=file://{month.folder}/office"
    convert = ("--convert-to", "xlsx", "--outdir", month.folder / "saved", month.book("out"))
    subprocess.run(["soffice", "--headless", office, *convert], check=True, capture_output=True)
    saved = read_back(month.book("saved"))
    assert saved.sealed
    assert saved.touched == ()
    assert len(saved.worklist) == len(table(month.book("out"), "Worklist"))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: b"not a workbook", "is damaged, or no .xlsx workbook"),
        (lambda content: content[: len(content) // 2], "is damaged, or no .xlsx workbook"),
        (
            lambda content: content.replace(b"PK\x01\x02", b"PK\x01\x03", 3),
            "is damaged",
        ),
    ],
    ids=["no workbook", "half of one", "a spoilt directory"],
)
def test_a_damaged_workbook_has_its_own_sentence(
    spoil: Callable[[bytes], bytes], says: str, month: Month
) -> None:
    month.run("out", keys=(FIRST,))
    path = month.book("out")
    path.write_bytes(spoil(path.read_bytes()))
    before = path.read_bytes()
    overwrite = month.run("out", keys=(FIRST,))
    read = month.run("new", "--decisions", path, keys=(FIRST,))
    for result in (overwrite, read):
        assert result.exit_code == 2
        assert says in result.output
    assert "It may hold what somebody typed" in overwrite.output
    assert path.read_bytes() == before
    assert not (month.folder / "new").exists()


def test_a_workbook_that_is_none_of_ours_is_refused(month: Month) -> None:
    path = book(month.folder / "mine.xlsx", [["a"]], "Sheet1")
    result = month.run("out", "--decisions", path, keys=(FIRST,))
    assert result.exit_code == 2
    assert "has no sheet Worklist" in result.output


# -- the round trip --------------------------------------------------------------------------------


def test_decisions_come_back_by_finding_and_stay_what_they_were(month: Month) -> None:
    keys = (FIRST, SECOND)
    month.run("one", keys=keys)
    fill(
        month.book("one"),
        SECOND,
        Auditor_decision="agree",
        Auditor="Ann",
        Decided_on=datetime(2026, 10, 5),
        Note=HOSTILE,
        Coder_response="perhaps",
        Due="next week",
    )
    result = month.run("two", "--decisions", month.book("one"), keys=(THIRD, *keys))
    assert "1 finding with decisions" in result.output
    assert "Kept as typed: 2 cells outside the drop-downs" in result.output
    path = month.book("two")
    row = finding(path, SECOND)
    assert row["Since last audit"] == "as before"
    assert [row[field.header] for field in FIELDS] == [
        *("agree", None, "Ann", datetime(2026, 10, 5), "perhaps", HOSTILE),
        *(None, None, None, None, "next week", None),
    ]
    assert finding(path, THIRD)["Since last audit"] == "new"
    assert finding(path, FIRST)["Auditor decision"] is None
    (kept,) = earlier(path, Finding=row["Finding"])
    assert kept["What became of it"] == "carried"
    assert kept["Where it stood"].startswith("one/audit.xlsx · Worklist · row ")
    assert "outside the drop-down: Coder response and Due" in kept["Remark"]
    cells = [cell for sheet in load_workbook(path) for r in sheet.iter_rows() for cell in r]
    typed = [cell for cell in cells if cell.value == HOSTILE]
    assert len(typed) == 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in typed)
    manifest = json.loads((month.folder / "two" / "manifest.json").read_text(encoding="utf-8"))
    assert [file["file"] for file in manifest["decisions"]] == ["audit.xlsx"]
    again = month.run("two", keys=keys)
    assert again.exit_code == 2  # it holds what was carried


def test_what_a_person_marks_stays_open_to_people(month: Month) -> None:
    month.run("one", keys=(FIRST,))
    fill(month.book("one"), FIRST, Coder_response="perhaps", Auditor_decision="agree")
    month.run("two", "--decisions", month.book("one"), keys=(FIRST,))
    sheet = load_workbook(month.book("two"))["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    cells = [sheet.cell(2, headers[field.header]) for field in FIELDS]
    assert not any(cell.protection.locked for cell in cells)


def test_new_changed_and_gone_findings_are_told_apart(month: Month) -> None:
    month.run("one", keys=(FIRST, SECOND))
    for key in (FIRST, SECOND):
        fill(month.book("one"), key, Note=f"of {key}")
    path = month.book("one")
    workbook = load_workbook(path)  # an earlier audit said it otherwise
    sheet = workbook["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    rows = [r for r in range(2, sheet.max_row + 1) if sheet.cell(r, headers["Note"]).value]
    (first,) = (r for r in rows if sheet.cell(r, headers["Encounter"]).value == FIRST)
    sheet.cell(first, headers["Finding in words"]).value = "It was said otherwise."
    workbook.save(path)
    result = month.run("two", "--decisions", path, keys=(FIRST, SECOND, THIRD), charted={SECOND})
    assert "1 changed" in result.output
    new = month.book("two")
    assert finding(new, FIRST)["Since last audit"] == "changed: sentence"
    assert finding(new, FIRST)["Note"] == f"of {FIRST}"
    assert finding(new, THIRD)["Since last audit"] == "new"
    (gone,) = earlier(new, What_became_of_it="gone", Note=f"of {SECOND}")
    assert gone["Encounter"] == SECOND
    assert gone["Finding in words"]
    (changed,) = earlier(new, Note=f"of {FIRST}")
    assert changed["Finding in words"] == "It was said otherwise."
    assert changed["Remark"] == "finding changed: sentence"


def test_a_decision_comes_back_with_its_finding(month: Month) -> None:
    month.run("one", keys=(FIRST, SECOND))
    fill(month.book("one"), SECOND, Auditor_decision="disagree")
    gone = month.run(
        "two", "--decisions", month.book("one"), keys=(FIRST, SECOND), charted={SECOND}
    )
    assert "gone" in gone.output
    month.run("three", "--decisions", month.book("two"), keys=(FIRST,))  # gone again
    (kept,) = earlier(month.book("three"), Auditor_decision="disagree")
    assert kept["Where it stood"].startswith("one/audit.xlsx")
    month.run("four", "--decisions", month.book("three"), keys=(FIRST, SECOND))
    assert finding(month.book("four"), SECOND)["Auditor decision"] == "disagree"


def test_conflicts_are_listed_until_somebody_settles_them(month: Month) -> None:
    month.run("one", keys=(FIRST,))
    month.run("ann", keys=(FIRST,))
    shutil.copytree(month.folder / "one", month.folder / "bob")
    fill(month.book("ann"), FIRST, Auditor_decision="agree", Auditor="Ann", Root_cause="coding")
    fill(month.book("bob"), FIRST, Auditor_decision="disagree", Root_cause="Coding ")
    both = ("--decisions", month.book("ann"), "--decisions", month.book("bob"))
    result = month.run("two", *both, keys=(FIRST,))
    assert "the workbooks differ on 1 finding" in result.output
    row = finding(month.book("two"), FIRST)
    assert row["Since last audit"] == "as before; conflict: Auditor decision"
    assert (row["Auditor decision"], row["Auditor"], row["Root cause"]) == (None, "Ann", "coding")
    kept = earlier(month.book("two"), What_became_of_it="conflict: Auditor decision")
    assert [(r["Auditor decision"], r["Where it stood"].split("/")[0]) for r in kept] == [
        ("agree", "ann"),
        ("disagree", "bob"),
    ]
    month.run("three", "--decisions", month.book("two"), keys=(FIRST,))  # nobody settled it
    assert "conflict" in finding(month.book("three"), FIRST)["Since last audit"]
    fill(month.book("three"), FIRST, Auditor_decision="agree")
    month.run("four", "--decisions", month.book("three"), keys=(FIRST,))
    row = finding(month.book("four"), FIRST)
    assert (row["Since last audit"], row["Auditor decision"]) == ("as before", "agree")
    kept = earlier(month.book("four"), Finding=row["Finding"])
    assert {(r["Auditor decision"], r["What became of it"]) for r in kept} >= {
        ("agree", "carried"),
        ("disagree", "replaced"),
    }


def test_what_was_typed_elsewhere_is_kept_with_its_cell(month: Month) -> None:
    month.run("one", keys=(FIRST,))
    path = month.book("one")
    workbook = load_workbook(path)
    workbook["Summary"]["D2"] = "for the board"
    workbook["Timeline"]["AA2"] = HOSTILE
    workbook["Claim lines"]["E2"] = 7
    comment(workbook)
    added_sheet(workbook)
    workbook.save(path)
    assert (
        "Typed beside the yellow columns: 5 rows"
        in month.run("two", "--decisions", path, keys=(FIRST,)).output
    )
    for out in ("two", "three"):
        kept = {
            row["Where it stood"]: row["Typed elsewhere"]
            for row in earlier(month.book(out), What_became_of_it="typed elsewhere")
        }
        assert kept.pop("one/audit.xlsx · Claim lines · row 2").count("E: 7") == 1
        assert kept == {
            "one/audit.xlsx · Summary · D2": "for the board",
            "one/audit.xlsx · Timeline · AA2": HOSTILE,
            "one/audit.xlsx · Checks · A2": "Comment: Ask the vendor.",
            "one/audit.xlsx · Mine · B3": "a list of my own",
        }
        month.run("three", "--decisions", month.book("two"), keys=(FIRST,))


def test_a_row_without_its_id_and_a_column_of_ones_own_are_kept(month: Month) -> None:
    month.run("one", keys=(FIRST,))
    path = month.book("one")
    workbook = load_workbook(path)
    sheet = workbook["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    last = sheet.max_row + 1
    sheet.cell(last, headers["Note"]).value = "a row of my own"
    sheet.cell(1, sheet.max_column + 1).value = "Priority"
    sheet.cell(2, sheet.max_column).value = "first"
    workbook.save(path)
    month.run("two", "--decisions", path, keys=(FIRST,))
    (kept,) = earlier(month.book("two"), What_became_of_it="no finding")
    assert kept["Note"] == "a row of my own"
    typed = {
        r["Typed elsewhere"]
        for r in earlier(month.book("two"), What_became_of_it="typed elsewhere")
    }
    assert typed == {"Priority", "first"}


def test_a_cell_at_midnight_is_a_day_and_a_workbook_without_its_seal_says_so(month: Month) -> None:
    month.run("one", keys=(FIRST,))
    path = month.book("one")
    fill(path, FIRST, Due=datetime(2026, 12, 1), Closed=datetime(2026, 12, 1, 9, 30))
    workbook = load_workbook(path)
    del workbook["Seal"]
    workbook.save(path)
    filled = read_back(path)
    (row,) = (r for r in filled.worklist if r.typed)
    assert row.typed == {"Due": date(2026, 12, 1), "Closed": datetime(2026, 12, 1, 9, 30)}
    assert not filled.sealed
    result = month.run("two", "--decisions", path, keys=(FIRST,))
    assert "one/audit.xlsx has no seal" in result.output


def test_nothing_of_a_patient_reaches_the_terminal(month: Month) -> None:
    month.run("one", keys=(FIRST,))
    fill(month.book("one"), FIRST, Note="Mrs. Doe called", Auditor_decision="perhaps")
    result = month.run("two", "--decisions", month.book("one"), keys=(FIRST,))
    assert FIRST not in result.output
    assert "Doe" not in result.output
