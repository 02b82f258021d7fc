"""A push is billed as an infusion, or an infusion as a push."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, check, deficient, met, undetermined
from auditor.coding import Variance, compare, supported
from auditor.tables.codes import INFUSION_CODES, PUSH_CODES


@check(
    title="Push billed as infusion, or infusion as push",
    authority=("cpt-drug-administration", "palmetto-a53778"),
    severity="high",
    responsible="coding",
    examines="push or drug infusion by vein",
    needs=("administration.start", "claim_line.hcpcs"),
    payment="recoded",
)
def push_billed_as_infusion(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Up to 15 minutes is a push, 16 minutes or more an infusion, whatever the order called it.

    An infusion without an accepted stop that is billed as an infusion is judged by
    ``infusion_without_stop_time``.
    """
    support = supported(encounter, policy)
    swapped: dict[str, Variance] = {}
    for variance in compare(encounter, support, policy):
        codes = {variance.billed, variance.supported}
        if codes & INFUSION_CODES and codes & PUSH_CODES:
            for administration in variance.administrations[: variance.units]:
                swapped[administration.administration_id] = variance
    billed = {line.hcpcs for line in encounter.claim_lines}
    if not billed & (INFUSION_CODES | PUSH_CODES):
        return
    for course in support.courses:
        if course.technique not in ("push", "infusion"):
            continue
        swap = swapped.get(course.administration.administration_id)
        if swap is None:
            yield met(course.administration)
        elif swap.undetermined:
            yield undetermined(course.administration, because=swap.because)
        else:
            yield deficient(
                course.administration,
                because=swap.because,
                cure=Cure.REBILL,
                evidence=(
                    Evidence("technique by the record", course.technique),
                    Evidence("counted minutes", str(course.minutes)),
                ),
                claim_lines=encounter.lines_billing(swap.billed or ""),
            )
