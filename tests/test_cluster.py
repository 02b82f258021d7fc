"""Audits on a cluster: the findings, ledger and hashes of one machine, whatever happens to it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.cluster.audit import WORK, Done, Ordered, audit_on
from auditor.cluster.engine import Cluster, Dask, Here, Undone, cluster_at
from auditor.cluster.errors import Unfinished
from auditor.cluster.inputs import inputs_at
from auditor.cluster.outputs import CORRECTED, ENCOUNTERS, FINDINGS, NOT_USED, SUMMARY
from auditor.cluster.work import Work
from auditor.load import InputError, Ledger, load
from auditor.policy import Policy
from tests.cluster_faults import Fault
from tests.months import (
    CHECKS,
    HOSPITAL,
    MONTH,
    MONTHS,
    PROFILE,
    SHEETS,
    STORE,
    files_of,
    whole,
)

GROUPS = ("deficient", "undetermined", "met")
GRAVITY = ("high", "medium", "low")


def on_cluster(
    files: Sequence[Path | str],
    out: Path | str,
    profile=HOSPITAL,
    cluster: Cluster | None = None,
    rows: int = 400,
    lots: int = 3,
) -> Done:
    inputs = inputs_at([str(file) for file in files])
    ordered = Ordered(
        inputs, profile, Policy(), CHECKS, STORE, Work(str(out)), rows=rows, lots=lots
    )
    return audit_on(cluster or Here(), ordered)


def rows_of(out: Path | str, table: str) -> list[dict[str, Any]]:
    fs, path = fsspec.core.url_to_fs(f"{out}/{table}")
    found = []
    for name in sorted(fs.ls(path, detail=False)):
        found += pq.read_table(io.BytesIO(fs.cat_file(name))).to_pylist()
    return found


def as_files(out: Path | str) -> dict[str, Any]:
    """What the tables of a cluster come to as the files of one machine, cell by cell."""
    findings = rows_of(out, FINDINGS)
    encounters = rows_of(out, ENCOUNTERS)
    corrected = rows_of(out, CORRECTED)
    fs, path = fsspec.core.url_to_fs(str(out))
    told = [json.loads(row["json"]) for row in findings]
    place = [
        (GROUPS.index(one["outcome"]), GRAVITY.index(one["severity"]), one["check"],
         one["encounter"], one["id"])
        for one in told
    ]  # fmt: skip
    order = sorted(range(len(told)), key=lambda n: place[n])
    encounters.sort(key=lambda row: row["encounter_id"])
    numbers = [row["encounter_id"] for row in encounters]
    corrected.sort(key=lambda row: numbers.index(row["encounter_id"].removeprefix("'")))
    summary = json.loads(fs.cat_file(f"{path}/{SUMMARY}"))
    manifest = json.loads(fs.cat_file(f"{path}/manifest.json"))
    manifest.pop("outputs")
    return {
        "findings.csv": [
            {k: v for k, v in findings[n].items() if k != "json"} for n in order
        ],
        "corrected_lines.csv": corrected,
        "audit.json": {
            **summary,
            "findings": [told[n] for n in order],
            "encounters": [json.loads(row["json"]) for row in encounters],
        },
        "manifest.json": manifest,
    }  # fmt: skip


def parsed(files: Mapping[str, bytes]) -> dict[str, Any]:
    told = {name: json.loads(files[name]) for name in ("audit.json", "manifest.json")}
    told["manifest.json"].pop("outputs")
    for name in ("findings.csv", "corrected_lines.csv"):
        told[name] = list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"), newline="")))
    return told


def the_same(done: Done, ledger: Ledger, out: Path | str) -> None:
    assert done.ledger.sheets == ledger.sheets
    assert done.ledger.problems == ledger.problems
    assert done.ledger.orphans == ledger.orphans
    assert done.ledger.joined == ledger.joined
    expected = sorted(
        (row.file, row.sheet or "", row.row, row.disposition, row.reason) for row in ledger.rows
    )
    found = sorted(
        (row["file"], row["sheet"], int(row["row"]), row["disposition"], row["reason"])
        for row in rows_of(out, NOT_USED)
    )
    assert found == expected


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parsed(whole(MONTH, tmp_path_factory.mktemp("whole") / "out"))


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return load(MONTH, HOSPITAL).ledger


@pytest.mark.parametrize(("rows", "lots"), [(1, 1), (400, 3), (10**9, 10)])
def test_the_sample_month_comes_to_what_one_machine_finds(
    rows: int, lots: int, expected: dict[str, Any], ledger: Ledger, tmp_path: Path
) -> None:
    done = on_cluster(MONTH, tmp_path, rows=rows, lots=lots)
    the_same(done, ledger, tmp_path)
    assert as_files(tmp_path) == expected
    assert not (tmp_path / WORK).exists()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(month=MONTHS, rows=st.integers(1, 12), data=st.data())
def test_rows_that_come_late_or_without_a_number_find_their_encounters(
    month: dict[str, list[dict[str, str]]], rows: int, data: st.DataObject
) -> None:
    """Each table is in one or two files, so that rows of an encounter stand in several."""
    partitioned = {}
    for name, listed in month.items():
        at = data.draw(st.integers(0, len(listed)))
        halves = [half for half in (listed[:at], listed[at:]) if half]
        partitioned |= {f"{name}-{n}": half for n, half in enumerate(halves)}
    sheets = {f"{name}.csv": SHEETS[name[:-2]] for name in partitioned}
    profile = PROFILE.model_copy(update={"sheets": sheets})
    with TemporaryDirectory() as made:
        folder = Path(made)
        files = files_of(partitioned, folder)
        try:
            one = load(files, profile).ledger
        except InputError as refused:
            with pytest.raises(InputError) as on_cluster_too:
                on_cluster(files, folder / "out", profile, rows=rows, lots=1)
            assert on_cluster_too.value.problems == refused.problems
            return
        as_one = parsed(whole(files, folder / "whole", profile))
        done = on_cluster(files, folder / "out", profile, rows=rows, lots=1)
        the_same(done, one, folder / "out")
        assert as_files(folder / "out") == as_one


# ── workers that are processes ────────────────────────────────────────────────────────────────


class Watched:
    """A cluster of processes, and what it was asked to do by stage."""

    def __init__(self, client: Any) -> None:
        self.client, self.dask = client, Dask(client)
        self.asked: dict[str, list[int]] = {}

    def run(self, task, work, numbers, done) -> dict[int, Undone]:
        self.asked.setdefault(task.__name__, []).extend(numbers)
        return self.dask.run(task, work, numbers, done)

    @contextmanager
    def with_fault(self, how: str, victim: str, folder: Path) -> Iterator[None]:
        self.asked.clear()
        self.client.register_plugin(Fault(how, victim, folder))
        try:
            yield
        finally:
            self.client.unregister_worker_plugin("fault")


@pytest.fixture(scope="module")
def workers() -> Iterator[Watched]:
    with cluster_at("local") as dask:
        dask._client.wait_for_workers(1)
        yield Watched(dask._client)


VICTIM = load(MONTH, HOSPITAL).encounters[200].encounter_id


@pytest.mark.parametrize("how", ["dies_once", "dawdles"])
def test_a_worker_that_dies_or_dawdles_changes_nothing(
    how: str, workers: Watched, expected: dict[str, Any], tmp_path: Path
) -> None:
    suffered = tmp_path / "suffered"
    suffered.mkdir()
    with workers.with_fault(how, VICTIM, suffered):
        on_cluster(MONTH, tmp_path / "out", cluster=workers)
    assert as_files(tmp_path / "out") == expected
    assert (suffered / {"dies_once": "died", "dawdles": "slow"}[how]).exists()


@pytest.mark.parametrize(
    ("how", "why"), [("kills", "several workers died of it"), ("breaks", "ValueError in ")]
)
def test_a_part_that_cannot_be_judged_is_named_and_only_it_is_done_again(
    how: str, why: str, workers: Watched, expected: dict[str, Any], tmp_path: Path
) -> None:
    out, suffered = tmp_path / "out", tmp_path / "suffered"
    suffered.mkdir()
    with workers.with_fault(how, VICTIM, suffered), pytest.raises(Unfinished) as stopped:
        on_cluster(MONTH, out, cluster=workers)
    said = str(stopped.value)
    parts = len(workers.asked["judge"])
    assert parts > 3
    assert f"1 piece of {parts} could not be done:" in said
    assert re.search(rf"part \d of {parts} \(\d+ encounters\): {why}", said)
    assert VICTIM not in said and "Mary" not in said
    assert [path.name for path in out.iterdir()] == [WORK]
    workers.asked.clear()
    on_cluster(MONTH, out, cluster=workers)
    assert {stage: len(numbers) for stage, numbers in workers.asked.items() if numbers} == {
        "judge": 1
    }
    assert as_files(out) == expected
    assert not (out / WORK).exists()
