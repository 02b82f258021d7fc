"""How many encounters a second the coding engine reads: ``python -m benchmarks.coding``.

Encounters of five administrations each, as an emergency department gives them; one core, CPU
time, the best of five passes.  The floor is 5,000 a second, the aim 20,000.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.coding import supported
from auditor.policy import Policy
from auditor.record import (
    Administration,
    DrugClass,
    Encounter,
    Method,
    Route,
    Segment,
    StopEvidence,
)

FLOOR = 5_000
DRUGS = ("ceftriaxone", "vancomycin", "pantoprazole", "morphine", "ondansetron")
MINUTES = (5, 30, 60, 95, 200)
ZONE = ZoneInfo("America/New_York")


def encounters(count: int, seed: int = 1) -> list[Encounter]:
    """Encounters of five administrations: pushes, infusions and fluids at two sites."""
    rng = random.Random(seed)
    return [
        Encounter(str(number), administrations=tuple(_given(rng, n) for n in range(5)))
        for number in range(count)
    ]


def _given(rng: random.Random, number: int) -> Administration:
    start = datetime(2026, 9, 1, 6, tzinfo=ZONE) + timedelta(minutes=rng.randrange(720))
    kind = rng.choices(("push", "fluid", "infusion"), (4, 2, 4))[0]
    stop = None if kind == "push" else start + timedelta(minutes=rng.choice(MINUTES))
    evidence = StopEvidence.CHARTED if stop else StopEvidence.NONE
    drug = "0.9% sodium chloride" if kind == "fluid" else rng.choice(DRUGS)
    return Administration(
        administration_id=str(number),
        drug=drug,
        drugs=(drug,),
        drug_class=DrugClass.HYDRATION if kind == "fluid" else DrugClass.THERAPEUTIC,
        route=Route.IV,
        method=Method.PUSH if kind == "push" else Method.INFUSION,
        segments=(Segment(start, stop, evidence),),
        site=rng.choice(("left arm", "right hand")) if kind == "infusion" else "left arm",
    )


def main() -> None:
    """Print the rate beside the floor."""
    many, policy = encounters(5_000), Policy()
    best = 0.0
    for _ in range(5):
        began = time.process_time()
        for encounter in many:
            supported(encounter, policy)
        best = max(best, len(many) / (time.process_time() - began))
    print(f"coding: {best:,.0f} encounters/s on one core; floor {FLOOR:,}")


if __name__ == "__main__":
    main()
