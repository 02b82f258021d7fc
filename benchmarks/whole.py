"""Whole audits by size, beside what else reads or checks the same files.

``python -m benchmarks.whole [ROWS ...]``: extracts of so many rows of charted actions, at first
10,000 and 100,000, larger ones up to 5,000,000; workbooks up to 1,000,000 rows, CSV and Parquet
beyond.  Every time is that of a whole process, the median of the rounds; the alternatives run in
the same rounds, one after the other, so that what else the machine does falls on all of them.
Peaks are those of a process and its helpers together.  Stages are those of one run on one
processor, in seconds of processor.

The figures are kept in ``benchmarks/results/whole.json``, those of other sizes as they were.  The
targets stand below the tables with the figure that answers each; none of them makes the status 1,
for seconds depend on the machine: ``benchmarks.guard`` holds ratios.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Run, measured

RESULTS = ROOT / "benchmarks" / "results" / "whole.json"
SAMPLE = ROOT / "sample_data"
PROFILE = ("--profile", SAMPLE / "hospital.toml", "--no-history")
USUAL = (10_000, 100_000)
GIB, MIB = 1024**3, 1024**2
WELL = (0, 3)  # done; done without the PDF

AUDIT, ONE = "auditor run --data-only", "auditor run --data-only, one processor"
FULL = "auditor run"
FASTEXCEL, OPENPYXL = "fastexcel to Arrow", "pandas.read_excel (openpyxl)"
PANDERA = "fastexcel, then ten pandera checks"
ALTERNATIVES = {FASTEXCEL: "fastexcel", OPENPYXL: "openpyxl", PANDERA: "pandera"}
HELP, SAMPLE_PDF, SAMPLE_BARE, SAMPLE_DATA = (
    *("auditor --help", "sample audit", "sample audit without PDF", "sample audit --data-only"),
)
# WeasyPrint cannot be imported, as where Pango is missing.
WITHOUT = "import sys; sys.modules['weasyprint'] = None; from auditor.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Size:
    """An extract, in how many rounds it is audited, and whether all outputs are written, too.

    With a bound of ``memory``, in bytes of address space, the machine is not brought down, and the
    stages are left out.
    """

    rows: int
    form: str
    rounds: int
    against: tuple[str, ...]
    full: bool
    memory: int | None = None

    @property
    def name(self) -> str:
        return f"{self.rows:,} rows, {self.form}"


SIZES = (
    Size(10_000, "xlsx", 5, tuple(ALTERNATIVES), True),
    Size(100_000, "xlsx", 5, tuple(ALTERNATIVES), True),
    Size(100_000, "csv", 1, (), False),
    Size(100_000, "parquet", 1, (), False),
    Size(500_000, "xlsx", 5, tuple(ALTERNATIVES), True),
    Size(1_000_000, "xlsx", 3, (FASTEXCEL,), False),
    Size(5_000_000, "csv", 1, (), False, 8 * GIB),
    Size(5_000_000, "parquet", 1, (), False, 8 * GIB),
)


@dataclass(frozen=True, slots=True)
class Command:
    """Arguments of Python, and how many processors and bytes it has where that is said."""

    words: Sequence[object]
    cores: int | None = None
    memory: int | None = None


# ── what is measured ──────────────────────────────────────────────────────────────────────────


def of_size(size: Size) -> dict[str, Any]:
    """The extract with every command's figures, and the stages of one audit."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        extract, out = Path(folder) / "extract", Path(folder) / "out"
        measured(["-m", "benchmarks.extract", size.rows, extract, size.form])
        files = [*sorted(extract.iterdir()), *PROFILE, "--out", out]
        data = ["-m", "auditor", "run", *files, "--data-only"]
        if size.memory is not None:
            runs = _rounds({AUDIT: Command(data, memory=size.memory)}, size.rounds, out)
            return {"commands": {AUDIT: _figures(runs[AUDIT])}}
        commands = {AUDIT: Command(data)}
        if len(os.sched_getaffinity(0)) > 1:
            commands[ONE] = Command(data, cores=1)
        for name in size.against:
            module = ["-m", "benchmarks.alternatives", ALTERNATIVES[name], extract]
            commands[name] = Command(module)
        runs = _rounds(commands, size.rounds, out)
        if size.full:
            runs |= _rounds({FULL: Command(["-m", "auditor", "run", *files])}, 1, out)
        staged = ["-m", "benchmarks.stages", *files, *([] if size.full else ["--data-only"])]
        told = _rounds({"": Command(staged)}, 1, out)[""]
    return {
        "commands": {name: _figures(of) for name, of in runs.items()},
        "alone": {n: _last_line(runs[n][-1])["processor"] for n in size.against},
        **_last_line(told[0]),
    }


