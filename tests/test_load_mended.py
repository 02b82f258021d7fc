"""Rejected rows given out, mended by a person, and given back: the audit is as if nothing had been.

The lists are written and read by the program itself; a person's part is played by openpyxl.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loading import CLAIM, LOG, PROFILE, book, only, text
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter
from standards import claim, interchange, service, subscriber
from typer.testing import CliRunner

import checks
from auditor.check import discover
from auditor.cli import app
from auditor.load import InputError, Loaded, Profile, load, load_profile
from auditor.load.ledger import MEND_COLUMNS
from auditor.policy import Policy
from auditor.report import DecisionsError
from auditor.report.data import finding_texts, write_findings
from auditor.report.workbook.rows_to_mend import was_typed_into, write_rows_to_mend
from auditor.resources import resource
from auditor.run import run
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store

SAMPLE = resource("sample_data")
BEFORE = len(MEND_COLUMNS)


def given_out(loaded: Loaded, path: Path) -> Path:
    with path.open("wb") as file:
        write_rows_to_mend(file, loaded.ledger.to_mend)
    return path


def again(files: list[Path], mended: Path, profile: Profile = PROFILE) -> Loaded:
    return load(files, profile, mended={mended: mended.read_bytes()})


def lists(workbook: Any) -> list[Any]:
    """The sheets that hold rows to mend."""
    return [sheet for sheet in workbook.worksheets if sheet["A1"].value == MEND_COLUMNS[0]]


def rows_in(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """The rows to mend by file and row: what is wrong, and the cells by letter of the export."""
    found = {}
    for sheet in lists(load_workbook(path)):
        header, *rows = sheet.iter_rows(values_only=True)
        letters = [str(text).partition(":")[0] for text in header[BEFORE:]]
        for row in rows:
            cells = dict(zip(letters, row[BEFORE:], strict=True))
            found[row[0], row[2]] = {"": row[3], **cells}
    return found


def mend(path: Path, right: Callable[[str, str, int, str], Any]) -> None:
    """Put into each yellow cell what ``right`` says of its file, sheet, row and column."""
    workbook = load_workbook(path)
    for sheet in lists(workbook):
        for row in sheet.iter_rows(min_row=2):
            for cell in row[BEFORE:]:
                if cell.style == "open text fault":
                    column = get_column_letter(cell.column - BEFORE)
                    cell.value = right(row[0].value, row[1].value, row[2].value, column)
    workbook.save(path)


# ── the round trip ────────────────────────────────────────────────────────────────────────────

DAMAGE = {  # by file: the first row of data, and what is written into a column of every 150th row
    "claims.xlsx": (6, {"H": "infusion", "L": "one", "K": "31/31/2024"}),
    "mar.xlsx": (5, {"E": "soon", "G": None, "L": "fast", "N": "a bag"}),
    "infusion_clinic_mar.xlsx": (2, {"I": "8 o'clock", "J": "later"}),
    "encounters.xlsx": (4, {"D": "noon", "J": "at night"}),
    "orders.xlsx": (2, {"D": "before"}),
}


def findings(loaded: Loaded, out: Path) -> str:
    tables = tables_for(loaded.encounters, Store(SAMPLE / "none"))
    encounters = [attach(encounter, tables) for encounter in loaded.encounters]
    audit = run(encounters, discover(checks), Policy(), loaded.supplied)
    write_findings(out, finding_texts(audit, ()))
    return out.read_text(encoding="utf-8")


def row_by_row(found: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each line without its lists of rows, such as ``f · S · rows 3, 4``; and those row by row."""
    listed = re.compile(r"([^;,\"\n]+ · [^;,\"\n]+) · rows? (\d+(?:, \d+)*)")
    return [
        (
            re.sub('[;" ]', "", listed.sub("", line)),
            sorted((s.strip(), n) for s, rows in listed.findall(line) for n in rows.split(", ")),
        )
        for line in found.splitlines()
    ]


