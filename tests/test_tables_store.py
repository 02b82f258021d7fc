"""The store of public tables: what is loaded, for which dates, and what a check is then told."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from auditor.cli import app
from auditor.record import (
    Administration,
    ClaimLine,
    DrugClass,
    Encounter,
    Method,
    Route,
    Segment,
    StopEvidence,
)
from auditor.tables.attach import attach, quarters_of, tables_for
from auditor.tables.ncci_default import FILE, default_tables
from auditor.tables.published import Kind, NdcCode, Scope
from auditor.tables.quarter import Quarter
from auditor.tables.store import Store
from auditor.tables_cli import FOLDER_VARIABLE, data_folder
from tests.test_tables_cms import ADDENDUM_B, ASP, NDC, PTP_ROWS, book, mue_file, ptp_file

Q3, Q4 = Quarter(2024, 3), Quarter(2024, 4)
JULY, SEPTEMBER, OCTOBER = date(2024, 7, 1), date(2024, 9, 30), date(2024, 10, 1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, not made yet; the files to load lie beside it."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


def tables(*words: object) -> Result:
    """``auditor tables …``; a traceback would be an exception here."""
    result = CliRunner().invoke(app, ["tables", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def added(*words: object) -> Result:
    result = tables("add", *words)
    assert result.exit_code == 0, result.output
    return result


def own(folder: Path) -> list[str]:
    """What was added, without the defaults."""
    loaded = Store(folder).loaded()
    return [str(one.edition) for one in loaded if not one.edition.is_default]


def state(folder: Path) -> bytes | None:
    """All that the store holds."""
    path = folder / "public-tables.sqlite"
    return path.read_bytes() if path.exists() else None


def encounter(*dates: date | None, code: str = "96365") -> Encounter:
    lines = tuple(ClaimLine("C1", str(n), code, service_date=day) for n, day in enumerate(dates, 1))
    return Encounter("E1", claim_lines=lines, supplied=frozenset({"claim_line.hcpcs"}))


# ── adding ────────────────────────────────────────────────────────────────────────────────────


def test_every_kind_is_kept_and_given_back_as_it_was_read(folder, tmp_path):
    (tmp_path / "limits.csv").write_text(ASP)
    (tmp_path / "crosswalk.csv").write_text(NDC)
    added(
        ptp_file(tmp_path, "ccioph-v322r0-f1.txt"),
        mue_file(tmp_path, "MUE_Eff_07-01-2026.csv"),
        book(tmp_path, "2026_July_Web_Addendum_B.xlsx", ADDENDUM_B),
    )
    added(tmp_path / "limits.csv", tmp_path / "crosswalk.csv")
    read = Store(folder).tables([Quarter(2026, 1), Quarter(2026, 3)], ["J1642"])
    winter, summer = read.on(date(2026, 2, 1)), read.on(date(2026, 8, 1))
    assert (winter.ptp, winter.mue, winter.addendum_b) == (None, None, None)
    assert (summer.asp, summer.ndc) == (None, None)
    edit = summer.ptp.between("36000", "96365", date(2026, 8, 1))
    assert (edit.column1, edit.effective, edit.deleted) == ("96365", date(2009, 1, 1), None)
    assert edit.rationale == "Misuse of Column Two code with Column One code"
    limit = summer.mue.get("96368")
    assert (limit.units, limit.indicator, limit.rationale) == (
        *(1, 2, "Code Descriptor / CPT Instruction"),
    )
    rate = summer.addendum_b.get("96365")
    assert (rate.status, rate.payment_rate, rate.copayment) == ("S", Decimal("210.690"), None)
    assert winter.asp.get("J1100").payment_limit == Decimal("0.137")
    assert winter.asp.get("J9998") is None
    assert winter.ndc.get("0338-0049-03") == (
        NdcCode(
            *("00338004903", "J7050", "250 CC", Decimal(250), "mL"),
            *(Decimal("0.5"), Decimal(1), Decimal(2), Decimal(2)),
        ),
    )
    assert winter.ndc.get(None) == ()


def test_what_is_loaded_is_listed_with_dates_rows_file_and_hash(folder, tmp_path):
    path = mue_file(tmp_path, "MUE_Eff_10-01-2024.csv")
    assert "3 rows of MUE_Eff_10-01-2024.csv" in added(path).output
    (line,) = [x for x in tables().output.splitlines() if x.startswith("MUE") and "2024Q4" in x]
    for told in ("10/01/2024–12/31/2024", " 3 ", path.name):
        assert told in line
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:12] in line


def test_what_was_left_out_is_said_when_loading_and_when_listing(folder, tmp_path):
    (tmp_path / "crosswalk.csv").write_text(NDC)
    said = "crosswalk.csv: 1 row left out, the first in row 6: the NDC has not eleven digits."
    assert said in added(tmp_path / "crosswalk.csv").output
    assert said in tables().output


def test_a_quarter_loaded_again_is_replaced(folder, tmp_path):
    added(mue_file(tmp_path))
    corrected = mue_file(tmp_path, "correction 2024Q3.csv")
    corrected.write_text(corrected.read_text().replace("96361,24", "96361,20"))
    assert "replaces MCR_MUE_OutpatientHospitalServices" in added(corrected).output
    assert own(folder) == ["MUE, outpatient hospital, 2024Q3"]
    assert Store(folder).tables([Q3], []).on(JULY).mue.get("96361").units == 20


def test_another_quarter_stands_beside_it(folder, tmp_path):
    added(mue_file(tmp_path))
    added(mue_file(tmp_path, "mue.csv"), "--quarter", "2024Q4")
    assert own(folder) == [
        "MUE, outpatient hospital, 2024Q3",
        "MUE, outpatient hospital, 2024Q4",
    ]


def test_the_parts_of_the_ptp_edits_are_one_edition(folder, tmp_path):
    one = ptp_file(tmp_path, "ccioph-v303r0-f1.txt", PTP_ROWS[:2])
    two = ptp_file(tmp_path, "ccioph-v303r0-f2.txt", PTP_ROWS[2:])
    assert "4 rows of ccioph-v303r0-f1.txt, ccioph-v303r0-f2.txt" in added(two, one).output
    ptp = Store(folder).tables([Q4], ["J1642"]).on(OCTOBER).ptp
    assert ptp.between("96365", "36000", OCTOBER) is not None
    assert ptp.between("96523", "G0498", OCTOBER) is not None


def parts(*numbers: int) -> list[tuple[str, list]]:
    cut = {1: PTP_ROWS[:1], 2: PTP_ROWS[1:3], 3: PTP_ROWS[3:]}
    return [(f"ccioph-v303r0-f{number}.txt", cut[number]) for number in numbers]


INCOMPLETE = [
    parts(1, 3),
    parts(2, 3),
    parts(1, 2),  # no letters at the end: the last one is missing
    [*parts(1, 2, 3), ("copy ccioph-v303r0-f3.txt", PTP_ROWS[3:])],
]


@pytest.mark.parametrize("given", INCOMPLETE)
def test_ptp_edits_without_one_of_their_parts_are_refused(folder, tmp_path, given):
    result = tables("add", *(ptp_file(tmp_path, name, rows) for name, rows in given))
    assert result.exit_code == 2
    assert "give all parts of the quarter together" in result.stderr
    assert state(folder) is None


# ── all or nothing ────────────────────────────────────────────────────────────────────────────


def refused(folder: Path, sentence: str, *words: object) -> Result:
    before = state(folder)
    result = tables("add", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("Nothing was loaded.\n")
    assert sentence in result.stderr
    assert state(folder) == before
    return result


def test_one_bad_file_keeps_the_others_out_and_every_problem_is_told(folder, tmp_path):
    added(mue_file(tmp_path, "2024Q1.csv"))
    bad, empty = tmp_path / "bad 2024Q2.csv", tmp_path / "empty.csv"
    bad.write_text("a,b\n1,2\n")
    empty.write_text("")
    result = refused(folder, "bad 2024Q2.csv: has no header", mue_file(tmp_path), bad, empty)
    assert "empty.csv: is empty." in result.stderr
    assert own(folder) == ["MUE, outpatient hospital, 2024Q1"]


def test_two_files_of_one_table_are_refused(folder, tmp_path):
    other = mue_file(tmp_path, "other 2024Q3.csv")
    refused(folder, "both state MUE, outpatient hospital, 2024Q3", mue_file(tmp_path), other)


def test_a_failure_while_writing_leaves_the_store_as_it_was(folder, tmp_path):
    added(mue_file(tmp_path))
    with sqlite3.connect(folder / "public-tables.sqlite") as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON ptp BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    database.close()
    corrected = mue_file(tmp_path, "correction 2024Q3.csv")
    ptp = ptp_file(tmp_path)
    refused(folder, "cannot be written (disk full)", corrected, ptp)
    (loaded,) = [one for one in Store(folder).loaded() if not one.edition.is_default]
    assert loaded.files[0].name.startswith("MCR_MUE")


def test_a_store_that_is_none_is_told_in_one_sentence(folder, tmp_path):
    folder.mkdir()
    (folder / "public-tables.sqlite").write_text("not a database, but long enough to be looked at")
    for result in (tables(), tables("add", mue_file(tmp_path))):
        assert result.exit_code == 2
        assert "public-tables.sqlite: cannot be" in result.stderr


def test_a_store_of_another_version_is_not_touched(folder, tmp_path):
    added(mue_file(tmp_path))
    with sqlite3.connect(folder / "public-tables.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    refused(folder, "by another version", mue_file(tmp_path))
    assert "by another version" in tables().stderr


def test_a_quarter_is_written_as_one(folder, tmp_path):
    result = tables("add", mue_file(tmp_path), "--quarter", "summer")
    assert (result.exit_code, result.stderr) == (2, "'summer' is no quarter; write it as 2026Q1.\n")


def test_listing_makes_no_folder(folder):
    assert tables().exit_code == 0
    assert not folder.exists()


def test_the_folder_is_the_users_own_unless_the_environment_names_one(monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, "elsewhere")
    assert data_folder() == Path("elsewhere")
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert data_folder().name.lower() == "infusion-auditor"


# ── by the date of service ────────────────────────────────────────────────────────────────────

DATES = [
    # date of service, whether the table of July to September 2024 answers
    (date(2024, 6, 30), False),
    (JULY, True),
    (SEPTEMBER, True),
    (OCTOBER, False),
    (date(2023, 8, 15), False),
    (None, False),
]


@pytest.mark.parametrize(("day", "answers"), DATES)
def test_a_date_of_service_has_the_table_of_its_quarter_or_none(folder, tmp_path, day, answers):
    added(mue_file(tmp_path))
    audited = attach(encounter(day), tables_for([encounter(day)], Store(folder)))
    assert (audited.tables.on(day).mue is not None) is answers
    assert audited.tables.on(day).addendum_b is None


def test_an_encounter_over_two_quarters_knows_which_one_has_no_table(folder, tmp_path):
    added(mue_file(tmp_path))
    both = encounter(SEPTEMBER, OCTOBER)
    audited = attach(both, tables_for([both], Store(folder)))
    assert audited.tables.on(SEPTEMBER).mue is not None
    assert audited.tables.on(OCTOBER).mue is None
    assert audited.tables.wanted(Kind.MUE, OCTOBER) == "MUE, outpatient hospital, 2024Q4"


def test_what_was_given_on_another_date_than_billed_has_its_tables_too():
    zone = ZoneInfo("America/New_York")
    span = datetime(2024, 9, 30, 23, tzinfo=zone), datetime(2024, 10, 1, 1, tzinfo=zone)
    given = Administration(
        *("A1", "ceftriaxone", ("ceftriaxone",), DrugClass.THERAPEUTIC, Route.IV, Method.INFUSION),
        segments=(Segment(*span, StopEvidence.CHARTED),),
    )
    assert quarters_of(Encounter("E1", administrations=(given,))) == {Q3, Q4}
    assert quarters_of(encounter(None)) == set()


def test_an_encounter_to_which_nothing_was_attached_has_no_tables():
    assert encounter(JULY).tables.on(JULY).mue is None


PAIRS = [
    # scope, one code, other code, billed codes, covered, edited
    ("whole", "96365", "36000", [], True, True),
    ("whole", "96374", "96365", [], True, True),
    ("whole", "96365", "96413", [], True, False),
    ("whole", "96413", "J1642", ["J1642"], True, False),  # indicator 9 never held
    ("whole", "99284", "71045", ["99284", "71045"], True, False),
    ("whole", "96365", "99284", [], False, False),  # nobody asked for 99284
    ("default", "96365", "96374", [], True, True),
    ("default", "36000", "96365", [], True, True),
    ("default", "96365", "96361", [], True, False),
    ("default", "96365", "99284", ["99284"], False, False),
    ("default", "36000", "36415", [], False, False),  # neither gives a drug
]


@pytest.mark.parametrize(("scope", "one", "other", "billed", "covered", "edited"), PAIRS)
def test_a_pair_is_edited_not_edited_or_not_known(
    folder, tmp_path, scope, one, other, billed, covered, edited
):
    if scope == "whole":
        added(ptp_file(tmp_path, "ccioph-v302r0-f1.txt"))
    ptp = Store(folder).tables([Q3], billed).on(JULY).ptp
    assert ptp.covers(one, other) is ptp.covers(other, one) is covered
    assert (ptp.between(one, other, JULY) is not None) is edited
    assert (ptp.between(other, one, JULY) is not None) is edited


# ── the default ───────────────────────────────────────────────────────────────────────────────

LIMITS = [
    # code, units, indicator
    ("96360", 2, 3),
    ("96361", 24, 3),
    ("96365", 2, 3),
    ("96366", 24, 3),
    ("96368", 1, 2),
    ("96372", 5, 3),
    ("96375", 6, 3),
    ("96376", 10, 3),
    ("96413", 1, 3),
    ("G0498", 1, 2),
]


@pytest.mark.parametrize(("code", "units", "indicator"), LIMITS)
def test_the_default_has_the_limits_of_its_quarter(folder, code, units, indicator):
    mue = Store(folder).tables([Q3], []).on(JULY).mue
    limit = mue.get(code)
    assert (limit.units, limit.indicator) == (units, indicator)
    assert mue.covers(code)


def test_the_default_knows_drug_administration_only(folder):
    mue = Store(folder).tables([Q3], ["J1100"]).on(JULY).mue
    assert mue.get("J1100") is None
    assert not mue.covers("J1100")


def test_the_default_says_what_it_is_and_of_which_quarter(folder):
    quarter, default = default_tables()
    assert quarter == Q3
    for table in (default.mue, default.ptp):
        assert (table.edition.is_default, table.edition.scope) == (True, Scope.ADMINISTRATION)
    assert [str(one.edition) for one in Store(folder).loaded()] == [
        "NCCI PTP edits, outpatient hospital, 2024Q3 (default, drug administration codes only)",
        "MUE, outpatient hospital, 2024Q3 (default, drug administration codes only)",
    ]
    listed = tables().output
    assert listed.count(FILE) == listed.count("07/01/2024–09/30/2024") == 2


def test_a_loaded_table_comes_before_the_default_of_its_quarter(folder, tmp_path):
    added(mue_file(tmp_path))
    on = Store(folder).tables([Q3], []).on(JULY)
    assert not on.mue.edition.is_default
    assert on.mue.get("96365") is None  # the loaded table has three codes
    assert on.mue.covers("96365")
    assert on.ptp.edition.is_default
    assert [one.edition.is_default for one in Store(folder).loaded()] == [True, False]
