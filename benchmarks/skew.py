"""One encounter with very many rows: ``python -m benchmarks.skew [ROWS ...]``.

Every three minutes a bag of another order is hung at one of two sites and runs for forty, each
fifth of them a fluid, every fourth without a number of its own; billed are first and further hours,
drugs beside drugs and hydration.  What is asked of every administration about every other one would
show here: the seconds of a whole audit should grow as the rows do.
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
DRUGS = ("ondansetron", "ceftriaxone", "vancomycin", "morphine", "sodium chloride 0.9%")
RECORD = (
    *("Encounter", "Order", "Medication", "Action", "Action Time", "Route", "Rate", "Dose"),
    *("Bag ID", "Site", "Documented By"),
)
CODES = ("96367", "96366", "96368", "96361")
CLAIMS = ("Encounter", "Account", "HCPCS", "Units", "Service Date")
FIRST = datetime(2024, 7, 1)


def record(rows: int) -> Iterator[tuple[object, ...]]:
    """The charted actions of the one encounter."""
    for number in range(rows // 2):
        hung = FIRST + timedelta(minutes=3 * number)
        of_bag = ("E1", f"O{number}", DRUGS[number % len(DRUGS)])
        site = ("left hand", "right forearm")[number // 20 % 2]
        how = ("IVPB", "100 mL/hr", "1 g", f"B{number}" if number % 4 else "", site, "R. Nurse")
        yield *of_bag, "New Bag", hung, *how
        yield *of_bag, "Stopped", hung + timedelta(minutes=40), *how


def claims(rows: int) -> Iterator[tuple[object, ...]]:
    """A line for every 50 rows of the record."""
    for number in range(rows // 50):
        day = (FIRST + timedelta(minutes=75 * number)).date()
        yield "E1", "A1", CODES[number % len(CODES)] if number else "96365", 1, day


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
