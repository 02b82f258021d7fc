"""Public tables as CMS lays them out: small files of each layout, and the real ones where they are.

Rationales and codes are as CMS writes them; descriptors are not needed and not written.
"""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from openpyxl import Workbook

from auditor.tables import bundling as bundling_lists
from auditor.tables import ncci_default
from auditor.tables.bundling import may_give_its_drug
from auditor.tables.cms import Publication, TableError
from auditor.tables.codes import codes
from auditor.tables.published import (
    AspLimit,
    Kind,
    NdcCode,
    OppsRate,
    PairEdit,
    Scope,
    UnitsEdit,
    eleven_digits,
)
from auditor.tables.quarter import Quarter, quarters_stated
from auditor.tables_cli import read_table

CMS = Path(__file__).parents[2] / "shared/data/cms"  # a clone of its own has none
real = pytest.mark.skipif(not CMS.is_dir(), reason="no public data beside this clone")

ACCESS = frozenset(
    tomllib.loads(Path(bundling_lists.__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
        "access"
    ]["codes"].split()
)

MISUSE = "Misuse of Column Two code with Column One code"
PTP_HEADER = [
    ["CPT only copyright 2025 American Medical Association.  All rights reserved."],
    ["Column1/Column2 Edits"],
    [
        *("Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier"),
        "PTP Edit Rationale",
    ],
    ["", "", "prior to 1996", "Date", "Date", "0=not allowed"],
    ["", "", "", "", "*=no data", "1=allowed"],
    ["", "", "", "", "", "9=not applicable"],
]
PTP_ROWS = [
    ["96365", "36000", "", "20090101", "*", "1", MISUSE],
    ["96365", "96374", "*", "20090101", "20240930", "1", MISUSE],
    ["96413", "J1642", "", "20100401", "20100401", "9", MISUSE],
    ["G0498", "96523", "", "20160101", "", "0", MISUSE],
]
MUE_CSV = (
    '"Copyright of the codes: the American Medical Association.\n\nAll rights reserved.",,,\n'
    '"HCPCS/\nCPT Code",{setting} Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    "96361,24,3 Date of Service Edit: Clinical,Clinical: Data\n"
    "96368,1,2 Date of Service Edit: Policy,Code Descriptor / CPT Instruction\n"
    "A4218,20,1 Line Edit,CMS Policy\n"
)
ADDENDUM_B = [
    ["Addendum B.-OPPS Payment by HCPCS Code for CY 2025"],
    [],
    [
        *("HCPCS Code", "Short Descriptor", "SI", "APC", "Relative Weight", "Payment Rate"),
        *("National Unadjusted Copayment", "Minimum Unadjusted Copayment", "Note"),
    ],
    ["96365", "", "S ", "5693", 2.3628, "$210.690", " . ", "$42.14"],
    ["96368", "", "N"],
    ["0553Uÿ", "", "A"],
    ["C9460", "", "J1", "5191", "32.1", "$1,234.50", "$300.00", "246.90"],
]
ASP = (
    "Payment Allowance Limits for Medicare Part B Drugs,,,\n"
    '"Effective January 1, 2026 through March 31, 2026",,,\n'
    "Note 1: based on 3Q25 ASP data.,,,\n"
    "HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit\n"
    "J1100,,1 MG,0.137\n"
    "J0287,,10 MG,N/A\n"
    "J9999,,3 MG & 3 MG,12.5\n"
)
NDC = (
    "January 2026 ASP NDC - HCPCS Crosswalk,,,,,,,,,,,\n"
    '"     Effective January 1, 2026 through March 31, 2026",,,,,,,,,,,\n'
    "_2026_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE,PKG QTY,"
    "BILLUNITS,BILLUNITSPKG,,\n"
    "J1642,,,63323-0540-11,Heparin,10 UNITS,10,25,10,250,,\n"
    "J7050,,,0338-0049-03,Saline,250 CC,0.5,1,2,2,,\n"
    "J7050,,,888867413689,Saline,250 CC,0.5,1,2,2,,\n"
    "J9999,,,63323-0540-12,Other,3 MG & 3 MG,1,1,1,1,,\n"
)


def text(folder: Path, name: str, rows: list[list[str]]) -> Path:
    """A tab-separated file, as CMS writes them: latin-1."""
    path = folder / name
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="latin-1")
    return path