def of_sample(rounds: int = 5) -> dict[str, Any]:
    """The sample month and the help, as often."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        files = sorted(SAMPLE.glob("*.xlsx"))
        out = Path(folder) / "out"
        audit = ["run", *files, *PROFILE, "--out", out]
        commands = {
            HELP: Command(["-m", "auditor", "--help"]),
            SAMPLE_DATA: Command(["-m", "auditor", *audit, "--data-only"]),
            SAMPLE_BARE: Command(["-c", WITHOUT, *audit]),
            SAMPLE_PDF: Command(["-m", "auditor", *audit]),
        }
        runs = _rounds(commands, rounds, out)
    return {"commands": {name: _figures(of) for name, of in runs.items()}}


def _rounds(commands: Mapping[str, Command], rounds: int, out: Path) -> dict[str, list[Run]]:
    """Each command in every round; what one has written the next one does not find."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            run = measured(
                command.words,
                cores=command.cores,
                memory=command.memory,
                statuses=WELL,
            )
            runs[name].append(run)
            shutil.rmtree(out, ignore_errors=True)
    return runs


def _figures(runs: Sequence[Run]) -> dict[str, Any]:
    seconds = [run.seconds for run in runs]
    return {
        "seconds": round(statistics.median(seconds), 3),
        "from": round(min(seconds), 3),
        "to": round(max(seconds), 3),
        "processor": round(statistics.median(run.processor for run in runs), 3),
        "peak": max(run.peak for run in runs),
        "rounds": len(runs),
        "failed": next((run.text.splitlines()[-1] for run in runs if run.status not in WELL), None),
    }


def _last_line(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run.text.splitlines()[-1])
    return told


# ── the targets ───────────────────────────────────────────────────────────────────────────────


Figure = Callable[[Mapping[str, Any], str], float]  # of seconds, or of those of the processor


@dataclass(frozen=True, slots=True)
class Target:
    """What is to hold: the figure is at most, or where it says so at least, the bound."""

    words: str
    bound: float
    unit: str
    figure: Figure
    at_least: bool = False

    def line(self, figures: Mapping[str, Any]) -> str:
        """The target beside its figure; of ratios the one of processors, too."""
        bound = f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"
        try:
            figure = self.figure(figures, "seconds")
        except KeyError:
            return f"{'not measured':12}  {self.words}: {bound}"
        holds = figure >= self.bound if self.at_least else figure <= self.bound
        told = "failed" if figure == inf else f"{figure:.2f} {self.unit}"
        if self.unit == "×" and not self.at_least:
            told += f" ({self.figure(figures, 'processor'):.2f} of processor)"
        return f"{'holds' if holds else 'MISSED':12}  {self.words}: {told}, to be {bound}"


def _of(where: str, command: str) -> Figure:
    return lambda figures, what: float(figures[where]["commands"][command][what])


def _ratio(one: Figure, other: Figure) -> Figure:
    return lambda figures, what: one(figures, what) / other(figures, what)


def _gib(where: str) -> Figure:
    def gib(figures: Mapping[str, Any], _: str) -> float:
        failed = figures[where]["commands"][AUDIT]["failed"] is not None
        return inf if failed else _of(where, AUDIT)(figures, "peak") / GIB

    return gib


