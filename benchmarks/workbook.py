"""100,000 findings to a workbook, and read back: ``python -m benchmarks.workbook [FINDINGS]``.

Seconds, those on the processor apart, and the peak memory of this process.  The encounters are
made up and hold two findings each, beside four claim lines.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from auditor import (
    Administration,
    ClaimLine,
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Method,
    Policy,
    Route,
    StopEvidence,
    Verdict,
    deficient,
)
from auditor.authority import authorities
from auditor.check import Check
from auditor.coding import supported
from auditor.load.ledger import Ledger
from auditor.record import Segment, Sheet, Source
from auditor.report.case import cases_of
from auditor.report.protect import encrypted_workbook
from auditor.report.summary import summarise
from auditor.report.workbook import write_workbook
from auditor.report.workbook.read_back import read_back
from auditor.run import run

FINDINGS = 100_000
ZONE = ZoneInfo("America/New_York")
MAR = Sheet("mar.xlsx", "MAR", {"start": "F", "stop": "G"})
CLAIMS = Sheet("claims.xlsx", None, {"hcpcs": "E"})
T = TypeVar("T")


def encounter(number: int) -> Encounter:
    """An infusion and a push, billed on two lines beside a drug and a visit."""
    arrived = datetime(2026, 9, 1, 8, tzinfo=ZONE) + timedelta(minutes=number % 40_000)
    infusion = Administration(
        administration_id=f"a{number}",
        drug="ceftriaxone",
        drugs=("ceftriaxone",),
        drug_class=DrugClass.THERAPEUTIC,
        route=Route.IV,
        method=Method.INFUSION,
        segments=(Segment(arrived, arrived + timedelta(minutes=45), StopEvidence.CHARTED),),
        site="left forearm",
        sources=(Source(MAR, 2 * number + 2),),
    )
    push = Administration(
        administration_id=f"b{number}",
        drug="ondansetron",
        drugs=("ondansetron",),
        drug_class=DrugClass.THERAPEUTIC,
        route=Route.IV,
        method=Method.PUSH,
        segments=(Segment(arrived + timedelta(minutes=50), None, StopEvidence.NONE),),
        site="left forearm",
        sources=(Source(MAR, 2 * number + 3),),
    )
    lines = tuple(
        ClaimLine(
            claim_id=f"C{number}",
            line_number=str(line),
            hcpcs=code,
            units=Decimal(1),
            service_date=date(2026, 9, 1),
            source=Source(CLAIMS, 4 * number + line),
        )
        for line, code in enumerate(("96365", "96375", "J0696", "99284"), start=1)
    )
    return Encounter(
        encounter_id=f"E{number:07}",
        administrations=(infusion, push),
        claim_lines=lines,
        arrived_at=arrived,
        discharged_at=arrived + timedelta(hours=4),
    )


def each_administration(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Something wrong with every administration."""
    for given in encounter.administrations:
        yield deficient(
            given,
            because=f"No flush is charted after {given.drug}, and another drug follows.",
            cure=Cure.LATE_ENTRY,
            evidence=[Evidence("start", str(given.start), given.sources[0].cell("start"))] * 3,
            claim_lines=encounter.claim_lines[:2],
        )


def timed(what: str, work: Callable[[], T]) -> T:
    """Do the work and print what it took."""
    began, worked = time.perf_counter(), time.process_time()
    done = work()
    took, busy = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{what}: {took:.1f} s ({busy:.1f} busy); peak so far {peak:.2f} GiB", flush=True)
    return done


def main() -> None:
    """Print each step."""
    findings = int(sys.argv[1]) if len(sys.argv) > 1 else FINDINGS
    check = Check(
        id="flush",
        title="Flush not documented",
        authorities=tuple(authorities().values())[:2],
        severity="low",
        responsible="nursing",
        examines="administration",
        needs=(),
        summary="What is wrong.",
        description="Why it matters.",
        rule=each_administration,
    )
    policy = Policy()
    encounters = timed("encounters", lambda: list(map(encounter, range(findings // 2))))
    audit = timed("audit", lambda: run(encounters, [check], policy, frozenset()))
    supports = {e.encounter_id: supported(e, policy) for e in audit.encounters}
    cases = timed("cases", lambda: cases_of(audit, supports))
    summary = timed("summary", lambda: summarise(audit, cases, Ledger()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.xlsx"
        timed("workbook", lambda: write_workbook(path, audit, summary, cases, Ledger()))
        print(f"{len(audit.findings):,} findings, {path.stat().st_size / 1024**2:.0f} MiB")
        with path.open("rb") as plain:
            timed("encrypted", lambda: encrypted_workbook(plain, "correct horse"))
        filled = timed("read back", lambda: read_back(path))
        assert filled.touched == ()


if __name__ == "__main__":
    main()