def book(folder: Path, name: str, rows: list[list[object]]) -> Path:
    """A workbook whose one sheet has these rows."""
    workbook = Workbook()
    assert workbook.active is not None
    for row in rows:
        workbook.active.append(row)
    workbook.save(folder / name)
    return folder / name


def ptp_file(folder: Path, name: str = "ccioph-v303r0-f1.txt", rows: list = PTP_ROWS) -> Path:
    return text(folder, name, [*PTP_HEADER, *rows])


def mue_file(folder: Path, name: str = "MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.csv"):
    path = folder / name
    path.write_text(MUE_CSV.format(setting="Outpatient Hospital"), encoding="latin-1")
    return path


# ── which quarter ─────────────────────────────────────────────────────────────────────────────

STATED = [
    # file name, above the header, quarters
    ("ccioph-v303r0-f1.txt", "", ["2024Q4"]),
    ("ccioph-v320r1-f4.xlsx", "", ["2026Q1"]),
    ("MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.csv", "", ["2024Q3"]),
    ("January_2025_Web_Addendum_B.12.31.24.xlsx", "", ["2025Q1"]),
    ("2025_October_Web_Addendum_B.09.25.2025.xlsx", "", ["2025Q4"]),
    ("opps_addendum_b_2025_10.csv", "for CY 2025, copyright 2024", ["2025Q4"]),
    ("section 508 version of July 2022 ASP Pricing File 061522.xls", "", ["2022Q3"]),
    ("asp.csv", "Effective January 1, 2026 through March 31, 2026", ["2026Q1"]),
    ("ncci_mue_outpatient_2024q3.derived.csv", "", ["2024Q3"]),
    ("medicare-ncci-2026q2-hospital-ptp-edits-ccioph-v321r0-f1.txt", "", ["2026Q2"]),
    # the file was made then, or rests on data from then
    ("addendum_b.12.31.24.xlsx", "based on 3Q25 ASP data, CY 2025", []),
    ("January 2026 and April 2026.csv", "", ["2026Q1", "2026Q2"]),
]


@pytest.mark.parametrize(("name", "preamble", "quarters"), STATED)
def test_the_quarter_is_what_the_file_states(name, preamble, quarters):
    assert [str(quarter) for quarter in quarters_stated(name, preamble)] == quarters


QUARTERS = [
    # first day, last day, quarter
    (date(2024, 1, 1), date(2024, 3, 31), Quarter(2024, 1)),
    (date(2024, 4, 1), date(2024, 6, 30), Quarter(2024, 2)),
    (date(2024, 7, 1), date(2024, 9, 30), Quarter(2024, 3)),
    (date(2024, 10, 1), date(2024, 12, 31), Quarter(2024, 4)),
]


@pytest.mark.parametrize(("first", "last", "quarter"), QUARTERS)
def test_a_quarter_has_three_months(first, last, quarter):
    assert (quarter.first, quarter.last) == (first, last)
    assert Quarter.of(first) == Quarter.of(last) == quarter
    assert Quarter.said(str(quarter)) == quarter


def test_a_quarter_is_said_when_the_file_does_not_state_it(tmp_path):
    path = mue_file(tmp_path, "mue.csv")
    with pytest.raises(TableError, match="does not say for which quarter"):
        read_table(path)
    assert read_table(path, Quarter(2024, 3)).quarter == Quarter(2024, 3)


def test_a_file_of_another_quarter_than_said_is_refused(tmp_path):
    with pytest.raises(TableError, match="for 2024Q3, not for 2024Q4"):
        read_table(mue_file(tmp_path), Quarter(2024, 4))
    with pytest.raises(TableError, match="more than one quarter"):
        read_table(mue_file(tmp_path, "mue 2024Q3 2024Q4.csv"))


# ── NCCI ──────────────────────────────────────────────────────────────────────────────────────