HALF, TENTH, MILLION = "500,000 rows, xlsx", "100,000 rows, xlsx", "1,000,000 rows, xlsx"
FIVE = "5,000,000 rows, "
TARGETS = (
    Target(
        "500,000 rows, data files alone, against fastexcel to Arrow alone",
        *(2.5, "×", _ratio(_of(HALF, AUDIT), _of(HALF, FASTEXCEL))),
    ),
    Target(
        "500,000 rows, data files alone, against pandas with openpyxl, reading alone",
        *(0.2, "×", _ratio(_of(HALF, AUDIT), _of(HALF, OPENPYXL))),
    ),
    Target("500,000 rows, data files alone, peak", 2.5, "GiB", _gib(HALF)),
    Target(
        "1,000,000 against 100,000 rows",
        *(11, "×", _ratio(_of(MILLION, AUDIT), _of(TENTH, AUDIT))),
    ),
    Target("5,000,000 rows of CSV, peak", 4, "GiB", _gib(FIVE + "csv")),
    Target("5,000,000 rows of Parquet, peak", 4, "GiB", _gib(FIVE + "parquet")),
    Target(
        "500,000 rows, two processors as fast as one",
        *(1.6, "×", _ratio(_of(HALF, ONE), _of(HALF, AUDIT)), True),
    ),
    Target(SAMPLE_BARE, 1.5, "s", _of("sample", SAMPLE_BARE)),
    Target(HELP, 0.25, "s", _of("sample", HELP)),
)


# ── what is printed ───────────────────────────────────────────────────────────────────────────


def show(name: str, figures: Mapping[str, Any]) -> None:
    """The tables of one size."""
    print(f"\n{name}")
    if "rows" in figures:
        rows = figures["rows"]
        print(
            f"  {rows['rows_read']:,} rows of all files: {rows['used']:,} used "
            f"({rows['used'] / rows['rows_read']:.1%}), {rows['superseded']:,} superseded, "
            f"{rows['rejected']:,} rejected"
        )
        many = figures["encounters"]
        print(
            f"  {many:,} encounters, {figures['with deficiencies'] / many:.1%} of them with a "
            f"deficiency ({figures['deficiencies']:,} in all), "
            f"{figures['undetermined']:,} undetermined"
        )
        kinds = [f"{count:,} {kind}" for kind, count in figures["administrations"].items()]
        without = f"{figures['infusions without stop']:,} infusions without a stop"
        print(f"  {', '.join([*kinds, without])}")
    heads = f"{'seconds':>9} {'from':>8} {'to':>8} {'processor':>10} {'MiB':>7}"
    print(f"  {'whole process':42} {heads}")
    for command, told in figures["commands"].items():
        print(
            f"  {command:42} {told['seconds']:9.2f} {told['from']:8.2f} {told['to']:8.2f} "
            f"{told['processor']:10.2f} {told['peak'] / MIB:7,.0f}"
        )
        if told["failed"] is not None:
            print(f"    failed by then: {told['failed']}")
    if "stages" in figures:
        print(f"  {'stage, seconds of one processor':42} {'seconds':>9} {'share':>8}")
        whole = sum(figures["stages"].values())
        for stage, seconds in figures["stages"].items():
            print(f"  {stage:42} {seconds:9.2f} {seconds / whole:8.0%}")
        checked = figures["alone"].get(PANDERA)
        if checked is not None:
            print(f"  {'beside: ten pandera checks, frames read':42} {checked:9.2f}")


def main() -> None:
    """Measure, print and keep."""
    wanted = [int(word) for word in sys.argv[1:]] or USUAL
    figures: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    jobs: dict[str, Callable[[], dict[str, Any]]] = {"sample": of_sample}
    jobs |= {s.name: lambda s=s: of_size(s) for s in SIZES if s.rows in wanted}
    for name, job in jobs.items():
        figures[name] = {**job(), "machine": machine()}
        show(name, figures[name])
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    print("\ntargets, with the last figures kept of each size")
    for target in TARGETS:
        print(f"  {target.line(figures)}")


def machine() -> str:
    """What the figures were measured on."""
    return (
        f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} processors, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
