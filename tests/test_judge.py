"""Judged in one process or in several, whole or in parts: the same audit and the same bytes."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest

import checks
from auditor.check import discover
from auditor.judge import Judged, Rules, judge, judge_part, merged
from auditor.load import Ledger, Loaded, load, load_profile
from auditor.policy import Policy
from auditor.progress import Step
from auditor.report import write_audit, write_data
from auditor.report.manifest import ruling
from auditor.report.part import DataPart, part_of
from auditor.report.part import merged as merged_data
from auditor.report.remembered import run_of
from auditor.resources import resource
from auditor.run import CheckFailed
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store

SAMPLE = resource("sample_data")


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    loaded = load(sorted(SAMPLE.glob("*.xlsx")), load_profile(SAMPLE / "hospital.toml"))
    tables = tables_for(loaded.encounters, Store(SAMPLE / "none"))
    return replace(loaded, encounters=tuple(attach(e, tables) for e in loaded.encounters))


@pytest.fixture(scope="module")
def rules(loaded: Loaded) -> Rules:
    return Rules(discover(checks), Policy(), loaded.supplied)


@pytest.fixture(scope="module")
def alone(loaded: Loaded, rules: Rules) -> Judged:
    return judge(loaded.encounters, rules, processes=1)


def outputs(judged: Judged, folder: Path, ledger: Ledger) -> dict[str, bytes]:
    write_audit(judged.audit, ledger, judged.cases, [], folder, data_only=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def expected(alone: Judged, loaded: Loaded, tmp_path_factory: pytest.TempPathFactory):
    return outputs(alone, tmp_path_factory.mktemp("alone") / "out", loaded.ledger)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_two_processes_give_the_bytes_of_one(
    start: str, loaded: Loaded, rules: Rules, expected: dict[str, bytes],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this machine cannot {start}")
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: [start])
    monkeypatch.setattr("auditor.judge._AT_ONCE", 60)
    judged = judge(reversed(loaded.encounters), rules, processes=2)
    assert outputs(judged, tmp_path / "out", loaded.ledger) == expected


def data_outputs(data: DataPart, folder: Path, ledger: Ledger) -> dict[str, bytes]:
    write_data(data, ledger, [], folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_parts_in_any_order_and_of_any_encounters_give_the_same_data(
    loaded: Loaded, rules: Rules, expected: dict[str, bytes], tmp_path: Path
) -> None:
    dealt = [judge_part(loaded.encounters[first::7], rules) for first in (4, 0, 6, 2, 5, 3, 1)]
    data = merged_data([part_of(part.audit, part.cases) for part in dealt])
    assert data_outputs(data, tmp_path / "out", loaded.ledger) == expected


@pytest.mark.parametrize("size", [1, 97])
def test_parts_give_the_bytes_of_the_whole(
    size: int, loaded: Loaded, rules: Rules, expected: dict[str, bytes], tmp_path: Path
) -> None:
    everyone = loaded.encounters
    parts = [judge_part(everyone[n : n + size], rules) for n in range(0, len(everyone), size)]
    assert outputs(merged(parts), tmp_path / "out", loaded.ledger) == expected


def test_what_a_process_that_dies_leaves_undone_is_done_here(
    loaded: Loaded, rules: Rules, expected: dict[str, bytes],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    parent, usual = os.getpid(), judge_part

    def dying(part, rules):
        if os.getpid() != parent and any(e.encounter_id == victim for e in part):
            os._exit(1)
        return usual(part, rules)

    victim = loaded.encounters[len(loaded.encounters) // 2].encounter_id
    monkeypatch.setattr("auditor.judge.judge_part", dying)
    monkeypatch.setattr("auditor.judge._AT_ONCE", 60)
    judged = judge(loaded.encounters, rules, processes=2)
    assert outputs(judged, tmp_path / "out", loaded.ledger) == expected


def test_no_encounter_is_an_audit_too(rules: Rules) -> None:
    audit = judge([], rules).audit
    assert audit.encounters == audit.findings == ()
    assert len(audit.results) == len(rules.checks)


def test_strict_rules_stop_at_the_first_check_that_fails(loaded: Loaded, rules: Rules) -> None:
    def fails(encounter, policy):
        raise ValueError

    failing = replace(rules.checks[0], rule=fails, needs=())
    with pytest.raises(CheckFailed):
        judge(loaded.encounters, replace(rules, checks=(failing,), strict=True), processes=2)


def test_it_tells_how_far_it_is(loaded: Loaded, rules: Rules) -> None:
    told: list[tuple[Step, float, float]] = []
    judge(loaded.encounters[:300], rules, tell=lambda *more: told.append(more))
    assert told == [(Step.JUDGE, 250, 300), (Step.JUDGE, 300, 300)]


def test_the_history_of_parts_is_that_of_the_whole(alone: Judged, rules: Rules) -> None:
    whole = part_of(alone.audit, alone.cases)
    halves = [judge_part([c.encounter for c in alone.cases[n::2]], rules) for n in (1, 0)]
    data = merged_data([part_of(half.audit, half.cases) for half in halves])
    asked = ruling(rules.policy, None, rules.checks)
    one, other = (
        run_of(rules.policy, part.results, part.counts.months, asked, [], ())
        for part in (whole, data)
    )
    assert one == other
    assert one.months and any(month.findings for month in one.months)
