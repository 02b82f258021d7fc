"""Audits on a cluster: the findings, ledger and hashes of one machine, whatever happens to it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from auditor.cli import DONE, UNFINISHED, UNUSABLE, app
from auditor.cluster.audit import WORK, Done, Ordered, audit_on
from auditor.cluster.engine import Cluster, Dask, Here, Undone, cluster_at
from auditor.cluster.errors import ClusterError, Unfinished
from auditor.cluster.inputs import inputs_at, is_url, urls_in
from auditor.cluster.outputs import CORRECTED, ENCOUNTERS, FINDINGS, NOT_USED, SUMMARY
from auditor.cluster.work import Work
from auditor.load import InputError, Ledger, load
from auditor.policy import Policy
from auditor.report import OutputError
from benchmarks.extract import write as write_extract
from tests.cluster_faults import Fault
from tests.months import (
    CHECKS,
    HOSPITAL,
    MONTH,
    MONTHS,
    PROFILE,
    SAMPLE,
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


@pytest.mark.parametrize(("rows", "lots"), [(400, 3), (10**9, 10)])
def test_the_sample_month_comes_to_what_one_machine_finds(
    rows: int, lots: int, expected: dict[str, Any], ledger: Ledger, tmp_path: Path
) -> None:
    done = on_cluster(MONTH, tmp_path, rows=rows, lots=lots)
    the_same(done, ledger, tmp_path)
    assert as_files(tmp_path) == expected
    assert not (tmp_path / WORK).exists()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


C = ("Encounter", "Account", "Claim ID", "Transaction ID", "Reverses", "Bill Type", "HCPCS",
     "Units", "Charge", "Service Date")  # fmt: skip
M = ("Encounter", "Order", "Admin ID", "Medication", "Action", "Action Time", "Route")
LINE = ("96365", "1", "100.00", "2026-09-01")
BAG = ("ceftriaxone", "New Bag", "2026-09-01 08:00", "IVPB")
END = ("ceftriaxone", "Stopped", "2026-09-01 08:40", "IVPB")
ACROSS = {
    "a charge of another encounter is taken back": {
        "claims-0": (C, [("E1", "A1", "C1", "T1", "", "131", *LINE)]),
        "claims-1": (C, [("E2", "A2", "C2", "T2", "T1", "131", "96365", "-1", "-100.00", LINE[3])]),
        "mar-0": (M, [("E1", "O1", "", *BAG)]),
    },
    "a line of one claim and another encounter is taken back": {
        "claims-0": (C, [("E1", "A1", "C1", "", "", "131", *LINE)]),
        "claims-1": (C, [("E2", "A2", "C1", "", "", "131", "96365", "-1", "-100.00", LINE[3])]),
        "mar-0": (M, [("E1", "O1", "", *BAG)]),
    },
    "a row that cannot be used is of an encounter by its order": {
        "claims-0": (C, [("E1", "A1", "C1", "", "", "131", *LINE)]),
        "mar-0": (M, [("E1", "O1", "", *BAG)]),
        "mar-1": (M, [("", "O1", "", "ceftriaxone", "Stopped", "soon", "IVPB")]),
    },
    "bag and stop have one number": {
        "claims-0": (C, [("E1", "A1", "C1", "", "", "131", *LINE)]),
        "mar-0": (M, [("E1", "", "M1", *BAG), ("E1", "", "M2", *BAG)]),
        "mar-1": (M, [("E1", "", "M1", *END), ("E1", "", "M3", *END)]),
    },
    "an order of two encounters is of the one that begins last": {
        "claims-0": (C, [(n, f"A{n}", f"C{n}", "", "", "131", *LINE) for n in ("E1", "E2")]),
        "mar-0": (M, [("E2", "O2", "", *BAG), ("E1", "O1", "", *BAG)]),
        "mar-1": (M, [("E2", "O1", "", *BAG), ("", "O1", "", *END)]),
    },
    "one file has a column that another one lacks": {
        "claims-0": (C, [("E1", "A1", "C1", "", "", "131", *LINE),
                         ("E1", "A1", "C1", "", "", "131", "96374", *LINE[1:])]),
        "mar-0": ((*M, "Site"), [("E1", "O1", "", *BAG, "left hand"),
                                 ("E1", "O1", "", *END, "left hand"),
                                 ("E1", "O3", "", *BAG, "right forearm"),
                                 ("E1", "O3", "", *END, "right forearm")]),
        "mar-1": (M, [("E1", "O2", "", *BAG), ("E1", "O2", "", *END)]),
    },
}  # fmt: skip


@pytest.mark.parametrize("files", ACROSS.values(), ids=ACROSS.keys())
def test_what_stands_in_two_files_is_seen_from_both(
    files: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]], tmp_path: Path
) -> None:
    month = {
        name: [dict(zip(header, row, strict=True)) for row in rows]
        for name, (header, rows) in files.items()
    }
    profile = PROFILE.model_copy(
        update={"sheets": {f"{name}.csv": SHEETS[name[:-2]] for name in month}}
    )
    paths = files_of(month, tmp_path)
    as_one = parsed(whole(paths, tmp_path / "whole", profile))
    done = on_cluster(paths, tmp_path / "out", profile, rows=1, lots=1)
    the_same(done, load(paths, profile).ledger, tmp_path / "out")
    assert as_files(tmp_path / "out") == as_one


# ── workers that are processes ────────────────────────────────────────────────────────────────


class Asked(Here):
    """This process, with what it was asked to do by stage; it stops before one thing."""

    def __init__(self, stop: tuple[str, int] | None = None) -> None:
        self.numbers: dict[str, list[int]] = {}
        self._stop = stop

    def run(self, task, work, numbers, done) -> dict[int, Undone]:
        self.numbers.setdefault(task.__name__, []).extend(numbers)
        undone: dict[int, Undone] = {}
        for number in numbers:
            if (task.__name__, number) == self._stop:
                raise KeyboardInterrupt
            undone |= super().run(task, work, [number], done)
        return undone


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


def test_whoever_has_another_version_of_the_program_does_nothing(
    workers: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.cluster.engine.engine", lambda: "another")
    with pytest.raises(Unfinished, match=r"mar\.xlsx: a worker has another version of the program"):
        on_cluster(MONTH, tmp_path, cluster=workers)


def test_without_any_worker_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import Client, LocalCluster

    monkeypatch.setattr("auditor.cluster.engine.ALONE", 0.2)
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as none,
        Client(none) as client,
        pytest.raises(Unfinished, match=r"7 pieces of 7 .*\n(- .*: no worker is left\.\n){7}"),
    ):
        on_cluster(MONTH, tmp_path, cluster=Dask(client))


def test_where_no_scheduler_answers_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.cluster.engine.PATIENCE", 0.5)
    with (
        pytest.raises(ClusterError, match=r"^No scheduler answers at tcp://127\.0\.0\.1:9 \("),
        cluster_at("tcp://127.0.0.1:9"),
    ):
        pass


# ── files wherever they lie ───────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hospital's extract as Parquet, its larger tables in several files."""
    folder = tmp_path_factory.mktemp("partitioned")
    made = write_extract(2_000, tmp_path_factory.mktemp("whole") / "extract", "parquet")
    for file in made.files:
        table = pq.read_table(file)
        for n, at in enumerate(range(0, max(table.num_rows, 1), 700)):
            pq.write_table(table.slice(at, 700), folder / f"{file.stem}-{n}.parquet")
    return folder