def damaged(folder: Path) -> dict[tuple[str, int, str], Any]:
    """Damage copies of the sample; what the cells said before."""
    was = {}
    for name, (first, columns) in DAMAGE.items():
        workbook = load_workbook(SAMPLE / name)
        (sheet,) = workbook.worksheets
        wrong = list(columns.items())
        for number, row in enumerate(range(first, sheet.max_row + 1, 150)):
            column, text = wrong[number % len(wrong)]
            was[name, row, column] = sheet[f"{column}{row}"].value
            sheet[f"{column}{row}"].value = text
        workbook.save(folder / name)
    return was


def test_mended_rows_give_the_findings_of_the_undamaged_month(tmp_path: Path) -> None:
    sources = sorted(SAMPLE.glob("*.xlsx"))
    for source in sources:
        shutil.copy(source, tmp_path)
    was = damaged(tmp_path)
    files = [tmp_path / source.name for source in sources]
    profile = load_profile(SAMPLE / "hospital.toml")
    undamaged, broken = load(sources, profile), load(files, profile)
    expected = findings(undamaged, tmp_path / "expected.csv")
    assert findings(broken, tmp_path / "broken.csv") != expected

    listed = given_out(broken, tmp_path / "list.xlsx")
    own = {(row.file, row.row) for row in undamaged.ledger.rows if row.mendable}
    before = set(rows_in(listed))
    wrong = {(file, row) for file, row, _ in was}
    assert before >= own | wrong  # and the lines that no visit fits without them
    original = {name: load_workbook(SAMPLE / name).worksheets[0] for name in DAMAGE}
    mend(listed, lambda file, _, row, column: original[file][f"{column}{row}"].value)
    workbook = load_workbook(listed)

    mended = again(files, listed, profile)
    found = findings(mended, tmp_path / "found.csv")
    places = {
        f"list.xlsx · {sheet.title} · ": (row[0].value, row[1].value)
        for sheet in lists(workbook)
        for row in sheet.iter_rows(min_row=2, max_row=2)
    }
    numbers = {
        (sheet.title, row[2].row): row[2].value
        for sheet in lists(workbook)
        for row in sheet.iter_rows(min_row=2)
    }

    def at_home(found: re.Match[str]) -> str:
        title, word, column, row = found.groups()
        file, sheet = places[f"list.xlsx · {title} · "]
        letter = get_column_letter(column_index_from_string(column) - BEFORE) if column else ""
        return f"{file} · {sheet} · {word or ''}{letter}{numbers[title, int(row)]}"

    address = re.compile(r"list\.xlsx · ([^·]+) · (row )?([A-Z]*)(\d+)")
    assert row_by_row(address.sub(at_home, found)) == row_by_row(expected)
    assert "list.xlsx" in found

    fates = {(row.file, row.row): row for row in mended.ledger.rows}
    assert {place for place, row in fates.items() if row.mendable} == own
    for place in wrong:
        assert fates[place].disposition == "superseded"
        assert fates[place].reason.startswith("mended by list.xlsx · ")
    for sheet in mended.ledger.sheets:
        assert sheet.rows_read == sheet.used + sheet.superseded + sheet.rejected
    used = [sheet.used for sheet in mended.ledger.sheets if sheet.file == "list.xlsx"]
    assert sum(used) == len(wrong)
    assert sum(s.used for s in mended.ledger.sheets) == sum(s.used for s in undamaged.ledger.sheets)


# ── the list ──────────────────────────────────────────────────────────────────────────────────

BAD = ("E1", "ceftriaxone", "9/1/2026 8:00", "later", "IVPB")
GOOD = ("E1", "ondansetron", "9/1/2026 9:00", "9/1/2026 9:40", "IVPB")


def month(folder: Path, *log: tuple[Any, ...], name: str = "month.xlsx") -> list[Path]:
    return [book(folder / name, {"claims": CLAIM, "log": [LOG, *log]})]


def drugs(loaded: Loaded) -> list[str]:
    return sorted(str(a.drug) for a in only(loaded).administrations)


