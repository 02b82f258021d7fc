"""Two drugs run at the same time, and whether they share a bag cannot be told."""

from collections.abc import Iterator
from itertools import combinations

from auditor import Cure, Encounter, Policy, Verdict, blank, check, deficient, met
from auditor.coding import Course, supported


@check(
    title="Same bag or separate bags not documented",
    authority=("cpt-drug-administration", "cms-cpm-4-230.2"),
    severity="medium",
    responsible="nursing",
    examines="pair of drugs that run at the same time at one access",
    needs=("administration.bag_id", "administration.stop"),
)
def mixture_indeterminate(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Drugs mixed in one bag are one infusion, in separate bags they are concurrent.

    The bag's identity on both tells which.
    """
    infusions = [c for c in supported(encounter, policy).courses if c.technique == "infusion"]
    for first, second in combinations(infusions, 2):
        one, other = first.administration, second.administration
        if one.drug == other.drug or first.access != second.access or not _overlap(first, second):
            continue
        if one.bag_id and other.bag_id:
            yield met(other)
            continue
        without = other if not other.bag_id else one
        yield deficient(
            without,
            because=f"The {one.drug} and the {other.drug} ran at the same time, and the bag of "
            f"the {without.drug} is not identified.",
            cure=Cure.LATE_ENTRY,
            evidence=(blank("bag", without, "bag_id"),),
            administrations=(one, other),
        )


def _overlap(first: Course, second: Course) -> bool:
    return any(a < d and c < b for a, b in first.spans for c, d in second.spans)
