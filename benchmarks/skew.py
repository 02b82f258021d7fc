"""One encounter with very many rows: ``python -m benchmarks.skew [ROWS ...]``.

Every three minutes a bag of another order is hung and runs for forty; each line is billed as a
further drug.  What is asked of every administration about every other one would show here: the
seconds of a whole audit should grow as the rows do.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.measure import measured

USUAL = (1_000, 10_000, 100_000)
DRUGS = ("ondansetron", "ceftriaxone", "vancomycin", "morphine")
RECORD = ("Encounter", "Order", "Medication", "Action", "Action Time", "Route")
CLAIMS = ("Encounter", "Account", "HCPCS", "Units", "Service Date")
FIRST = datetime(2024, 7, 1)


def record(rows: int) -> Iterator[tuple[object, ...]]:
    """The charted actions of the one encounter."""
    for number in range(rows // 2):
        hung = FIRST + timedelta(minutes=3 * number)
        of_bag = ("E1", f"O{number}", DRUGS[number % len(DRUGS)])
        yield *of_bag, "New Bag", hung, "IVPB"
        yield *of_bag, "Stopped", hung + timedelta(minutes=40), "IVPB"


def claims(rows: int) -> Iterator[tuple[object, ...]]:
    """A line for every 50 rows of the record."""
    for number in range(rows // 50):
        day = (FIRST + timedelta(minutes=75 * number)).date()
        yield "E1", "A1", "96367" if number else "96365", 1, day


def main() -> int:
    """Print rows, seconds and the peak of memory of each audit."""
    for rows in map(int, sys.argv[1:] or USUAL):
        with tempfile.TemporaryDirectory(prefix="bench-") as made:
            folder = Path(made)
            for name, header, lines in (
                ("mar", RECORD, record(rows)),
                ("claims", CLAIMS, claims(rows)),
            ):
                with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerows([header, *lines])
            files = [folder / "mar.csv", folder / "claims.csv"]
            words = ["--timezone", "America/Chicago", "--data-only", "--no-history"]
            told = measured(
                ["-m", "auditor", "run", *files, *words, "--out", folder / "out"], statuses=(0, 1)
            )
        print(f"{rows:>9,} rows {told.seconds:7.1f} s {told.peak / 2**20:6.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