def test_all_faults_of_a_row_are_listed_at_once_by_cell(tmp_path: Path) -> None:
    log = text(tmp_path / "log.csv", [LOG, ("E1", "=1+1", "soon", "later", "IVPB"), GOOD])
    files = [book(tmp_path / "claims.xlsx", {"claims": CLAIM}), log]
    listed = given_out(load(files, PROFILE), tmp_path / "list.xlsx")
    assert rows_in(listed) == {
        ("log.csv", 2): {
            "": "C: cannot be read as a date and time (“Start”). Write it as MM/DD/YYYY HH:MM.\n"
            "D: cannot be read as a date and time (“Stop”). Write it as MM/DD/YYYY HH:MM.",
            **{"A": "E1", "B": "=1+1", "C": "soon", "D": "later", "E": "IVPB"},
        }
    }
    sheet = load_workbook(listed)["log.csv"]
    assert [cell.style for cell in sheet[2][BEFORE:]] == [
        "open text", "open text", "open text fault", "open text fault", "open text"
    ]  # fmt: skip
    assert {cell.number_format for cell in sheet[2][BEFORE:]} == {"@"}
    assert sheet[2][BEFORE + 1].data_type == "s"


def test_only_rows_that_other_cells_would_mend_are_listed(tmp_path: Path) -> None:
    mar = [
        ("Encounter", "Order ID", "Drug", "Time", "Action"),
        ("E1", "O1", "saline", "9/13/2026 8:00", "Xyz"),
    ]
    claims = [CLAIM[0], (*CLAIM[1][:-1], "09/13/2026")]
    ambiguous = [LOG, ("E1", "ceftriaxone", "3/4/2026 8:00", "3/4/2026 9:00", "IVPB")]
    totals = [LOG, (*GOOD[:3], "9/13/2026 9:40", "IVPB"), ("Total", 1)]
    sheets = {"claims": claims, "mar": mar, "ambiguous": ambiguous, "totals": totals}
    files = [book(tmp_path / "month.xlsx", sheets)]
    loaded = load(files, PROFILE.model_copy(update={"day_first": None}))
    assert {(row.sheet, row.disposition) for row in loaded.ledger.rows} == {
        ("mar", "rejected"), ("ambiguous", "rejected"), ("totals", "rejected")
    }  # fmt: skip
    assert loaded.ledger.to_mend == ()


def test_a_row_left_as_it_is_stays_rejected_without_a_word(tmp_path: Path) -> None:
    files = month(tmp_path, BAD, GOOD)
    first = load(files, PROFILE)
    listed = given_out(first, tmp_path / "list.xlsx")
    second = again(files, listed)
    assert second.ledger == first.ledger


def test_what_is_still_wrong_comes_back_beside_what_is_mended(tmp_path: Path) -> None:
    files = month(tmp_path, BAD, (*BAD[:1], "cefazolin", *BAD[2:]), GOOD)
    listed = given_out(load(files, PROFILE), tmp_path / "list.xlsx")
    right = {2: "9/1/2026 8:40", 3: "never"}
    mend(listed, lambda file, sheet, row, column: right[row])
    second = again(files, listed)
    assert drugs(second) == ["ceftriaxone", "ondansetron"]
    assert [(row.file, row.column, row.row, row.value, row.disposition)
            for row in second.ledger.rows] == [
        ("month.xlsx", None, 2, None, "superseded"),
        ("month.xlsx", None, 3, None, "superseded"),
        ("list.xlsx", "I", 3, "never", "rejected"),
    ]  # fmt: skip
    assert second.ledger.problems[:1] == (
        "list.xlsx · log: 2 mended rows take the place of their own in the export.",
    )
    last = given_out(second, tmp_path / "last.xlsx")
    assert {row: cells[""].partition(".")[0] for (_, row), cells in rows_in(last).items()} == {
        2: "Mended: nothing is wrong with it any more",
        3: "D: cannot be read as a date and time (“Stop”)",
    }
    mend(last, lambda *_: "9/1/2026 8:50")
    assert drugs(again(files, last)) == ["cefazolin", "ceftriaxone", "ondansetron"]