PAIRS = [
    PairEdit("96365", "36000", 1, date(2009, 1, 1), None, MISUSE),
    PairEdit("96365", "96374", 1, date(2009, 1, 1), date(2024, 9, 30), MISUSE),
    PairEdit("96413", "J1642", 9, date(2010, 4, 1), date(2010, 4, 1), MISUSE),
    PairEdit("G0498", "96523", 0, date(2016, 1, 1), None, MISUSE),
]


def test_ptp_edits_are_read_from_text(tmp_path):
    read = read_table(ptp_file(tmp_path))
    assert (read.kind, read.quarter, read.scope) == (Kind.PTP, Quarter(2024, 4), Scope.WHOLE)
    assert read.rows == PAIRS
    assert (read.left_out, read.notes) == (0, ())


def test_ptp_edits_are_read_from_a_workbook_with_numbers_for_codes_and_dates(tmp_path):
    rows = [[int(c) if c.isdigit() else c or None for c in row] for row in PTP_ROWS]
    header = [row + [""] * (7 - len(row)) for row in PTP_HEADER]
    assert read_table(book(tmp_path, "ccioph-v303r0-f1.xlsx", [*header, *rows])).rows == PAIRS


def test_the_ptp_edits_of_practitioners_are_refused(tmp_path):
    with pytest.raises(TableError, match="of practitioners"):
        read_table(ptp_file(tmp_path, "ccipra-v303r0-f1.txt"))


HELD = [
    # effective, deleted, indicator, day, in force
    (date(2009, 1, 1), None, 1, date(2008, 12, 31), False),
    (date(2009, 1, 1), None, 1, date(2009, 1, 1), True),
    (date(2009, 1, 1), date(2024, 9, 30), 1, date(2024, 9, 30), True),
    (date(2009, 1, 1), date(2024, 9, 30), 1, date(2024, 10, 1), False),
    (date(2009, 1, 1), None, 0, date(2024, 10, 1), True),
    (None, None, 1, date(2009, 1, 1), True),
    (date(2010, 4, 1), date(2010, 4, 1), 9, date(2010, 4, 1), False),
]


@pytest.mark.parametrize(("effective", "deleted", "indicator", "day", "holds"), HELD)
def test_a_pair_edit_holds_from_its_first_to_its_last_day(
    effective, deleted, indicator, day, holds
):
    assert PairEdit("96365", "96374", indicator, effective, deleted).holds_on(day) is holds


def test_mue_values_are_read(tmp_path):
    read = read_table(mue_file(tmp_path))
    assert (read.kind, read.quarter) == (Kind.MUE, Quarter(2024, 3))
    assert read.rows == [
        UnitsEdit("96361", 24, 3, "Clinical: Data"),
        UnitsEdit("96368", 1, 2, "Code Descriptor / CPT Instruction"),
        UnitsEdit("A4218", 20, 1, "CMS Policy"),
    ]


@pytest.mark.parametrize("setting", ["Practitioner", "DME Supplier"])
def test_the_mue_values_of_others_are_refused(tmp_path, setting):
    path = tmp_path / "MUE_Eff_07-01-2024.csv"
    path.write_text(MUE_CSV.format(setting=setting), encoding="latin-1")
    with pytest.raises(TableError, match="another MUE table"):
        read_table(path)


# ── OPPS and ASP ──────────────────────────────────────────────────────────────────────────────


def test_addendum_b_is_read(tmp_path):
    read = read_table(book(tmp_path, "January_2025_Web_Addendum_B.12.31.24.xlsx", ADDENDUM_B))
    assert (read.kind, read.quarter) == (Kind.ADDENDUM_B, Quarter(2025, 1))
    assert read.rows == [
        OppsRate(
            *("96365", "S", "5693", Decimal("2.3628"), Decimal("210.690"), None, Decimal("42.14"))
        ),
        OppsRate("96368", "N"),
        OppsRate("0553U", "A"),
        OppsRate(
            *("C9460", "J1", "5191", Decimal("32.1")),
            *(Decimal("1234.50"), Decimal("300.00"), Decimal("246.90")),
        ),
    ]


