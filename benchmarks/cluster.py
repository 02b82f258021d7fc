"""Audits on a cluster: ``python -m benchmarks.cluster [ROWS]``, at first 100,000.

An extract of so many rows of charted actions as Parquet, cut into files in three ways: evenly; one
file with half of everything, as where files are by facility and one has half of all patients; and
evenly beside one encounter of 100,000 rows.  Each piece of work is done alone and timed in seconds
of its processor.  From the times of the pieces follows how long so many workers would take, each
taking the next piece when it is free.

Beside that the whole command on this machine's processors, by ``--cluster local`` and without.  The
figures are kept in ``benchmarks/results/cluster.json``; ``python -m benchmarks.cluster model``
prints what they come to for larger audits.
"""

from __future__ import annotations

import csv
import heapq
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow.parquet as pq

import checks
from auditor.check import discover
from auditor.cluster.audit import Ordered, audit_on
from auditor.cluster.engine import Here, Task, Undone, cluster_at
from auditor.cluster.inputs import inputs_at
from auditor.cluster.work import Work
from auditor.load import load_profile
from auditor.policy import Policy
from auditor.tables.store import Store
from benchmarks.measure import ROOT, measured
from benchmarks.skew import CLAIMS, RECORD, claims, record
from benchmarks.whole import machine

RESULTS = ROOT / "benchmarks" / "results" / "cluster.json"
PROFILE = ROOT / "sample_data" / "hospital.toml"
USUAL = 100_000
A_FILE = 50_000  # rows
HEAVY = 100_000  # rows of one encounter
WORKERS = (1, 2, 8, 64, 512)
MIB = 1024**2
_ROWS = (1_000_000, 100_000_000, 10_000_000_000)
_SIZES = (8, 64, 512)


@dataclass
class Timed(Here):
    """This process, with the seconds of its processor that each piece took, by stage."""

    pieces: dict[str, list[float]] = field(default_factory=dict)
    kept: int = 0  # bytes of the folder, at most

    def run(
        self, task: Task, work: Work, numbers: Sequence[int], done: Callable[[int], None]
    ) -> dict[int, Undone]:
        undone: dict[int, Undone] = {}
        for number in numbers:
            began = process_time()
            undone |= super().run(task, work, [number], done)
            self.pieces.setdefault(task.__name__, []).append(process_time() - began)
        files = Path(work.url).parent.rglob("*")
        self.kept = max(self.kept, sum(file.stat().st_size for file in files))
        return undone


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def cut(extract: Path, folder: Path, firsts: Callable[[int], Iterator[tuple[int, int]]]) -> None:
    """The tables of an extract in files: of each so many rows from so many on."""
    folder.mkdir()
    for file in sorted(extract.iterdir()):
        table = pq.read_table(file)
        for n, (first, rows) in enumerate(firsts(table.num_rows)):
            pq.write_table(table.slice(first, rows), folder / f"{file.stem}-{n:04}.parquet")


def evenly(rows: int) -> Iterator[tuple[int, int]]:
    for first in range(0, max(rows, 1), A_FILE):
        yield first, A_FILE


def half_in_one(rows: int) -> Iterator[tuple[int, int]]:
    yield 0, rows // 2
    for first in range(rows // 2, rows, A_FILE):
        yield first, A_FILE


def with_heavy(extract: Path, folder: Path) -> None:
    cut(extract, folder, evenly)
    for name, header, lines in (("mar", RECORD, record(HEAVY)), ("claims", CLAIMS, claims(HEAVY))):
        with (folder / f"{name}-heavy.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *lines])


# ── what is measured ──────────────────────────────────────────────────────────────────────────


def timed(folder: Path) -> dict[str, Any]:
    """Every piece of an audit of the files alone, and what deciding for all of them takes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as out:
        cluster, began = Timed(), process_time()
        done = audit_on(cluster, _ordered(folder, out))
        whole = process_time() - began
    stages = {
        stage: {"pieces": len(took), "seconds": sum(took), "longest": max(took)}
        for stage, took in cluster.pieces.items()
        if took
    }
    deciding = whole - sum(stage["seconds"] for stage in stages.values())
    return {
        "rows": sum(sheet.rows_read for sheet in done.ledger.sheets),
        "encounters": done.encounters,
        "stages": stages,
        "deciding": deciding,
        "kept": cluster.kept,
        "workers": {
            str(workers): deciding
            + sum(_together(took, workers) for took in cluster.pieces.values())
            for workers in WORKERS
        },
    }


def _together(pieces: Sequence[float], workers: int) -> float:
    """How long the pieces take so many workers, in the order in which they are asked for."""
    free = [0.0] * workers
    for took in pieces:
        heapq.heappush(free, heapq.heappop(free) + took)
    return max(free)


def as_processes(folder: Path) -> dict[str, Any]:
    """The whole command on one and all processors, on a cluster and without."""
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        words = ["run", folder, "--profile", PROFILE, "--no-history", "--out", f"{made}/out"]
        for name, cores, more in (
            ("--data-only", None, ["--data-only"]),
            ("--cluster local", None, ["--cluster", "local"]),
            ("--cluster local, one processor", 1, ["--cluster", "local"]),
        ):
            run = measured(["-m", "auditor", *words, *more], cores=cores, statuses=(0, 1))
            told[name] = {"seconds": run.seconds, "processor": run.processor, "peak": run.peak}
    return told


def decider(folder: Path) -> dict[str, Any]:
    """Audit by ``--cluster local``, and tell how much larger this process became: no worker."""
    with tempfile.TemporaryDirectory(prefix="bench-") as out, cluster_at("local") as cluster:
        before = _largest()
        done = audit_on(cluster, _ordered(folder, out))
        return {"bytes": _largest() - before, "encounters": done.encounters}


def _largest() -> int:
    """The bytes that this program has had in memory at most; rusage has its parent's, too."""
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index("VmHWM:") + 1]) * 1024