def test_a_list_has_no_more_rows_than_a_person_mends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.load.mended.MOST_TO_MEND", 2)
    monkeypatch.setattr("auditor.load.ledger.MOST_TO_MEND", 2)
    header = (*LOG, "Volume")
    bad = [("E1", f"drug {n}", f"9/1/2026 {n}:00", f"9/1/2026 {n}:30", "IVPB", "a bag")
           for n in range(5)]  # fmt: skip
    files = [book(tmp_path / "month.xlsx", {"claims": CLAIM, "log": [header, *bad]})]
    loaded = load(files, PROFILE)
    said = "month.xlsx · log: the list of rows to mend has the first {} of 5; so many are better "
    for first in (2, 4, 5):
        listed = given_out(loaded, tmp_path / f"{first}.xlsx")
        assert [row for _, row in sorted(rows_in(listed))] == list(range(2, 2 + first))
        assert any(p.startswith(said.format(first)) for p in loaded.ledger.problems) == (first < 5)
        mend(listed, lambda *_: "50")
        loaded = again(files, listed)
        volumes = [a.volume for a in only(loaded).administrations]
        assert volumes.count(None) == 5 - first


MEND = "mended rows not used, because"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: month(folder, BAD, GOOD, name="other.xlsx"),
         f"{MEND} the file and sheet of the row that each mends are not among those given: give "
         "the files of the earlier audit, under the same names"),
        (lambda folder: month(folder, GOOD, BAD),
         f"{MEND} the row that each mends is not the one that was given out: the export has "
         "changed: mend it in the list of rows to mend that this audit wrote"),
        (lambda folder: month(folder, ("E1", "ceftriaxone", *GOOD[2:]), GOOD),
         f"{MEND} the row that each mends is not the one that was given out: the export has "
         "changed: mend it in the list of rows to mend that this audit wrote"),
    ],
)  # fmt: skip
def test_a_mended_row_without_its_original_is_said(
    tmp_path: Path, change: Callable[[Path], list[Path]], says: str
) -> None:
    listed = given_out(load(month(tmp_path, BAD, GOOD), PROFILE), tmp_path / "list.xlsx")
    mend(listed, lambda *_: "9/1/2026 8:41")
    second = again(change(tmp_path), listed)
    assert f"list.xlsx · log: {says} (1 in all, first at row 2)." in second.ledger.problems
    (row,) = (row for row in second.ledger.rows if row.file == "list.xlsx")
    assert (row.row, row.disposition, row.reason) == (
        2, "rejected", f"was not used: {says.removeprefix(f'{MEND} ').rpartition(':')[0]}"
    )  # fmt: skip


def test_a_mended_row_whose_original_is_no_longer_rejected_is_said(tmp_path: Path) -> None:
    claims = [CLAIM[0], ("C1", None, 1, "96365", 1, "09/01/2026"), *CLAIM[1:]]
    files = [book(tmp_path / "month.xlsx", {"claims": [("MRN", *claims[0]),
             ("P1", *claims[1]), ("P9", *claims[2])], "log": [LOG, GOOD]})]  # fmt: skip
    listed = given_out(load(files, PROFILE), tmp_path / "list.xlsx")
    workbook = load_workbook(listed)
    workbook["claims"].cell(2, BEFORE + 3).value = "E1"
    workbook.save(listed)
    tie = [("Encounter", "MRN"), ("E1", "P1")]
    crosswalk = book(tmp_path / "crosswalk.xlsx", {"crosswalk": tie})
    second = again([*files, crosswalk], listed)
    (problem,) = (p for p in second.ledger.problems if p.startswith("list.xlsx"))
    assert problem == (
        "list.xlsx · claims: mended rows not used, because the row that each mends can be "
        "read as it is: none: the export itself is used (1 in all, first at row 2)."
    )