def test_asp_limits_are_read_and_odd_units_are_kept_as_written(tmp_path):
    path = tmp_path / "limits.csv"
    path.write_text(ASP, encoding="latin-1")
    read = read_table(path)
    assert (read.kind, read.quarter) == (Kind.ASP, Quarter(2026, 1))
    assert read.rows == [
        AspLimit("J1100", "1 MG", Decimal(1), "mg", Decimal("0.137")),
        AspLimit("J0287", "10 MG", Decimal(10), "mg", None),
        AspLimit("J9999", "3 MG & 3 MG", None, None, Decimal("12.5")),
    ]
    assert [note.partition(":")[0] for note in read.notes] == ["1 row in odd units"]


def test_the_crosswalk_is_read_and_a_strange_ndc_is_left_out(tmp_path):
    path = tmp_path / "crosswalk.csv"
    path.write_text(NDC, encoding="latin-1")
    read = read_table(path)
    assert (read.kind, read.quarter, read.left_out) == (Kind.NDC, Quarter(2026, 1), 1)
    heparin, saline, odd = read.rows
    assert heparin == NdcCode(
        *("63323054011", "J1642", "10 UNITS", Decimal(10), "units"),
        *(Decimal(10), Decimal(25), Decimal(10), Decimal(250)),
    )
    assert (saline.ndc, saline.amount, saline.unit) == ("00338004903", Decimal(250), "mL")
    assert (odd.dosage, odd.amount, odd.unit) == ("3 MG & 3 MG", None, None)
    assert read.notes[0] == "1 row left out, the first in row 6: the NDC has not eleven digits."


