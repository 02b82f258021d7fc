"""A repeated push of one drug is billed within 30 minutes of its last dose."""

from collections.abc import Iterator

from auditor import (
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
from auditor.coding import billed_units, supported


@check(
    title="Repeated push within 30 minutes",
    authority=("cpt-assistant-2011-12",),
    severity="medium",
    responsible="coding",
    examines="repeated push of a drug where 96376 is billed",
    needs=("claim_line.hcpcs", "administration.start"),
    payment="recoded",
)
def repeat_push_within_30_minutes(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """96376 needs more than 30 minutes since the start of the drug's last reported dose.

    A push that earned no line is deficient where the claim has more units of 96376 than the
    record supports.
    """
    billed = billed_units(encounter)["96376"]
    if not billed:
        return
    support = supported(encounter, policy)
    reported = {a.administration_id for line in support.lines for a in line.administrations}
    given_before: set[str] = set()
    excess = billed - support.units("96376")
    pushes = [course for course in support.courses if course.technique == "push" and course.at]
    for course in sorted(pushes, key=lambda course: course.at.timestamp() if course.at else 0):
        push = course.administration
        if push.drug in given_before:
            if push.administration_id in reported or excess <= 0:
                yield met(push)
            else:
                excess -= 1
                yield deficient(
                    push,
                    because=f"96376 is billed for {push.drug} within 30 minutes of its last "
                    "reported dose.",
                    cure=Cure.REBILL,
                    evidence=(
                        Evidence("push", clock(push.start), cell_of(push, "start")),
                        Evidence("units billed", str(billed)),
                        Evidence("units supported", str(support.units("96376"))),
                    ),
                    claim_lines=encounter.lines_billing("96376"),
                )
        given_before.add(push.drug)