def test_partitions_of_a_store_come_to_what_one_machine_finds_in_them(
    extract: Path, tmp_path: Path
) -> None:
    files = sorted(extract.iterdir())
    assert len(files) > 8
    memory = fsspec.filesystem("memory")
    for file in files:
        memory.pipe_file(f"/extract/year=2024/{file.name}", file.read_bytes())
    memory.pipe_file("/extract/_metadata.parquet", b"no table")
    urls = urls_in("memory://extract")
    assert [url.rpartition("/")[2] for url in urls] == [file.name for file in files]
    assert urls_in("memory://extract/**/mar-*.parquet") == [u for u in urls if "/mar-" in u]
    done = on_cluster(urls, "memory://out")
    the_same(done, load(files, HOSPITAL).ledger, "memory://out")
    assert as_files("memory://out") == parsed(whole(files, tmp_path / "out"))
    assert not memory.exists(f"/out/{WORK}")


@pytest.mark.parametrize("address", ["memory://nowhere", "memory://nowhere/*.csv", "nosuch://x/y"])
def test_an_address_of_nothing_is_refused(address: str) -> None:
    with pytest.raises(InputError, match=re.escape(address)):
        urls_in(address)


@pytest.mark.parametrize(
    ("named", "is_one"),
    [("s3://bucket/mar.parquet", True), ("abfs://c@a.x/y", True), ("simplecache::s3://b/k", True),
     ("C:\\exports\\mar.csv", False), ("c:/exports/mar.csv", False), ("exports/mar.csv", False)],
)  # fmt: skip
def test_what_is_an_address(named: str, is_one: bool) -> None:
    assert is_url(named) is is_one


