"""Whole-process times on the sample month: ``python -m benchmarks.sample_audit``.

The audit with its PDF is to take less than 15 s, ``auditor --help`` less than 0.25 s; the median
of five runs each.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "sample_data"
RUNS = 5


def median_seconds(command: Sequence[str]) -> float:
    """The median wall-clock time of a command over its runs."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Print each time beside its bound."""
    auditor = [sys.executable, "-m", "auditor"]
    files = [str(path) for path in sorted(SAMPLE.glob("*.xlsx"))]
    with tempfile.TemporaryDirectory() as folder:
        audit = ["run", *files, "--profile", str(SAMPLE / "hospital.toml"), "--out", folder]
        print(f"sample audit with PDF: {median_seconds([*auditor, *audit]):.1f} s; bound 15 s")
    print(f"auditor --help: {median_seconds([*auditor, '--help']):.2f} s; bound 0.25 s")


if __name__ == "__main__":
    main()
