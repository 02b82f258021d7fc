"""Holds what an audit costs: ``python -m benchmarks.guard [--keep]``.

Of an extract of 10,000 rows the processor's seconds of each stage, all outputs written, are divided
by those of ``pandas.read_excel`` with openpyxl on the same files, which is as much of an
interpreter's work as ours is; the reading is divided by fastexcel to Arrow as well.  They take
turns, and of each the least of the rounds counts, for what else a machine does only ever adds.  A
ratio above the kept one by more than the margin makes the status 1.

The kept ratios stand in ``benchmarks/results/guard.json``; ``--keep`` writes them, after a change
that is meant to cost what it costs.  No other run touches them, so that they do not creep.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, measured

KEPT = ROOT / "benchmarks" / "results" / "guard.json"
PROFILE = ("--profile", ROOT / "sample_data" / "hospital.toml", "--no-history")
ROWS, ROUNDS = 10_000, 5
MARGIN = 1.3  # of a loaded machine the ratios of five runs lay within 11 % of each other's middle
LEAST = 0.015  # of openpyxl's time: a difference below it is no more than a tick of the clock


def ratios() -> dict[str, float]:
    """Each stage against the alternatives, from the least of the rounds."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        extract = Path(folder) / "extract"
        measured(["-m", "benchmarks.extract", ROWS, extract, "xlsx"])
        files = sorted(extract.iterdir())
        least: dict[str, float] = {}
        for number in range(ROUNDS):
            found: dict[str, float] = {}
            for name in ("openpyxl", "fastexcel"):
                told = _told("benchmarks.alternatives", name, extract)
                found[name] = told["processor"]
            out = Path(folder) / f"out{number}"
            found |= _told("benchmarks.stages", *files, *PROFILE, "--out", out)["stages"]
            least = {name: min(taken, least.get(name, taken)) for name, taken in found.items()}
    openpyxl, fastexcel = least.pop("openpyxl"), least.pop("fastexcel")
    against = {f"{stage}, against openpyxl": taken / openpyxl for stage, taken in least.items()}
    against["read, against fastexcel"] = least["read"] / fastexcel
    return {name: round(ratio, 3) for name, ratio in against.items()}


def _told(module: str, *arguments: object) -> dict[str, Any]:
    lines = measured(["-m", module, *arguments], statuses=(0,)).text.splitlines()
    told: dict[str, Any] = json.loads(lines[-1])
    return told


def main() -> int:
    """Print each ratio beside the kept one and its bound; 1 where one is above."""
    found = ratios()
    if "--keep" in sys.argv[1:]:
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(found, indent=1) + "\n")
    kept: dict[str, float] = json.loads(KEPT.read_text())
    worse = 0
    for name, ratio in found.items():
        bound = max(kept[name] * MARGIN, kept[name] + LEAST)
        worse += ratio > bound
        word = "COSTS MORE" if ratio > bound else "as kept"
        print(f"  {name:36} {ratio:6.3f}, kept {kept[name]:6.3f}, bound {bound:6.3f}  {word}")
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main())
