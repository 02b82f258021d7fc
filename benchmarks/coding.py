"""How many encounters a second the coding engine reads: ``python -m benchmarks.coding``.

Encounters as an emergency department with observation gives them: a window, orders, line records,
and 3 to 9 administrations, of which fluids have charted rates and some infusions pauses.  One core,
CPU time, the best of five passes.  The aim is 20,000 a second; below the floor the status is 1.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.coding import supported
from auditor.policy import Policy
from auditor.record import (
    AccessSite,
    Administration,
    DrugClass,
    Encounter,
    Method,
    Order,
    Route,
    Segment,
    StopEvidence,
)

FLOOR = 5_000
DRUGS = ("ceftriaxone", "vancomycin", "pantoprazole", "morphine", "ondansetron")
FLUID = "sodium chloride"
MINUTES = (5, 30, 60, 95, 200)
SITES = ("left forearm 20G", "right AC")
ZONE = ZoneInfo("America/New_York")


def encounters(count: int, seed: int = 1) -> list[Encounter]:
    """So many encounters of one day each."""
    rng = random.Random(seed)
    return [_encounter(rng, str(number)) for number in range(count)]


def _encounter(rng: random.Random, name: str) -> Encounter:
    day = datetime(2026, 9, 1 + rng.randrange(28), tzinfo=ZONE)
    arrived = day + timedelta(minutes=rng.randrange(360, 900))
    discharged = arrived + timedelta(minutes=rng.randrange(240, 1800))
    sites = SITES[: rng.choice((1, 1, 1, 2))]
    given = tuple(_given(rng, n, arrived, sites) for n in range(rng.randint(3, 9)))
    return Encounter(
        encounter_id=name,
        administrations=given,
        orders=tuple(
            Order(f"O{n}", drug, ordered_at=arrived + timedelta(minutes=5))
            for n, drug in enumerate((FLUID, *DRUGS))
        ),
        access_sites=tuple(
            AccessSite(f"L{n}", site=site, placed_at=arrived, reason="placed on arrival")
            for n, site in enumerate(sites)
        ),
        arrived_at=arrived,
        observation_start=arrived + timedelta(hours=3),
        discharged_at=discharged,
    )


def _given(
    rng: random.Random, number: int, arrived: datetime, sites: tuple[str, ...]
) -> Administration:
    start = arrived + timedelta(minutes=rng.randrange(10, 720))
    kind = rng.choices(("push", "fluid", "infusion"), (5, 2, 3))[0]
    drug = FLUID if kind == "fluid" else rng.choice(DRUGS)
    return Administration(
        administration_id=str(number),
        drug=drug,
        drugs=(drug,),
        drug_class=DrugClass.HYDRATION if kind == "fluid" else DrugClass.THERAPEUTIC,
        route=Route.IV,
        method=Method.PUSH if kind == "push" else Method.INFUSION,
        segments=_segments(rng, kind, start),
        order_id=f"O{(FLUID, *DRUGS).index(drug)}",
        site=rng.choice(sites),
        reason="pain" if kind == "push" else None,
    )


def _segments(rng: random.Random, kind: str, start: datetime) -> tuple[Segment, ...]:
    """A push has a moment, a fluid its rates, one infusion in ten a pause."""
    if kind == "push":
        return (Segment(start),)
    stop = start + timedelta(minutes=rng.choice(MINUTES))
    rates = ((start, Decimal(rng.choice((75, 125, 250, 999)))),) if kind == "fluid" else ()
    first = Segment(start, stop, StopEvidence.CHARTED, rates)
    if kind == "fluid" or rng.random() > 0.1:
        return (first,)
    again = stop + timedelta(minutes=20)
    return first, Segment(again, again + timedelta(minutes=30), StopEvidence.CHARTED)


def main() -> int:
    """Print the rate beside the floor; 1 where it is below."""
    many, policy = encounters(5_000), Policy()
    best = 0.0
    for _ in range(5):
        began = time.process_time()
        for encounter in many:
            supported(encounter, policy)
        best = max(best, len(many) / (time.process_time() - began))
    given = sum(len(encounter.administrations) for encounter in many) / len(many)
    print(
        f"coding: {best:,.0f} encounters/s of {given:.1f} administrations on one core; "
        f"floor {FLOOR:,}"
    )
    return int(best < FLOOR)


if __name__ == "__main__":
    sys.exit(main())
