"""Rows audited in any number of parts and processes: the bytes of the whole, whatever the files."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import auditor.audit_rows
from auditor.audit_rows import audit_rows, parts_of
from auditor.judge import Rules
from auditor.load import InputError, ledger_of, load, receive
from auditor.load.encounters import assemble
from auditor.load.parts import Parts
from auditor.policy import Policy
from auditor.progress import Step
from auditor.report import write_data
from auditor.tables.attach import editions_of, tables_on
from tests.months import (
    CHECKS,
    HOSPITAL,
    MONTH,
    MONTHS,
    PROFILE,
    STORE,
    files_of,
    whole,
    written,
)


def in_parts(
    files: Sequence[Path],
    out: Path,
    rows: int,
    processes: int,
    profile=HOSPITAL,
    *,
    in_files: bool = False,
) -> dict[str, bytes]:
    received = receive(files, profile)
    extract = received.extract
    tables = tables_on(extract.days(), extract.codes(), STORE)
    rules = Rules(CHECKS, Policy(), received.supplied)
    parts_made = Parts(extract, rows)
    with TemporaryDirectory() as folder:
        kept = parts_made.kept_in(Path(folder)) if in_files else parts_made
        data, parts = audit_rows(kept, rules, tables, processes=processes)
    ledger = ledger_of(received, [part.assembled for part in parts])
    quarters = {quarter for part in parts for quarter in part.quarters}
    write_data(
        data, ledger, files, out, tables=editions_of(tables, STORE, quarters), profile=profile
    )
    return written(out)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return whole(MONTH, tmp_path_factory.mktemp("whole") / "out")


@pytest.mark.parametrize(
    ("rows", "processes", "start", "in_files"),
    [
        (1, 1, "fork", False),
        (700, 1, "fork", True),
        (10**9, 1, "fork", False),
        (700, 2, "fork", False),
        (700, 2, "fork", True),
        (700, 2, "spawn", False),
    ],
)
def test_the_sample_month_in_parts_has_the_bytes_of_the_whole(
    rows: int, processes: int, start: str, in_files: bool, expected: dict[str, bytes],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this machine cannot {start}")
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: [start])
    made = in_parts(MONTH, tmp_path / "out", rows, processes, in_files=in_files)
    assert made == expected


def test_many_rows_lie_beside_the_outputs_meanwhile_and_are_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, extract = tmp_path / "new" / "out", receive(MONTH, HOSPITAL).extract
    with parts_of(extract, out) as parts:
        assert isinstance(parts, Parts)
    monkeypatch.setattr("auditor.audit_rows.MANY", extract.rows)
    with parts_of(extract, out) as parts:
        (folder,) = out.parent.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert sorted(path.name for path in folder.iterdir()) == [
            str(number) for number in range(len(parts))
        ]
        assert extract.rows == 0
    assert list(out.parent.iterdir()) == []


def test_every_step_is_told_to_its_end(tmp_path: Path) -> None:
    told: dict[Step, list[tuple[float, float]]] = {}

    def tell(step: Step, done: float, total: float) -> None:
        told.setdefault(step, []).append((done, total))

    received = receive(MONTH, HOSPITAL, tell=tell)
    tables = tables_on(received.extract.days(), (), STORE)
    rules = Rules(CHECKS, Policy(), received.supplied)
    audit_rows(Parts(received.extract, 400).kept_in(tmp_path, tell), rules, tables, tell=tell)
    assert list(told) == [Step.READ, Step.ROWS, Step.OWN, Step.KEEP, Step.JUDGE]
    for steps in told.values():
        assert len({total for _, total in steps}) == 1
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert steps[-1][0] == steps[-1][1]


def test_parts_hold_about_as_many_rows_as_asked() -> None:
    extract = receive(MONTH, HOSPITAL).extract
    sizes = [sum(len(r.homes) for r in part.sheets) for part in Parts(extract, 400)]
    assert sum(sizes) == sum(len(rows.homes) for rows in extract.sheets)
    assert len(sizes) > 10
    assert all(400 <= size < 1_000 for size in sizes[:-1])


# ── files in which everything bears on everything ─────────────────────────────────────────────


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(month=MONTHS, rows=st.integers(1, 12), in_files=st.booleans())
def test_encounters_that_bear_on_each_other_stay_together(
    month: dict[str, list[dict[str, str]]], rows: int, in_files: bool
) -> None:
    with TemporaryDirectory() as made:
        folder = Path(made)
        files = files_of(month, folder)
        try:
            as_one = whole(files, folder / "whole", PROFILE)
        except InputError:
            return
        parts = in_parts(files, folder / "parts", rows, 1, PROFILE, in_files=in_files)
        assert parts == as_one


TIED = [
    # what two encounters have in common, and whether one part has both
    ({"MRN": "P1"}, {"MRN": "P1"}, True),
    ({"MRN": "P1"}, {"MRN": "P2"}, False),
    ({"Account": "A1"}, {"Account": "A1"}, True),
    ({"Claim ID": "C1"}, {"Claim ID": "C1"}, True),
    ({"Claim ID": "C1"}, {"Claim ID": "C2"}, False),
    ({"Transaction ID": "T1"}, {"Reverses": "T1"}, True),
    ({"Transaction ID": "T1"}, {"Transaction ID": "T1"}, False),
    ({"Account": "E2"}, {}, True),
]


@pytest.mark.parametrize(("one", "other", "together"), TIED)
def test_what_ties_two_encounters(
    one: dict[str, str], other: dict[str, str], together: bool, tmp_path: Path
) -> None:
    line = {"Encounter": "", "Account": "", "MRN": "", "Claim ID": "", "Transaction ID": "",
            "Reverses": "", "Line": "", "HCPCS": "96374", "Units": "1",
            "Service Date": "2026-09-01"}  # fmt: skip
    given = {"Encounter": "E1", "Order": "O1", "Medication": "ondansetron", "Action": "Given",
             "Action Time": "2026-09-01 08:00", "Route": "IV"}  # fmt: skip
    month = {
        "claims": [{**line, "Encounter": "E1", **one}, {**line, "Encounter": "E2", **other}],
        "mar": [given, {**given, "Encounter": "E2"}],
    }
    extract = receive(files_of(month, tmp_path), PROFILE).extract
    parts = [[e.encounter_id for e in assemble(part).encounters] for part in Parts(extract, 1)]
    assert parts == ([["E1", "E2"]] if together else [["E1"], ["E2"]])


def test_what_a_process_that_dies_leaves_undone_is_done_here(
    expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    parent, usual = os.getpid(), auditor.audit_rows.assemble
    victim = load(MONTH, HOSPITAL).encounters[200].encounter_id

    def dying(part):
        assembled = usual(part)
        if os.getpid() != parent and any(e.encounter_id == victim for e in assembled.encounters):
            os._exit(1)
        return assembled

    monkeypatch.setattr("auditor.audit_rows.assemble", dying)
    assert in_parts(MONTH, tmp_path / "out", 700, 2) == expected
