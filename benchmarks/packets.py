"""Seconds and memory of sets of packets of 100 and 1,000 pages: ``python -m benchmarks.packets``.

The encounters are those of the sample month.  Each set is made once apart and once bound, in a
process of its own; the processor's time a page is to grow from 100 to 1,000 pages by no more than
20 %, else the status is 1.  Memory is the peak of the process and, as far as the system tells, of
its largest helper.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import checks
from auditor import Policy
from auditor.check import discover
from auditor.load import load, load_profile
from auditor.load.quote import quote
from auditor.report import Letter, sources_of_packet, write_packets
from auditor.run import run
from auditor.tables.attach import attach, tables_for
from auditor.tables.store import Store

SAMPLE = Path(__file__).parent.parent / "sample_data"
SETS = (100, 1_000)
MORE = 1.2  # what ten times the pages may take, beyond ten times as much
_A_PACKET = 8  # pages that one is taken to have, to begin with


def make(pages: int, merged: bool) -> None:
    """Make one set in this process and print pages, seconds and MiB."""
    files = sorted(SAMPLE.glob("*.xlsx"))
    loaded = load(files, load_profile(SAMPLE / "hospital.toml"))
    given = [e for e in loaded.encounters if e.claim_lines and e.administrations]
    given = given[: max(1, pages // _A_PACKET)]
    with tempfile.TemporaryDirectory() as folder:
        tables = tables_for(given, Store(Path(folder) / "none"))
        audit = run(
            [attach(encounter, tables) for encounter in given],
            discover(checks),
            Policy(),
            loaded.supplied,
        )
        sources = [source for encounter in given for source in sources_of_packet(encounter)]
        quoted = quote(files, loaded.ledger, sources)
        order = [encounter.encounter_id for encounter in given]
        letter = Letter(date(2024, 11, 1))
        began, before = time.perf_counter(), _processor()
        written = write_packets(
            audit, order, files, Path(folder) / "out", letter, quoted, merged=merged
        )
        seconds, worked = time.perf_counter() - began, _processor() - before
    own, helpers = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(written.pages, f"{seconds:.2f} {worked:.2f} {own:.0f} {helpers:.0f}")


def _processor() -> float:
    """Seconds of processor that this process and its finished helpers have had."""
    return sum(os.times()[:4])


def main() -> int:
    """Print each set; 1 where the larger one takes more a page than it may."""
    worst = 0.0
    for merged in (False, True):
        a_page = []
        for pages in SETS:
            words = [sys.executable, "-m", "benchmarks.packets", str(pages), str(int(merged))]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            made, seconds, worked, own, helpers = map(float, done.stdout.split())
            a_page.append(worked / made)
            print(
                f"{made:,.0f} pages {'bound' if merged else 'apart'}: {seconds:.1f} s, "
                f"{made / seconds:.1f} pages/s, {1000 * worked / made:.0f} ms of processor a page; "
                f"peak {own:,.0f} MiB, "
                f"of the largest helper {helpers:,.0f} MiB"
            )
        worst = max(worst, a_page[1] / a_page[0])
    print(f"processor a page, 1,000 against 100 pages: {worst:.2f} times; bound {MORE}")
    return int(worst > MORE)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        make(int(sys.argv[1]), sys.argv[2] == "1")
    else:
        sys.exit(main())
