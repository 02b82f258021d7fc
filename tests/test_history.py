"""The history on the user's machine: what it keeps, what it never holds, what may go wrong."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor import Policy
from auditor.history.entry import Capture, Sums, standing
from auditor.history.store import HISTORY, KEY, Added, History, HistoryError
from auditor.report.case import cases_of
from auditor.report.manifest import InputFile, ruling
from auditor.report.remembered import months_counts, run_of
from auditor.run import Status
from auditor.tables_cli import FOLDER_VARIABLE
from tests.history_fixtures import HARBOR, a_month, a_run, judged
from tests.pango import DONE
from tests.report_fixtures import (
    audit_of,
    billed,
    encounter,
    infusion_without_stop,
    plain_month,
    supports_of,
)
from tests.test_cli import CLAIMS, ENCOUNTERS, FORMULARY, MAR, ORDERS, SAMPLE, auditor, book

DATA = ("findings.csv", "corrected_lines.csv", "audit.json", "manifest.json")
SEPTEMBER = date(2026, 9, 1)


def counts(folder: Path, facility: str = HARBOR) -> dict[str, int]:
    """The encounters of each month that counts."""
    months = standing(History(folder).months(facility))
    return {f"{month:%Y-%m}": one.month.encounters for month, one in months.items()}


# ── what is kept ──────────────────────────────────────────────────────────────────────────────


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    month = a_month(
        "2026-09",
        {"no_stop": judged(7, 90, undetermined=3)},
        stops={("ED", "night"): Capture(3, 5)},
        money=Sums(80, Decimal("1234.50"), Decimal("0.00")),
        tables=("NCCI PTP edits, 2026Q3",),
        findings=("F-1", "F-2"),
    )
    run = a_run(month)
    assert History(tmp_path).add(run) == Added(again=False, not_counted=())
    [back] = History(tmp_path).months(HARBOR)
    assert back.month == replace(month, findings=())
    assert back.rules == run.rules
    assert History(tmp_path).facilities() == [HARBOR]


def test_an_empty_history_has_nothing_and_makes_no_file(tmp_path: Path) -> None:
    history = History(tmp_path / "none")
    assert history.facilities() == history.months(HARBOR) == history.reaudits(HARBOR) == []
    assert not (tmp_path / "none").exists()


def test_the_same_audit_again_is_one_point_and_the_latest(tmp_path: Path) -> None:
    history = History(tmp_path)
    first, trial = a_run(a_month("2026-09")), a_run(a_month("2026-09", encounters=399))
    history.add(first)
    history.add(trial)
    assert counts(tmp_path) == {"2026-09": 399}
    assert history.add(first).again
    assert counts(tmp_path) == {"2026-09": 400}
    assert len(history.months(HARBOR)) == 2


@pytest.mark.parametrize(
    ("encounters", "which"), [(400, 400), (200, 200), (199, 400), (800, 800)]
)  # half of 400 takes its place, less does not
def test_a_later_audit_takes_the_place_unless_it_is_a_fringe(
    encounters: int, which: int, tmp_path: Path
) -> None:
    history = History(tmp_path)
    history.add(a_run(a_month("2026-09"), said="first"))
    late = a_month("2026-09", encounters=encounters)
    added = history.add(a_run(late, a_month("2026-10"), said="second"))
    assert counts(tmp_path) == {"2026-09": which, "2026-10": 400}
    assert [(month.encounters, of and of.encounters) for month, of in added.not_counted] == (
        [] if which == encounters else [(encounters, 400)]
    )
    assert len(history.months(HARBOR)) == 3


@pytest.mark.parametrize(("encounters", "counts_too"), [(40, True), (39, False)])
def test_what_an_export_brings_along_of_another_month_does_not_count(
    encounters: int, counts_too: bool, tmp_path: Path
) -> None:
    early = a_month("2026-08", encounters=encounters)
    added = History(tmp_path).add(a_run(early, a_month("2026-09", encounters=400)))
    assert ("2026-08" in counts(tmp_path)) is counts_too
    assert [instead for _, instead in added.not_counted] == ([] if counts_too else [None])


def test_facilities_do_not_mix_and_capitals_do_not_part_them(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(a_run(a_month("2026-08", facility="HARBOR STREET HOSPITAL", encounters=350)))
    history.add(a_run(a_month("2026-09"), a_month("2026-09", facility="Hill", encounters=3)))
    assert history.facilities() == [HARBOR, "Hill"]
    assert counts(tmp_path) == {"2026-08": 350, "2026-09": 400}
    assert counts(tmp_path, "hill") == {"2026-09": 3}


@pytest.mark.parametrize(
    ("before", "now", "both"),
    [
        (("F-1", "F-2", "F-3"), ("F-2", "F-4"), 1),
        (("F-1", "F-2"), ("F-1", "F-2"), 2),
        (("F-1",), (), 0),
    ],
)
def test_an_audit_again_says_which_deficiencies_are_there_again(
    before: tuple[str, ...], now: tuple[str, ...], both: int, tmp_path: Path
) -> None:
    history = History(tmp_path)
    for place, findings in enumerate((("F-9",), before, now)):
        history.add(a_run(a_month("2026-09", findings=findings), said=f"{place}"))
    [found] = history.reaudits(HARBOR)
    assert (found.month, found.audits) == (SEPTEMBER, 3)
    assert (found.before, found.now, found.both) == (len(before), len(now), both)


def test_what_two_keys_masked_is_not_compared(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(a_run(a_month("2026-09", findings=("F-1",)), said="one"))
    (tmp_path / KEY).unlink()
    history.add(a_run(a_month("2026-09", findings=("F-1",)), said="two"))
    assert history.reaudits(HARBOR) == []


# ── whose it is ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the user's folder otherwise")
def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        History(tmp_path / "data").add(a_run(a_month("2026-09")))
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").iterdir()}
    assert modes == {HISTORY: 0o600, KEY: 0o600}


def test_the_same_finding_is_masked_otherwise_on_another_machine(tmp_path: Path) -> None:
    masks = set()
    for machine in ("one", "two"):
        History(tmp_path / machine).add(a_run(a_month("2026-09", findings=("F-1",))))
        with closing(sqlite3.connect(tmp_path / machine / HISTORY)) as database:
            masks |= {mask for (mask,) in database.execute("SELECT mask FROM finding")}
    assert len(masks) == 2


# ── what may go wrong ─────────────────────────────────────────────────────────────────────────


def test_two_audits_at_once_are_both_kept(tmp_path: Path) -> None:
    runs = [a_run(a_month(f"2026-{month:02}", findings=("F-1",))) for month in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda run: History(tmp_path).add(run), runs))
    assert len(counts(tmp_path)) == 8
    with closing(sqlite3.connect(tmp_path / HISTORY)) as database:
        names = database.execute("SELECT DISTINCT key_name FROM run").fetchall()
    assert len(names) == 1


def _damaged(folder: Path) -> None:
    (folder / HISTORY).write_bytes(b"not a database, but long enough to be taken for one" * 40)


def _of_the_future(folder: Path) -> None:
    with closing(sqlite3.connect(folder / HISTORY)) as database:
        database.execute("PRAGMA user_version = 2")


def _with_a_damaged_key(folder: Path) -> None:
    (folder / KEY).write_bytes(b"short")


def _a_folder(folder: Path) -> None:
    (folder / HISTORY).mkdir()


TROUBLES = [
    (_damaged, "file is not a database). It is damaged: move it away to begin a new one."),
    (_of_the_future, "written by a newer version of Infusion Auditor: update the program."),
    (_with_a_damaged_key, "history.key: is damaged; remove it"),
    (_a_folder, "the history cannot be "),
]


@pytest.mark.parametrize(("trouble", "says"), TROUBLES)
def test_what_cannot_be_written_is_one_sentence_and_nothing_changes(
    trouble: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    trouble(tmp_path)
    with pytest.raises(HistoryError) as caught:
        History(tmp_path).add(a_run(a_month("2026-09")))
    assert says in str(caught.value)
    if trouble is _with_a_damaged_key:
        assert History(tmp_path).months(HARBOR) == []


def test_a_history_in_use_is_waited_for_and_then_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.history.store._WAIT", 0.05)
    History(tmp_path).add(a_run(a_month("2026-08")))
    with closing(sqlite3.connect(tmp_path / HISTORY, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryError, match=r"locked\)\. Another audit is being kept"):
            History(tmp_path).add(a_run(a_month("2026-09")))
        other.execute("ROLLBACK")
    assert counts(tmp_path) == {"2026-08": 400}


# ── the command ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("auditor.report.pdf.write_pdf", lambda html, target: None)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


def moved(rows: list[list[object]], month: int) -> list[list[object]]:
    """The small month of the command's tests, in another month of 2024."""
    return [
        [c.replace("09/15/2024", f"{month:02}/15/2024") if isinstance(c, str) else c for c in row]
        for row in rows
    ]


