"""A timed infusion is billed, but the record does not say when it began."""

from collections.abc import Iterator

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    arrival,
    blank,
    check,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    billed_of,
    billed_untimed,
    family_of,
    left_open,
    lines_billing,
    rivals,
    supported,
)
from auditor.verdict import Facts


@check(
    title="Timed infusion billed without a documented start time",
    authority=("palmetto-a53778", "cpt-drug-administration"),
    severity="high",
    responsible="nursing",
    examines="billed infusion",
    needs=("claim_line.hcpcs", "administration.start"),
    payment="recoded",
)
def infusion_without_start_time(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Infusion codes are chosen by elapsed time, so the start must be in the record.

    An infusion without a start counts as billed where the claim has more units of its kind than
    the infusions with both times support; without such units it was not billed as an infusion.
    Undetermined where a row that could not be used may hold the start.
    """
    support = supported(encounter, policy)
    for infusion in encounter.administrations:
        family = family_of(infusion, policy)
        families = rivals(infusion, policy)
        if family is None or not any(billed_of(encounter, f) for f in families):
            continue
        if all(segment.start is not None for segment in infusion.segments):
            yield met(infusion)
        elif infusion.began_elsewhere and encounter.window_start is not None:
            yield met(
                infusion,
                "It came in running; the hospital's start is the arrival.",
                evidence=(arrival(encounter),),
            )
        elif (billed := billed_untimed(infusion, encounter, support, policy)) is not False:
            units = sum(billed_of(encounter, f) for f in families)
            has = sum(support.units(*f.codes) for f in families)
            facts: Facts = {
                "evidence": (
                    blank("start time", infusion, "start"),
                    Evidence("units billed", str(units)),
                    Evidence("units supported by infusions with both times", str(has)),
                ),
                "claim_lines": lines_billing(
                    encounter, *(code for f in families for code in f.codes)
                ),
            }
            if why := left_open(infusion, "start", billed, encounter, support):
                yield undetermined(infusion, because=why, **facts)
            else:
                yield deficient(
                    infusion,
                    because=f"{infusion.drug} is billed as an infusion, and no start time is "
                    "documented.",
                    cure=Cure.LATE_ENTRY,
                    **facts,
                )