def test_two_lists_that_mend_one_row_otherwise(tmp_path: Path) -> None:
    files = month(tmp_path, BAD, GOOD)
    both = [given_out(load(files, PROFILE), tmp_path / f"{name}.xlsx") for name in "ab"]
    for path, minute in zip(both, (40, 50), strict=True):
        mend(path, lambda *_, minute=minute: f"9/1/2026 8:{minute}")
    second = load(files, PROFILE, mended={path: path.read_bytes() for path in both})
    (administration,) = (a for a in only(second).administrations if a.drug == "ceftriaxone")
    assert f"{administration.stop:%H:%M}" == "08:40"
    assert any("an earlier one mends the same row otherwise" in p for p in second.ledger.problems)


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    files = month(tmp_path, GOOD)
    with pytest.raises(InputError, match=r"month\.xlsx: has no row to mend"):
        again(files, files[0])


def test_a_row_of_a_standard_is_mended_like_any_other(tmp_path: Path) -> None:
    log = book(tmp_path / "log.xlsx", {"log": [LOG, ("A1", *GOOD[1:])]})
    claims = tmp_path / "claims.837"
    claims.write_text(interchange(subscriber(claim("A1", service("96365"), service("96366", "x")))))
    first = load([claims, log], PROFILE)
    (row,) = first.ledger.rows
    assert (row.disposition, row.value) == ("rejected", "x")
    listed = given_out(first, tmp_path / "list.xlsx")
    mend(listed, lambda *_: "2")
    lines = only(again([claims, log], listed), "A1").claim_lines
    assert [(line.hcpcs, line.units) for line in lines] == [("96365", 1), ("96366", 2)]


def auditor(folder: Path, command: str, *words: object) -> Any:
    profile = folder / "month.toml"
    profile.write_text('timezone = "America/New_York"\nday_first = false\n')
    said = [command, folder / "month.xlsx", "--profile", profile, "--out", *words]
    return CliRunner().invoke(app, [str(word) for word in said])


def test_the_command_gives_the_list_out_and_takes_it_back(tmp_path: Path) -> None:
    month(tmp_path, BAD, GOOD)
    first = auditor(tmp_path, "run", tmp_path / "first")
    listed = tmp_path / "first" / "rows_to_mend.xlsx"
    assert (
        f"1 row with a cell that cannot be used: correct the yellow cells in {listed}"
        in first.stdout
    )
    mend(listed, lambda *_: "9/1/2026 8:40")
    over = auditor(tmp_path, "run", tmp_path / "first", "--mended", listed)
    assert over.exit_code == 2
    assert f"{listed} holds what somebody typed" in over.stderr
    second = auditor(tmp_path, "run", tmp_path / "second", "--mended", listed)
    assert "rows_to_mend.xlsx · log: 1 mended row takes the place of its own" in (second.stdout)
    assert "correct the yellow cells" not in second.stdout
    manifest = json.loads((tmp_path / "second" / "manifest.json").read_text(encoding="utf-8"))
    assert [one["file"] for one in manifest["inputs"]] == ["month.xlsx", "rows_to_mend.xlsx"]
    assert rows_in(tmp_path / "second" / "rows_to_mend.xlsx").keys() == {("month.xlsx", 2)}


def test_data_alone_knows_what_became_of_a_mended_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month(tmp_path, (*BAD[:3], "9/1/2026 8:40", "IVPB"), GOOD, BAD)
    auditor(tmp_path, "run", tmp_path / "first")
    listed = tmp_path / "first" / "rows_to_mend.xlsx"
    mend(listed, lambda *_: "9/1/2026 8:40")  # what an earlier row says, which it repeats
    auditor(tmp_path, "run", tmp_path / "whole", "--mended", listed)
    monkeypatch.setattr("auditor.audit_rows.MANY", 0)
    monkeypatch.setattr("auditor.judge.FEW", 0)
    auditor(tmp_path, "run", tmp_path / "data", "--mended", listed, "--data-only")
    for name in ("findings.csv", "corrected_lines.csv", "audit.json"):
        one, other = ((tmp_path / out / name).read_bytes() for out in ("whole", "data"))
        assert one == other
    fates = {one["file"]: one["superseded"] for one in json.loads(other)["ledger"]}
    assert fates == {"month.xlsx": 1, "rows_to_mend.xlsx": 1}