NDCS = [
    ("63323-0540-11", "63323054011"),
    ("0338-0049-03", "00338004903"),
    ("63323-540-11", "63323054011"),
    ("63323-0540-1", "63323054001"),
    ("63323054011", "63323054011"),
    ("6332354011", None),  # which segment lost its zero?
    ("888867413689", None),
    ("63323-05401", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("written", "digits"), NDCS)
def test_an_ndc_has_eleven_digits(written, digits):
    assert eleven_digits(written) == digits


# ── what cannot be read ───────────────────────────────────────────────────────────────────────

BAD_PAIRS = [
    # column, written, why the row is left out
    (0, "9636", "there is no five-character code"),
    (1, "=cmd|'/c calc'!A1", "there is no five-character code"),
    (3, "", "there is no effective date"),
    (3, "20091301", "the effective date is no date"),
    (4, "next year", "the deletion date is no date"),
    (5, "2", "the modifier indicator is none of 0, 1, 9"),
    (5, "", "the modifier indicator is none of 0, 1, 9"),
]


@pytest.mark.parametrize(("column", "written", "reason"), BAD_PAIRS)
def test_a_row_that_cannot_be_read_is_left_out_and_said(tmp_path, column, written, reason):
    bad = [*PTP_ROWS[0]]
    bad[column] = written
    read = read_table(ptp_file(tmp_path, rows=[bad, bad, PTP_ROWS[3]]))
    assert (len(read.rows), read.left_out) == (1, 2)
    assert read.notes == (f"2 rows left out, the first in row 7: {reason}.",)


BAD_LIMITS = [("24.5", "3 x"), ("", "3 x"), ("24", "4 x"), ("24", ""), ("-1", "3 x")]


@pytest.mark.parametrize(("units", "indicator"), BAD_LIMITS)
def test_a_limit_that_is_no_limit_is_left_out(tmp_path, units, indicator):
    path = mue_file(tmp_path)
    path.write_text(path.read_text() + f"96365,{units},{indicator},CMS Policy\n")
    read = read_table(path)
    assert (len(read.rows), read.left_out) == (3, 1)


def test_an_amount_that_is_none_is_not_guessed(tmp_path):
    rows = [*ADDENDUM_B, ["96360", "", "S", "5693", "2.3", "about 200"]]
    read = read_table(book(tmp_path, "2025Q1.xlsx", rows))
    assert (len(read.rows), read.left_out) == (4, 1)
    assert "the payment rate is no amount" in read.notes[0]


def test_a_code_stated_twice_is_refused(tmp_path):
    path = mue_file(tmp_path)
    path.write_text(path.read_text() + "96361,25,3 Date,CMS Policy\n")
    with pytest.raises(TableError, match="states 96361 twice"):
        read_table(path)


def test_another_file_is_refused_in_one_sentence(tmp_path):
    path = text(tmp_path, "claims_2024Q3.txt", [["Patient", "MRN"], ["Doe", "007"]])
    with pytest.raises(TableError) as refused:
        read_table(path)
    assert "has no header of a table" in str(refused.value)
    assert "Doe" not in str(refused.value)
    with pytest.raises(TableError, match="no row can be read"):
        read_table(ptp_file(tmp_path, rows=[]))


# ── the real files ────────────────────────────────────────────────────────────────────────────


PTP_EXTRACT = "ncci_ptp_outpatient_drugadmin_2024q3.derived.csv"


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Callable[[str], Publication]:
    """Reads a real file by its name, once."""
    unpacked = tmp_path_factory.mktemp("cms") / PTP_EXTRACT
    unpacked.write_bytes(gzip.decompress((CMS / f"{PTP_EXTRACT}.gz").read_bytes()))
    return cache(lambda name: read_table(unpacked if name == PTP_EXTRACT else CMS / name))


REAL = [
    # file, kind, quarter, rows, left out, in odd units
    ("opps_addendum_b_2025_10.csv", Kind.ADDENDUM_B, "2025Q4", 18_798, 0, 0),
    ("asp_payment_limits_2026_01.csv", Kind.ASP, "2026Q1", 877, 0, 40),
    ("asp_ndc_hcpcs_crosswalk_2026_01.csv", Kind.NDC, "2026Q1", 7_124, 1, 100),
    ("ncci_mue_outpatient_2024q3.derived.csv", Kind.MUE, "2024Q3", 14_628, 0, 0),
]


@real
@pytest.mark.parametrize(("name", "kind", "quarter", "rows", "left_out", "odd"), REAL)
def test_a_real_file_is_read_whole(published, name, kind, quarter, rows, left_out, odd):
    read = published(name)
    assert (read.kind, str(read.quarter), len(read.rows), read.left_out) == (
        *(kind, quarter, rows, left_out),
    )
    assert sum(getattr(row, "amount", 0) is None for row in read.rows) == odd
    assert len(read.notes) == bool(left_out) + bool(odd)


@real
def test_the_real_pairs_are_read_whole_and_known_for_an_extract(published):
    read = published(PTP_EXTRACT)
    assert (read.kind, str(read.quarter), len(read.rows)) == (Kind.PTP, "2024Q3", 80_078)
    assert (read.scope, read.left_out) == (Scope.ADMINISTRATION_PAIRS, 0)


@real
def test_codes_that_are_gone_by_october_2025_are_not_in_the_list_of_that_quarter(published):
    listed = {row.code for row in published("opps_addendum_b_2025_10.csv").rows}
    gone = {number for number, entry in codes().items() if entry.gone_by is not None}
    assert {"90780", "C8950", "96445"} <= gone
    assert gone & listed == set()


@real
def test_the_real_rates_are_those_of_the_addendum(published):
    rates = {row.code: row for row in published("opps_addendum_b_2025_10.csv").rows}
    assert rates["96365"] == OppsRate(
        *("96365", "S", "5693", Decimal("2.3628"), Decimal("210.690"), None, Decimal("42.14"))
    )
    assert rates["96376"] == OppsRate("96376", "N")


@real
def test_a_surgical_service_gives_its_drug_where_an_edit_bundles_the_injection(published):
    rows = published(PTP_EXTRACT).rows
    edits = [row for row in rows if row.column2 == "96372" and row.holds_on(date(2024, 7, 1))]
    bundling = {row.column1 for row in edits if "10004" <= row.column1 < "7"}
    assert len(bundling) > 5000
    assert {code for code in bundling if not may_give_its_drug(code)} == set()
    assert bundling.isdisjoint(ACCESS)


@real
def test_the_default_is_the_one_that_its_sources_give(published):
    mue = published("ncci_mue_outpatient_2024q3.derived.csv")
    made = ncci_default.default_of(mue, published(PTP_EXTRACT))
    kept = Path(ncci_default.__file__).with_name(ncci_default.FILE)
    assert made == kept.read_text(encoding="utf-8")
