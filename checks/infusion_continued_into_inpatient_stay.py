"""Minutes after the inpatient order, or services of the inpatient claim, are billed outpatient."""

from collections.abc import Iterator
from dataclasses import replace

from auditor import (
    Administration,
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    clock,
    deficient,
    met,
)
from auditor.coding import (
    Family,
    administration_lines,
    billed_of,
    family_of,
    in_payment_window,
    supported,
)


@check(
    title="Infusion continued into the inpatient stay",
    authority=("noridian-three-day", "cms-cpm-4-230.2"),
    severity="high",
    responsible="charge set-up",
    examines="outpatient line before an admission, or infusion that ran past its order",
    needs=("claim_line.hcpcs", "administration.start", "encounter.inpatient_at"),
    payment="recoded",
)
def infusion_continued_into_inpatient_stay(
    encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    """What was given up to the inpatient order is outpatient, what follows is the inpatient's.

    On an outpatient hospital claim (bill type 13x) even the former belongs on the inpatient claim
    where it falls into the payment window of the admission, unless condition code 51 attests that
    it is unrelated.  Where the lines are rightly outpatient, an infusion that ran on is deficient
    when its billed units need minutes after the order.
    """
    if encounter.inpatient_at is None:
        return
    lines = [line for line in administration_lines(encounter) if line.service_date is not None]
    bundled = [line for line in lines if _belongs_to_inpatient(line, encounter, policy)]
    for line in bundled:
        yield deficient(
            line,
            because=f"{line.hcpcs} is billed outpatient within {policy.payment_window_days} days "
            "of the admission; it belongs on the inpatient claim.",
            cure=Cure.REBILL,
            evidence=(
                Evidence(
                    "inpatient order",
                    clock(encounter.inpatient_at),
                    cell_of(encounter, "inpatient_at"),
                ),
                Evidence("bill type", line.bill_type or "", cell_of(line, "bill_type")),
                Evidence("condition codes", ", ".join(line.condition_codes) or "none"),
            ),
        )
    if not bundled:
        yield from (met(line) for line in lines if line.bill_type)
        for infusion in encounter.administrations:
            family = family_of(infusion, policy)
            if family and billed_of(encounter, family) and _ran_past_order(infusion, encounter):
                yield _judge(infusion, family, encounter, policy)


def _belongs_to_inpatient(line: ClaimLine, encounter: Encounter, policy: Policy) -> bool:
    is_outpatient = (line.bill_type or "").startswith("13")
    return is_outpatient and in_payment_window(line, encounter, policy)


def _ran_past_order(infusion: Administration, encounter: Encounter) -> bool:
    admitted, start, stop = encounter.inpatient_at, infusion.start, infusion.stop
    if admitted is None or start is None or stop is None:
        return False
    return start.timestamp() < admitted.timestamp() < stop.timestamp()


def _judge(
    infusion: Administration, family: Family, encounter: Encounter, policy: Policy
) -> Verdict:
    billed = billed_of(encounter, family)
    has = supported(encounter, policy).units(*family.codes)
    with_rest = supported(replace(encounter, inpatient_at=None), policy).units(*family.codes)
    if not billed > has < with_rest:
        return met(infusion)
    return deficient(
        infusion,
        because=f"{billed} units of {family} are billed; up to the inpatient order the record "
        f"supports {has}.",
        cure=Cure.REBILL,
        evidence=(
            Evidence(
                "inpatient order", clock(encounter.inpatient_at), cell_of(encounter, "inpatient_at")
            ),
            Evidence("infusion ended", clock(infusion.stop), cell_of(infusion, "stop")),
            Evidence("units billed", str(billed)),
            Evidence("units supported", str(has)),
        ),
        claim_lines=encounter.lines_billing(*family.codes),
    )
