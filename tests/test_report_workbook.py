"""The workbook as a spreadsheet program opens it."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from report_fixtures import (
    CHECKS,
    MAR,
    MODIFIER,
    SUPPLIED,
    a_check,
    a_ledger,
    audit_of,
    billed,
    encounter,
    given,
    plain_month,
    saline,
    supports_of,
)

import checks
from auditor import Cure, Evidence, Verdict, deficient
from auditor.check import discover
from auditor.coding import supported
from auditor.load.ledger import LedgerRow
from auditor.load.vocabulary import kinds
from auditor.record import Source
from auditor.report.case import cases_of
from auditor.report.received import field_words, kind_words, remedy_of
from auditor.report.summary import summarise
from auditor.report.workbook import write_workbook
from auditor.report.workbook.column import Column, Plan
from auditor.report.workbook.seal import Seal
from auditor.report.workbook.sheet import Sheet
from auditor.report.workbook.styles import new_workbook
from auditor.run import Audit
from tests.cases import EVERY_FIELD

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TABLES = (
    *("Worklist", "Claim lines", "Corrected lines", "Timeline", "Checks", "Problem codes"),
    *("Form gaps", "Drugs to classify", "Missed charges", "Rows not used", "Earlier decisions"),
)


def opened(audit: Audit, folder: Path) -> Workbook:
    cases = cases_of(audit, supports_of(audit))
    ledger = a_ledger()
    write_workbook(folder / "a.xlsx", audit, summarise(audit, cases, ledger), cases, ledger)
    return load_workbook(folder / "a.xlsx")


def table(sheet: Any) -> list[dict[str, Any]]:
    headers, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(headers, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return opened(audit_of(*plain_month()), tmp_path_factory.mktemp("book"))


def test_the_sheets_in_their_order(book: Workbook) -> None:
    assert book.sheetnames == [
        "Summary",
        "Worklist",
        "Claim lines",
        "Money",
        "Corrected lines",
        "Timeline",
        "Checks",
        "Trend",
        "Problem codes",
        "Pivots",
        "Form gaps",
        "Drugs to classify",
        "Missed charges",
        "Data quality",
        "Rows not used",
        "Accuracy",
        "Earlier decisions",
        "Dictionary",
        "Seal",
    ]


def test_the_worklist_has_a_row_a_finding_gravest_first(book: Workbook) -> None:
    rows = table(book["Worklist"])
    assert [(r["Result"], r["Severity"], r["Encounter"], r["Responsible"]) for r in rows] == [
        ("deficient", "high", "E-1", "nursing"),
        ("deficient", "high", "E-2", "nursing"),
        ("deficient", "medium", "E-1", "coding"),
        ("undetermined", "medium", "E-3", "coding"),
    ]
    first = rows[0]
    assert first["Finding in words"] == "No stop time is charted for vancomycin."
    assert first["Evidence"] == "stop: blank [mar.xlsx · MAR · G2]"
    assert first["Source rows"].startswith("mar.xlsx · MAR · row 2; claims.xlsx · rows 2, 3")
    assert first["Authority"] == "Claims Processing Manual, chapter 4"
    assert table(book["Checks"])[0]["Authority"] == (
        "Claims Processing Manual, chapter 4, section 230.2 (effective 2009-03-13)"
    )


def test_facts_are_locked_and_people_have_their_columns(book: Workbook) -> None:
    sheet = book["Worklist"]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.autoFilter  # that is: filtering is allowed
    locked = {cell.value: sheet.cell(2, cell.column).protection.locked for cell in sheet[1]}
    opened = [header for header, shut in locked.items() if not shut]
    assert opened == [
        "Auditor decision",
        "Review outcome",
        "Auditor",
        "Decided on",
        "Coder response",
        "Note",
        "Manager ruling",
        "Root cause",
        "Education",
        "Rebill or refund",
        "Due",
        "Closed",
    ]
    lists = {
        sheet.cell(1, next(iter(rule.sqref.ranges)).min_col).value: rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    assert lists["Auditor decision"] == '"agree,disagree,needs record,not applicable"'
    assert lists["Review outcome"] == '"accepted,corrected,partially denied,denied in full"'
    assert all(len(choices) < 255 for choices in lists.values())  # Excel's limit


def test_links_lead_to_the_encounter(book: Workbook) -> None:
    sheet = book["Worklist"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        key = sheet.cell(row, headers["Encounter"]).value
        for header, target in (("Encounter", "Claim lines"), ("Timeline", "Timeline")):
            title, _, place = str(sheet.cell(row, headers[header]).hyperlink.location).partition(
                "!"
            )
            assert title == f"'{target}'"
            at = int(place.removeprefix("A"))
            assert book[target].cell(at, 1).value == key
            assert book[target].cell(at - 1, 1).value != key


def test_billed_stands_beside_supported(book: Workbook) -> None:
    rows = [r for r in table(book["Claim lines"]) if r["Encounter"] == "E-2"]
    assert [
        (r["Code"], r["Billed"], r["Supported"], r["Billed less supported"], r["Difference"])
        for r in rows
    ] == [
        ("96365", 2, 0, 2, "over by 2"),
        ("96374", 0, 1, -1, "billed as 96375"),
        ("96375", 1, 0, 1, "instead of 96374"),
        ("J2405", None, None, None, "not compared"),
    ]
    assert all(r["Cause"] for r in rows[:3])


def test_what_to_do_with_each_claim_line(book: Workbook) -> None:
    rows = [r for r in table(book["Corrected lines"]) if r["Encounter"] == "E-2"]
    assert [(r["Line"], r["Billed as"], r["What to do"], r["Correct now"]) for r in rows] == [
        ("1", "96365", "delete", "yes"),
        ("2", "96375", "change code 96375 to 96374", "yes"),
    ]
    assert [(r["Code"], r["Modifiers"], r["Units"], r["Service date"]) for r in rows] == [
        ("96365", None, 0, "09/03/2026"),
        ("96374", None, 1, "09/03/2026"),
    ]
    assert rows[0]["Cause"].endswith("96365 is billed with 2 units; the record supports 0.")
    assert rows[0]["Could be cured by"] == "dated late entry by the person who gave it"
    assert rows[1]["Could be cured by"] is None
    assert all(r["Wait for"] is None for r in rows)


def test_the_codes_that_differ_most_come_first(book: Workbook) -> None:
    rows = table(book["Problem codes"])
    assert [(r["Code"], r["Billed"], r["Supported"], r["In difference"]) for r in rows[:2]] == [
        ("96365", 3, 1, 2),
        ("96367", 1, 0, 1),
    ]
    assert rows[0]["Findings by check"] == (
        "Timed infusion billed without a documented stop time: 2; Modifier 59 unsupported: 1"
    )
    assert (rows[0]["Encounters that differ"], rows[0]["Encounters"], rows[0]["Share"]) == (
        *(2, 2, "too few"),
    )


def test_each_pivot_says_what_it_counts(book: Workbook) -> None:
    rows = [row[:5] for row in book["Pivots"].iter_rows(values_only=True)]
    at = rows.index(("Coder · counted: claim lines", None, None, None, None))
    assert "never counts against a coder" in rows[at + 1][0]
    assert rows[at + 2][:2] == ("Value", "Findings")
    assert rows[at + 3] == ("not stated", 1, 7, 1, 4)


def test_segments_show_their_clip_points(tmp_path: Path) -> None:
    early = encounter("E-1", (saline("07:10", "09:45", elsewhere=True),), (billed("96360"),))
    (row,) = table(opened(audit_of(early), tmp_path)["Timeline"])
    assert [f"{row[name]:%H:%M}" for name in ("Charted start", "Counted from", "Counted to")] == [
        "07:10",
        "08:00",
        "09:45",
    ]
    assert (row["Minutes"], row["Not counted"]) == (105, "before arrival")
    assert row["Stop evidence"] == "A: charted stop"


def test_each_check_has_its_denominator(book: Workbook) -> None:
    rows = {r["Id"]: r for r in table(book["Checks"])}
    assert list(rows) == ["no_stop", "modifier", "orders"]
    no_stop = rows["no_stop"]
    assert [no_stop[k] for k in ("Deficient", "Met", "Undetermined", "Examined", "Rate")] == [
        2,
        3,
        0,
        5,
        "too few",
    ]
    assert rows["orders"]["Status"] == "not evaluated"
    assert rows["orders"]["Missing"] == "order.ordered_at"


def test_every_row_of_the_ledger_is_there(book: Workbook) -> None:
    assert [(r["File"], r["Cell"], r["Disposition"]) for r in table(book["Rows not used"])] == [
        ("mar.xlsx", "mar.xlsx · MAR · F5", "rejected"),
        ("mar.xlsx", "mar.xlsx · MAR · row 6", "superseded"),
    ]
    quality = list(book["Data quality"].iter_rows(values_only=True))
    assert ("mar.xlsx · MAR", "charted administration events", 10, 8, 1, 1) in quality
    assert any(row[:3] == ("E-9", "administrations", "claims.xlsx · B7") for row in quality)
    assert any(row[:3] == ("mar.xlsx · MAR", "TAKEN_TIME", "start") for row in quality)


def test_the_dictionary_knows_every_column(book: Workbook) -> None:
    known = {(row[0], row[1]) for row in book["Dictionary"].iter_rows(values_only=True)}
    for title in TABLES:
        assert {(title, cell.value) for cell in book[title][1]} <= known


def test_each_sheet_prints(book: Workbook) -> None:
    assert book["Seal"].sheet_state == "veryHidden"
    for sheet in book.worksheets[:-1]:
        assert sheet.protection.sheet
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "Page &P of &N"
    for title in TABLES:
        sheet = book[title]
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_rows == "$1:$1"
        assert str(sheet.freeze_panes).endswith("2")
        assert sheet.auto_filter.ref.startswith("A1:")


HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "#N/A", '=HYPERLINK("http://x","y")')


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text: str, tmp_path: Path) -> None:
    def says(encounter: Any, policy: Any) -> Iterator[Verdict]:
        (line,) = encounter.claim_lines
        evidence = [Evidence(text, text, text)]
        yield deficient(line, because=text, cure=Cure.NOTHING, evidence=evidence)

    hostile = replace(
        encounter(text, (given(text, "10:00", site=text),), (replace(billed(text), payer=text),)),
        patient_id=text,
        facility=text,
    )
    book = opened(audit_of(hostile, checks=(a_check("hostile", says),)), tmp_path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    formulas = [cell for cell in cells if cell.data_type == "f"]
    assert {(cell.parent.title, cell.column_letter) for cell in formulas} == {
        ("Summary", "D"),
        ("Summary", "E"),
    }
    assert not any(text in str(cell.value) for cell in formulas)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "f"}
    found = [cell for cell in cells if cell.value == text]
    assert len(found) >= 6
    if text[0] in "=+-@":
        assert all(cell.quotePrefix for cell in found)


def test_what_excel_cannot_hold_is_left_out_or_cut(tmp_path: Path) -> None:
    strange = encounter("E\x00\x0b-1", (given("x" * 40_000, "10:00"),), (billed("96374"),))
    (row,) = table(opened(audit_of(strange), tmp_path)["Timeline"])
    assert row["Encounter"] == "E-1"
    assert row["Drug"].endswith("… (cut here)")
    assert len(row["Drug"]) < 32_767


def test_a_sheet_that_is_full_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.report.workbook.sheet._MOST_ROWS", 3)
    book = new_workbook()
    column: Column[int] = Column("N", "A number.", 10, lambda n: n)
    Sheet(book, Plan("S", "", (column,)), Seal(book)).fill(range(5))
    book.save(tmp_path / "a.xlsx")
    values = [row[0] for row in load_workbook(tmp_path / "a.xlsx")["S"].iter_rows(values_only=True)]
    assert values == ["N", 0, 1, 2, "Excel holds no more rows: 2 are left out here."]


def test_an_audit_without_findings_opens(tmp_path: Path) -> None:
    clean = plain_month()[-1]
    assert supported(clean, audit_of(clean).policy).units("96360") == 1
    book = opened(audit_of(clean, checks=(CHECKS[0], MODIFIER)), tmp_path)
    assert table(book["Worklist"]) == []
    assert book["Worklist"].protection.sheet


def test_an_empty_sheet_says_that_there_is_nothing(book: Workbook) -> None:
    assert book["Drugs to classify"]["A2"].value == "None: every drug of the files has a class."
    assert book["Missed charges"]["A2"].value.startswith("None: no check asks")


def test_a_note_has_no_severity_and_stands_last(tmp_path: Path) -> None:
    supplied = SUPPLIED | {"order.ordered_at"}
    rows = table(opened(audit_of(*plain_month(), supplied=supplied), tmp_path)["Worklist"])
    notes = [row["Result"] == "met with a note" for row in rows]
    assert notes == sorted(notes) and any(notes)
    assert all((row["Severity"] is None) == note for row, note in zip(rows, notes, strict=True))


def test_each_number_of_the_summary_leads_to_its_rows(book: Workbook) -> None:
    summary = book["Summary"]
    counted = [row for row in summary.iter_rows() if row[3].data_type == "f"]
    assert [(row[0].value, row[1].value) for row in counted] == [
        *((2, 4), (4, 7), (1, 12), (1, 7), (1, 4))
    ]
    for row in counted:
        title, _, cell = str(row[0].hyperlink.location).partition("!")
        assert book[title.strip("'")][cell].value
        assert title in row[3].value and title.strip("'") in book.sheetnames


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_formulas_of_the_summary_count_the_same(tmp_path: Path) -> None:
    opened(audit_of(*plain_month()), tmp_path)
    office = f"-env:UserInstallation=file://{tmp_path}/office"
    convert = ("--convert-to", "xlsx", "--outdir", tmp_path / "saved", tmp_path / "a.xlsx")
    subprocess.run(["soffice", "--headless", office, *convert], check=True, capture_output=True)
    saved = load_workbook(tmp_path / "saved" / "a.xlsx", data_only=True)["Summary"]
    counted = [row[:5] for row in saved.iter_rows(values_only=True) if row[4] is not None]
    assert len(counted) == 6  # the heading and five numbers
    assert [row[:2] for row in counted[1:]] == [row[3:] for row in counted[1:]]


def test_what_is_not_under_review_is_on_screen_and_not_printed(book: Workbook) -> None:
    for title in ("Claim lines", "Timeline"):
        sheet = book[title]
        last = int(sheet.print_area.rpartition("$")[2])
        printed = {row[0] for row in sheet.iter_rows(2, last, values_only=True)}
        assert printed == {"E-1", "E-2", "E-3"}
        assert sheet.max_row > last
    lines = table(book["Claim lines"])
    assert [row["Counted"] for row in lines if row["Encounter"] == "E-2"][-1] == "not compared"
    assert lines[-1]["Code"] == "J2405"


def test_a_missed_charge_has_what_supports_it(tmp_path: Path) -> None:
    push = replace(given("ondansetron", "10:00"), sources=(Source(MAR, 4), Source(MAR, 5)))
    missing = encounter("E-7", (saline("09:00", "10:30"), push), (billed("96374"),))
    (check,) = (check for check in discover(checks) if check.id == "administration_not_billed")
    audit = audit_of(missing, checks=(check,), supplied=EVERY_FIELD)
    (row,) = table(opened(audit, tmp_path)["Missed charges"])
    assert (row["Encounter"], row["Code"], row["Units not billed"]) == ("E-7", "96361", 1)
    assert row["Bill"] == "yes"
    assert row["Supported by"].startswith("sodium chloride 09/03/2026 09:00 to 10:30")
    assert row["Not priced"].startswith("OPPS Addendum B of 2026Q3 is not loaded")
    assert row["Would be paid"] is None


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        (LedgerRow("f", None, 1, "A", "x", "rejected", "Not a time.", "Mend it."), "Mend it."),
        (LedgerRow("f", None, 1, None, "Total", "rejected", "is a footer"), "none: it holds no"),
        (LedgerRow("f", None, 1, None, None, "superseded", "repeats the header in row 1"), "none:"),
        (LedgerRow("f", None, 1, None, None, "superseded", "repeats f · row 3"), "none, where it"),
        (LedgerRow("f", None, 1, None, None, "superseded", "reverses f · row 3"), "none, if the"),
    ],
)
def test_every_row_that_was_not_used_has_its_remedy(row: LedgerRow, remedy: str) -> None:
    assert remedy_of(row).startswith(remedy)


def test_fields_and_kinds_are_named_in_the_users_words() -> None:
    for name, kind in kinds().items():
        assert "_" not in kind_words(name)
        assert not [field for field in kind.fields if "_" in field_words(field)]


# The children of a worksheet in the order that ECMA-376 (part 1, 18.3.1.99) demands.
ORDER = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr"),
    *("sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState"),
    *("dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting"),
    *("dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter"),
    *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags"),
    *("drawing", "legacyDrawing", "picture", "oleObjects", "controls", "tableParts", "extLst"),
)


def test_the_parts_are_as_the_standard_orders_them(tmp_path: Path) -> None:
    opened(audit_of(*plain_month()), tmp_path)
    with ZipFile(tmp_path / "a.xlsx") as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
    styles = ElementTree.fromstring(parts["xl/styles.xml"]).find(f"{MAIN}cellXfs")
    assert styles is not None
    sheets = [name for name in parts if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 19
    for name in sheets:
        root = ElementTree.fromstring(parts[name])
        children = [child.tag.removeprefix(MAIN) for child in root]
        assert children == sorted(children, key=ORDER.index), name
        assert len(children) == len(set(children)), name
        for number, row in enumerate(root.iter(f"{MAIN}row"), start=1):
            assert int(row.attrib["r"]) == number
            columns = [coordinate_to_tuple(cell.attrib["r"]) for cell in row]
            assert columns == sorted(set(columns)) and all(at[0] == number for at in columns)
            assert all(int(cell.get("s", 0)) < len(styles) for cell in row)
        links = [link.attrib for link in root.iter(f"{MAIN}hyperlink")]
        assert len({link["ref"] for link in links}) == len(links)
        targets = {key for link in links for key in link if key.endswith("}id")}
        assert not targets or name.replace("sheets/", "sheets/_rels/") + ".rels" in parts
