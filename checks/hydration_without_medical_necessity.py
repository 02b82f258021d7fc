"""Hydration is billed, and nothing in claim or record shows why it was needed."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from auditor import (
    Administration,
    Cure,
    Encounter,
    Evidence,
    Order,
    Policy,
    Verdict,
    cell_of,
    check,
    deficient,
    met,
    not_evaluated,
    undetermined,
    unread_cell,
)
from auditor.coding import (
    Course,
    Cover,
    Family,
    Support,
    billed_of,
    covering,
    is_chemo,
    lines_billing,
    supported,
)
from auditor.tables.hydration import no_individual_basis, shows_need, supporting


@check(
    title="Hydration without medical necessity",
    authority=("rac-0137", "noridian-hydration", "noridian-a52732", "cgs-hydration"),
    severity="high",
    responsible="provider order",
    examines="hydration infusion that is billed",
    needs=("claim_line.hcpcs", "administration.drug"),
    needs_in_part=("order.indication",),
    payment="denied",
    opened_by=("order",),
)
def hydration_without_medical_necessity(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """An indication shows the need; a diagnosis or a replenishing rate alone supports it.

    Deficient where there is none of the three. A diagnosis never decides by itself, nor does a
    rate; both together do. Hydration at the access of chemotherapy is judged as the policy says.
    A fluid without an order, by protocol only or too short is judged by
    ``hydration_without_order``, ``hydration_by_protocol_only`` and ``hydration_under_31_minutes``.
    """
    if not billed_of(encounter, Family.HYDRATION):
        return
    support = supported(encounter, replace(policy, chemo_hydration="counted"))
    for course in support.courses:
        fluid = course.administration
        if course.technique != "hydration":
            continue
        found = covering(fluid, encounter)
        ordered = found is not None and found.cover is not Cover.AFTER_THE_END
        if not _is_counted(fluid, support) or ("order.drug" in encounter.supplied and not ordered):
            continue
        beside_chemo = _is_beside_chemo(course, support, policy)
        if beside_chemo and policy.chemo_hydration == "integral":
            yield _integral(fluid, encounter)
        elif found is None or "order.indication" not in encounter.supplied:
            yield not_evaluated(fluid, wants="order.indication")
        elif no_individual_basis(found.order.basis):
            continue
        elif beside_chemo and policy.chemo_hydration == "review":
            yield _left_to_review(fluid, encounter)
        else:
            yield _judge(course, found.order, encounter, policy)


def _is_counted(fluid: Administration, support: Support) -> bool:
    return any(
        fluid in line.administrations
        for line in support.lines
        if line.code in Family.HYDRATION.codes
    )


def _is_beside_chemo(fluid: Course, support: Support, policy: Policy) -> bool:
    return any(
        course.technique in ("infusion", "push")
        and course.access == fluid.access
        and is_chemo(course.administration, policy)
        for course in support.courses
    )


def _integral(fluid: Administration, encounter: Encounter) -> Verdict:
    return deficient(
        fluid,
        because=f"The {fluid.drug} was given with chemotherapy, to which it is integral under "
        "this policy.",
        cure=Cure.NOTHING,
        claim_lines=lines_billing(encounter, *Family.HYDRATION.codes),
    )


def _left_to_review(fluid: Administration, encounter: Encounter) -> Verdict:
    return undetermined(
        fluid,
        because=f"The {fluid.drug} was given with chemotherapy; whether it is integral to the drug "
        "or billed for its own need, the contractor's policy would tell.",
        claim_lines=lines_billing(encounter, *Family.HYDRATION.codes),
    )


def _judge(course: Course, order: Order, encounter: Encounter, policy: Policy) -> Verdict:
    fluid = course.administration
    indicated = shows_need(order.indication) or shows_need(fluid.reason)
    groups = supporting(code for line in encounter.claim_lines for code in line.diagnosis_codes)
    strong = any(not group.is_weak for group in groups)
    rate = _rate(course)
    replenishes = rate is not None and rate >= policy.hydration_review_rate
    evidence = (
        Evidence("indication", order.indication or "blank", cell_of(order, "indication")),
        Evidence("supporting diagnoses", ", ".join(g.name for g in groups) or "none"),
        Evidence("rate, mL/h", "not charted" if rate is None else f"{rate:.0f}"),
    )
    if indicated:
        missing = _still_wanted(fluid, rate, replenishes, policy)
        if not missing:
            return met(fluid)
        return undetermined(fluid, because=f"The {fluid.drug} is indicated, but {missing}.",
                            evidence=evidence)  # fmt: skip
    if strong and replenishes:
        return met(fluid)
    if groups or replenishes:
        has = "the claim has a supporting diagnosis" if groups else "the rate replenishes"
        return undetermined(
            fluid,
            because=f"No indication for the {fluid.drug} is on record; {has}, which does not "
            "decide by itself. An assessment of that date would.",
            evidence=evidence,
        )
    unknown = [
        name
        for name, column in (
            ("diagnoses", "claim_line.diagnosis_codes"),
            ("rates", "administration.rate"),
        )
        if column not in encounter.supplied
    ]
    if unknown:
        return undetermined(
            fluid,
            because=f"No indication for the {fluid.drug} is on record, and the files have no "
            f"{' nor '.join(unknown)}, which would tell.",
            evidence=evidence,
        )
    if lost := unread_cell(fluid, "rate"):
        return undetermined(
            fluid,
            because=f"No indication for the {fluid.drug} is on record, and its rate could not be "
            f"read ({lost}); it would tell.",
            evidence=evidence,
        )
    low = "no rate" if rate is None else f"no rate that replenishes ({rate:.0f} mL/h)"
    return deficient(
        fluid,
        because=f"The {fluid.drug} is billed with no indication in order or record, no supporting "
        f"diagnosis on the claim, and {low}.",
        cure=Cure.RECORD,
        evidence=evidence,
        claim_lines=lines_billing(encounter, *Family.HYDRATION.codes),
    )


def _still_wanted(
    fluid: Administration, rate: Decimal | None, replenishes: bool, policy: Policy
) -> str | None:
    """What the policy wants beside an indication; ``None`` where nothing is missing."""
    if policy.hydration_needs_rate and not replenishes:
        told = "its rate is not charted" if rate is None else f"its rate is {rate:.0f} mL/h"
        return f"{told}; the contractor wants one that replenishes"
    if fluid.volume is not None and fluid.volume < policy.hydration_review_volume:
        return (
            f"only {fluid.volume.normalize():f} mL were given; the assessment would tell the need"
        )
    return None


def _rate(course: Course) -> Decimal | None:
    """The highest charted rate, else the volume over the counted minutes."""
    fluid = course.administration
    charted = [rate for segment in fluid.segments for _, rate in segment.rates]
    if charted:
        return max(charted)
    if fluid.volume is None or not course.minutes:
        return None
    return fluid.volume * 60 / course.minutes