def test_a_damaged_file_is_named_and_only_it_is_read_again(extract: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(extract, folder)
    files = sorted(folder.iterdir())
    whole_file = files[2].read_bytes()
    files[2].write_bytes(whole_file[:-100])
    asked = Asked()
    with pytest.raises(InputError, match=f"- {files[2].name}: is damaged or cut off"):
        on_cluster(files, out, cluster=asked)
    assert asked.numbers == {"read": list(range(len(files)))}
    files[2].write_bytes(whole_file)
    asked.numbers.clear()
    on_cluster(files, out, cluster=asked)
    assert asked.numbers.pop("read") == [2]
    assert asked.numbers["own"] == list(range(len(files)))


def test_what_was_stopped_goes_on_where_it_was(extract: Path, tmp_path: Path) -> None:
    out, files = tmp_path / "out", sorted(extract.iterdir())
    (out / WORK / "run-0000").mkdir(parents=True)  # of another audit
    with pytest.raises(KeyboardInterrupt):
        on_cluster(files, out, cluster=Asked(stop=("judge", 1)))
    assert [path.name for path in out.iterdir()] == [WORK]
    assert not (out / WORK / "run-0000").exists()
    assert (out / WORK).stat().st_mode & 0o077 == 0
    asked = Asked()
    on_cluster(files, out, cluster=asked)
    numbers = {stage: n for stage, n in asked.numbers.items() if n}
    assert list(numbers) == ["judge"]
    assert numbers["judge"][0] == 1


def test_an_audit_takes_the_place_of_an_earlier_one(extract: Path, tmp_path: Path) -> None:
    files = sorted(extract.iterdir())
    on_cluster(files, tmp_path, rows=50, lots=1)
    many = len(list((tmp_path / FINDINGS).iterdir()))
    (tmp_path / "notes.txt").write_text("mine")
    on_cluster(files, tmp_path, rows=400)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert 1 < len(list((tmp_path / FINDINGS).iterdir())) < many
    for name, digest in manifest["outputs"].items():
        assert sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    told = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.parquet")}
    assert told | {SUMMARY} == set(manifest["outputs"])
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_of_somebody_else_is_not_used(
    extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / WORK).mkdir()
    monkeypatch.setattr("os.getuid", lambda: (tmp_path / WORK).stat().st_uid + 1)
    with pytest.raises(OutputError, match=rf"{WORK}: belongs to somebody else"):
        on_cluster(sorted(extract.iterdir()), tmp_path)


def test_the_same_content_twice_is_read_once(extract: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(extract, folder)
    shutil.copy(folder / "mar-0.parquet", folder / "mar-again.parquet")
    files = sorted(folder.iterdir())
    done = on_cluster(files, tmp_path / "out")
    the_same(done, load(files, HOSPITAL).ledger, tmp_path / "out")


REFUSED = [
    # the files, and what is said of them
    ({"flow.csv": "Order,Bag,Bag Hung,Bag Down,Rate\nO1,B1,2026-09-01 08:00,"
      "2026-09-01 09:00,100\n"}, "flow.csv: is an infusion flowsheet"),
    ({"bundle.json": '{"resourceType": "Bundle"}'}, "bundle.json: is FHIR in JSON"),
    ({"page.xml": '<ClinicalDocument xmlns="urn:hl7-org:v3"/>'}, "page.xml: is a health record"),
    ({"empty.csv": ""}, "empty.csv: is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "said"), REFUSED)
def test_what_is_no_file_for_a_cluster_is_refused(
    files: dict[str, str], said: str, extract: Path, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    profile = HOSPITAL.model_copy(update={"sheets": {"flow.csv": "flowsheet"}})
    given_files = [*sorted(extract.iterdir()), *(tmp_path / name for name in files)]
    with pytest.raises(InputError, match=re.escape(said)):
        on_cluster(given_files, tmp_path / "out", profile)


# ── the command ───────────────────────────────────────────────────────────────────────────────


def test_the_command_says_what_one_machine_says(extract: Path, tmp_path: Path) -> None:
    words = ["run", str(extract), "--profile", str(SAMPLE / "hospital.toml"), "--no-history"]
    one, out = tmp_path / "one", tmp_path / "out"
    alone = CliRunner().invoke(app, [*words, "--out", str(one), "--data-only"])
    on_it = CliRunner().invoke(app, [*words, "--out", str(out), "--cluster", "local"])
    assert on_it.exit_code == alone.exit_code == DONE

    def without_paths(said: str) -> list[str]:
        return [line for line in said.splitlines() if str(tmp_path) not in line]

    assert without_paths(on_it.output) == without_paths(alone.output)
    assert f"  {out}/findings\n" in on_it.output
    assert as_files(out) == parsed({p.name: p.read_bytes() for p in one.iterdir()})


@pytest.mark.parametrize(
    "option", [["--mask"], ["--strict"], ["--privilege", "x"], ["--mended", "x.xlsx"],
               ["--decisions", "x.xlsx"], ["--password"]],
)  # fmt: skip
def test_what_a_cluster_does_not_write_cannot_be_asked_for(
    option: list[str], tmp_path: Path
) -> None:
    words = ["run", *map(str, MONTH), "--out", str(tmp_path / "out"), "--cluster", "local"]
    refused = CliRunner().invoke(app, [*words, *option])
    assert refused.exit_code == UNUSABLE
    assert f"{option[0]} cannot be had with --cluster" in refused.output


def test_what_is_left_undone_has_a_status_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfinished(*_: object, **__: object) -> None:
        raise Unfinished("1 piece of 2 could not be done:")

    monkeypatch.setattr("auditor.cluster_cli.run_on_cluster", unfinished)
    words = ["run", *map(str, MONTH), "--out", str(tmp_path / "out"), "--cluster", "local"]
    said = CliRunner().invoke(app, words)
    assert (said.exit_code, said.output) == (UNFINISHED, "1 piece of 2 could not be done:\n")


def test_without_dask_a_sentence_tells_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.cluster_cli.find_spec", lambda name: None)
    words = ["run", *map(str, MONTH), "--out", str(tmp_path / "out"), "--cluster", "local"]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == UNUSABLE
    assert said.output.startswith("--cluster needs Dask: install infusion-auditor[cluster]")