def audited(folder: Path, out: str, month: int, *words: object, facility: bool = True) -> str:
    """Audit the small month moved to ``month``; what the terminal showed."""
    place = folder / f"{month}"
    sheets = {"claims": CLAIMS, "mar": MAR, "orders": ORDERS, "encounters": ENCOUNTERS}
    sheets["formulary"] = FORMULARY
    if not place.exists():  # a workbook holds the time at which it was made
        place.mkdir()
        for name, rows in sheets.items():
            book(place / f"{name}.xlsx", moved(rows, month), name)
    files = sorted(place.iterdir())
    profile = folder / "hospital.toml"
    named = f'facility = "{HARBOR}"\n' if facility else ""
    profile.write_text(f'timezone = "America/New_York"\n{named}', encoding="utf-8")
    result = auditor("run", *files, "--profile", profile, "--out", folder / out, *words)
    assert result.exit_code == DONE, result.output
    return result.output


def test_an_audit_is_kept_and_shown_beside_the_next_month(tmp_path: Path, data: Path) -> None:
    assert "Kept in the history: August 2024 (1 encounter)." in audited(tmp_path, "august", 8)
    audited(tmp_path, "september", 9)
    assert counts(data) == {"2024-08": 1, "2024-09": 1}
    page = (tmp_path / "september" / "report.html").read_text(encoding="utf-8")
    assert "September 2024 beside August 2024" in page
    alone = (tmp_path / "august" / "report.html").read_text(encoding="utf-8")
    assert 'id="trend"' not in alone