def _ordered(folder: Path, out: str) -> Ordered:
    return Ordered(
        inputs_at([str(path) for path in sorted(folder.iterdir())]),
        *(load_profile(PROFILE), Policy(), discover(checks)),
        *(Store(Path(out) / "none"), Work(f"{out}/out")),
    )


def _apart(what: str, folder: Path) -> dict[str, Any]:
    """What a process of its own tells: the memory of another one is counted by its largest."""
    run = measured(["-m", "benchmarks.cluster", what, folder])
    told: dict[str, Any] = json.loads(run.text.splitlines()[-1])
    return told


def main() -> None:
    """Measure, print and keep."""
    if sys.argv[1:] == ["model"]:
        print(model(json.loads(RESULTS.read_text())))
        return
    apart = {"timed": timed, "decider": decider}
    if sys.argv[1:2] and sys.argv[1] in apart:
        print(json.dumps(apart[sys.argv[1]](Path(sys.argv[2]))))
        return
    rows = int(sys.argv[1]) if sys.argv[1:] else USUAL
    figures: dict[str, Any] = {"charted rows": rows, "machine": machine()}
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        extract = Path(made) / "extract"
        measured(["-m", "benchmarks.extract", rows, extract, "parquet"])
        cut(extract, Path(made) / "even", evenly)
        cut(extract, Path(made) / "half in one file", half_in_one)
        with_heavy(extract, Path(made) / "one encounter of 100,000 rows")
        for name in ("even", "half in one file", "one encounter of 100,000 rows"):
            figures[name] = _apart("timed", Path(made) / name)
            show(name, figures[name])
        even = Path(made) / "even"
        figures["processes"] = as_processes(even)
        figures["decider"] = _apart("decider", even)
    print(f"\n{'whole process':40} {'seconds':>9} {'processor':>10} {'MiB':>7}")
    for name, told in figures["processes"].items():
        print(
            f"{name:40} {told['seconds']:9.1f} {told['processor']:10.1f} {told['peak'] / MIB:7,.0f}"
        )
    told = figures["decider"]
    a = told["bytes"] / told["encounters"]
    print(f"who decides: {told['bytes'] / MIB:,.0f} MiB more, {a:,.0f} bytes an encounter")
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\n{model(figures)}")


def model(figures: Mapping[str, Any]) -> str:
    """What audits of more rows come to if each row costs what a row of the even files does."""
    even, decider = figures["even"], figures["decider"]
    rows = even["rows"]
    working = sum(stage["seconds"] for stage in even["stages"].values()) / rows
    deciding, kept = even["deciding"] / rows, even["kept"] / rows
    held = decider["bytes"] / decider["encounters"] * even["encounters"] / rows
    lines = [
        f"a row: {working * 1e6:,.0f} µs of a worker, {deciding * 1e6:,.1f} µs of who decides, "
        f"{held:,.0f} bytes held by it, {kept:,.0f} bytes in the folder",
        f"{'rows':>14} {'processor h':>12} {'deciding h':>11} {'held GB':>8} {'folder GB':>10}"
        + "".join(f"{f'{n} workers, h':>16}" for n in _SIZES),
    ]
    for many in _ROWS:
        hours = many * working / 3600
        lines.append(
            f"{many:>14,} {hours:>12,.1f} {many * deciding / 3600:>11,.2f} "
            f"{many * held / 1e9:>8,.1f} {many * kept / 1e9:>10,.1f}"
            + "".join(f"{hours / n + many * deciding / 3600:>16,.2f}" for n in _SIZES)
        )
    return "\n".join(lines)


def show(name: str, told: dict[str, Any]) -> None:
    """The table of one way to cut the files."""
    print(f"\n{name}: {told['rows']:,} rows, {told['encounters']:,} encounters")
    print(f"  {'stage':12} {'pieces':>7} {'seconds':>9} {'rows/s':>9} {'longest':>8}")
    for stage, of in told["stages"].items():
        a_second = told["rows"] / of["seconds"]
        print(
            f"  {stage:12} {of['pieces']:7,} {of['seconds']:9.1f} {a_second:9,.0f} "
            f"{of['longest']:8.1f}"
        )
    a_second = told["rows"] / told["deciding"]
    print(f"  {'deciding':12} {1:7,} {told['deciding']:9.1f} {a_second:9,.0f}")
    workers = ", ".join(f"{n}: {seconds:.1f} s" for n, seconds in told["workers"].items())
    print(f"  workers {workers}")


if __name__ == "__main__":
    main()