def test_a_protected_list_opens_with_the_password_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month(tmp_path, BAD, GOOD)
    monkeypatch.setenv("INFUSION_AUDITOR_PASSWORD", "correct horse")
    assert auditor(tmp_path, "run", tmp_path / "out").exit_code in (1, 3)  # no column for a check
    listed = tmp_path / "out" / "rows_to_mend.xlsx"
    assert auditor(tmp_path, "code", tmp_path / "1.csv", "--mended", listed).exit_code == 0
    monkeypatch.delenv("INFUSION_AUDITOR_PASSWORD")
    refused = auditor(tmp_path, "code", tmp_path / "2.csv", "--mended", listed)
    assert refused.exit_code == 2
    assert "is protected by a password" in refused.stderr


def test_a_list_among_the_files_is_known_for_what_it_is(tmp_path: Path) -> None:
    files = month(tmp_path, BAD, GOOD)
    listed = given_out(load(files, PROFILE), tmp_path / "list.xlsx")
    (problem,) = (p for p in load([*files, listed], PROFILE).ledger.problems if "· log: is" in p)
    assert problem == (
        "list.xlsx · log: is a list of rows to mend; give it with --mended, beside the files that "
        "it is of."
    )


def test_the_list_knows_whether_somebody_typed_into_it(tmp_path: Path) -> None:
    listed = given_out(load(month(tmp_path, BAD, GOOD), PROFILE), tmp_path / "list.xlsx")
    assert not was_typed_into(listed, None)
    mend(listed, lambda *_: "later")
    assert not was_typed_into(listed, None)
    mend(listed, lambda *_: "9/1/2026 8:41")
    assert was_typed_into(listed, None)
    listed.write_bytes(b"PK\x03\x04")
    with pytest.raises(DecisionsError):
        was_typed_into(listed, None)


def test_a_mended_row_is_read_as_its_export_is(tmp_path: Path) -> None:
    """A date that can be read both ways is read as the other rows of the export show."""
    profile = PROFILE.model_copy(update={"day_first": None})
    claims = [CLAIM[0], (*CLAIM[1][:-1], "04/13/2026")]
    log = [LOG, ("E1", "a", "3/4/2026 8:00", "x", "IVPB"),
           ("E1", "b", "20/4/2026 8:00", "20/4/2026 9:00", "IVPB")]  # fmt: skip
    files = [book(tmp_path / "month.xlsx", {"claims": claims, "log": log})]
    listed = given_out(load(files, profile), tmp_path / "list.xlsx")
    assert {number for _, number in rows_in(listed)} == {2}
    mend(listed, lambda *_: "3/4/2026 8:40")
    mended, _ = only(again(files, listed, profile)).administrations
    assert f"{mended.start:%d %B %H:%M} {mended.stop:%H:%M}" == "03 April 08:00 08:40"
    assert mended.sources[0].cell("stop") == "list.xlsx · log · I2"


def test_a_merged_patient_cell_and_a_mended_one(tmp_path: Path) -> None:
    path = book(tmp_path / "month.xlsx", {"claims": CLAIM, "log": [
        LOG, ("E1", "a", "9/1/2026 8:00", "x", "IVPB"), (None, "b", *GOOD[2:]),
        (None, "c", "9/1/2026 8:00", "y", "IVPB"),
    ]})  # fmt: skip
    workbook = load_workbook(path)
    workbook["log"].merge_cells("A2:A4")
    workbook.save(path)
    listed = given_out(load([path], PROFILE), tmp_path / "list.xlsx")
    assert {row: cells["A"] for (_, row), cells in rows_in(listed).items()} == {2: "E1", 4: "E1"}
    mend(listed, lambda *_: "9/1/2026 8:40")
    assert drugs(again([path], listed)) == ["a", "b", "c"]