def test_the_data_files_do_not_depend_on_the_history(tmp_path: Path, data: Path) -> None:
    audited(tmp_path, "without", 9, "--no-history")
    assert not data.exists()
    audited(tmp_path, "earlier", 8)
    audited(tmp_path, "with", 9)
    shown = [(tmp_path / out / "report.html").read_bytes() for out in ("without", "with")]
    assert shown[0] != shown[1]
    for name in DATA:
        same = [(tmp_path / out / name).read_bytes() for out in ("without", "with")]
        assert same[0] == same[1], name


def test_without_history_nothing_is_kept_or_shown(tmp_path: Path, data: Path) -> None:
    assert "in the history" not in audited(tmp_path, "out", 9, "--no-history")
    assert not data.exists()


def test_what_the_history_keeps_of_hand_made_encounters() -> None:
    """Two months and two spellings of one facility; what has neither is counted as left out."""
    late = encounter(
        "E-5",
        (replace(infusion_without_stop("vancomycin", "10-02 09:00"), department="Clinic "),),
        (billed("96365", day="2026-10-02"),),
        facility=HARBOR.upper(),
        supplied=frozenset({"administration.stop"}),
    )
    nowhere = encounter("E-6", (), (billed("96360"),), facility=None)
    month = (replace(one, supplied=frozenset()) for one in plain_month())
    audit = audit_of(*month, late, nowhere, policy=Policy(skip=frozenset({"modifier"})))
    cases = cases_of(audit, supports_of(audit))
    rules = ruling(audit.policy, None, [result.check for result in audit.results])
    counts = months_counts(cases)
    run = run_of(audit.policy, audit.results, counts, rules, [InputFile("a.csv", "ab" * 32, 1)], ())
    assert run.left_out == 1
    september, october = run.months
    assert [(m.facility, f"{m.month:%Y-%m}", m.encounters) for m in run.months] == [
        (HARBOR, "2026-09", 4),
        (HARBOR, "2026-10", 1),
    ]
    found = {check: result.tally.deficient for check, result in september.results.items()}
    assert found == {"no_stop": 2, "modifier": 0, "orders": 0}
    assert september.results["no_stop"].tally.encounters == 4
    assert {check: result.status for check, result in october.results.items()} == {
        "modifier": Status.SKIPPED,
        "no_stop": Status.EVALUATED,
        "orders": Status.NOT_EVALUATED,
    }
    assert september.stops == {}  # no file has a column for it
    assert october.stops == {("Clinic", "day"): Capture(0, 1)}
    assert [finding.check_id for finding in october.findings] == ["no_stop"]


def test_an_audit_of_no_named_facility_is_not_kept(tmp_path: Path, data: Path) -> None:
    said = audited(tmp_path, "out", 9, facility=False)
    assert 'Name the facility in the profile: facility = "…".' in said
    assert not data.exists()


@pytest.mark.parametrize(("trouble", "says"), TROUBLES[:3])
def test_an_audit_is_whole_without_its_history(
    trouble: Callable[[Path], None], says: str, tmp_path: Path, data: Path
) -> None:
    data.mkdir()
    trouble(data)
    said = audited(tmp_path, "out", 9)
    assert says in said
    assert "The audit is whole without it, and nothing was kept." in said
    assert {*DATA, "audit.xlsx", "report.html"} <= {p.name for p in (tmp_path / "out").iterdir()}


def test_nothing_of_a_patient_is_in_the_history(tmp_path: Path, data: Path) -> None:
    """Every identifier, name and day of the sample month, as text or as a number."""
    out = tmp_path / "out"
    profile = SAMPLE / "hospital.toml"
    result = auditor("run", *sorted(SAMPLE.glob("*.xlsx")), "--profile", profile, "--out", out)
    assert result.exit_code == DONE
    content = (data / HISTORY).read_bytes()
    with closing(sqlite3.connect(data / HISTORY)) as database:
        dump = "\n".join(database.iterdump())
        tables = [
            n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        cells = {c for t in tables for row in database.execute(f"SELECT * FROM '{t}'") for c in row}
    audit = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    sources = _sample_values()
    secret = sources | {finding["id"] for finding in audit["findings"]}
    assert len(secret) > 3_000
    assert {value for value in secret if value.encode() in content or value in dump} == set()
    assert {int(value) for value in secret if value.isdecimal()} & {
        cell for cell in cells if isinstance(cell, int) and cell > 9_999
    } == set()
    assert "2024-09-" not in dump and "09/" not in dump
    assert len(audit["findings"]) > 100 and "2024-09" in dump


def _sample_values() -> set[str]:
    """What the sample says of patients and staff, whatever sheet it stands in."""
    from tests.vendor_month import month

    telling = {
        *("PAT_ENC_CSN_ID", "PAT_MRN_ID", "HSP_ACCOUNT_ID", "USER_ID", "ORDER_MED_ID", "BAG_ID"),
        *("ORDERING_PROVIDER", "IP_LDA_ID", "PLACED_BY", "Claim Number", "Med Rec No", "Coder"),
        *("Patient Control Number", "Encounter #", "MRN", "Order #", "Bag/Syringe ID", "Given By"),
    }
    found = set()
    for name in ("mar", "orders", "encounters", "lines", "claims", "infusion_clinic_mar"):
        for row in month(name):
            found |= {str(row[header]) for header in telling & set(row) if row[header]}
    return found
