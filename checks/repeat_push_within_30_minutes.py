"""A repeated push of one drug is billed within 30 minutes of its last dose."""

from collections import Counter
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
    count_of,
    deficient,
    met,
    undetermined,
)
from auditor.coding import (
    Course,
    Kind,
    Support,
    billed_units,
    by_vein,
    codes_of_kind,
    is_chemo,
    lines_billing,
    supported,
    surplus_initials,
)
from auditor.tables.codes import current

PUSHES = ("96374", "96375", "96376")
LONGEST = 30  # minutes of an infusion that may earn the code of a repeated push


@check(
    title="Repeated push within 30 minutes",
    authority=("cpt-assistant-2011-12",),
    severity="medium",
    responsible="coding",
    examines="repeated push of a drug where pushes are billed for it",
    needs=("claim_line.hcpcs", "administration.start", "administration.route"),
    payment="recoded",
    opened_by=("administration",),
    beyond_record=True,
)
def repeat_push_within_30_minutes(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """96376 needs more than 30 minutes since the start of the drug's last reported dose.

    A dose is a push or an infusion; a short infusion of a drug given before counts like a push.
    One that earned no line is deficient where the claim has more pushes than the record supports,
    as repeats or as those of new drugs.
    """
    support = supported(encounter, policy)
    if not billed_units(encounter)["96376"] and not _beyond(encounter, support):
        return
    excess = _pushes_beyond(encounter, support, policy)
    doses = sorted(
        (c for c in support.courses if c.technique in ("push", "infusion") and c.began),
        key=lambda c: ((c.began or 0) // 60, c.technique == "infusion", c.began),
    )
    for place, course in enumerate(doses):
        given = course.administration
        before = [dose for dose in doses[:place] if dose.administration.drug == given.drug]
        if not before or not _may_be_a_repeat(course, support, policy):
            continue
        if _is_reported(course, support) or excess <= 0:
            yield met(given)
            continue
        excess -= 1
        if support.undetermined:
            yield undetermined(
                given,
                because=f"The {given.drug} was given again too soon for 96376; a drug that nobody "
                "classified may be what is billed, its class would tell.",
            )
        else:
            yield _too_soon(course, before, encounter, support, policy)


def _pushes_beyond(encounter: Encounter, support: Support, policy: Policy) -> int:
    """Units of pushes beyond the record that are neither other pushes nor infusions."""
    billed = billed_units(encounter)
    pushes = codes_of_kind(Kind.PUSH)
    drugs = by_vein(encounter, policy)
    initials = sum(
        current(line.hcpcs or "") in pushes for line in surplus_initials(encounter, policy)
    )
    otherwise = len(drugs.infused_as_push) + len(drugs.untimed_as_push) + drugs.pushes + initials
    beyond = sum(billed[code] for code in pushes) - support.units(*pushes) - otherwise
    return min(beyond, _beyond(encounter, support).total())


def _beyond(encounter: Encounter, support: Support) -> Counter[str]:
    """Units of each push code, chemotherapy apart, beyond those supported."""
    billed = billed_units(encounter)
    return +Counter({code: billed[code] - support.units(code) for code in PUSHES})


def _may_be_a_repeat(course: Course, support: Support, policy: Policy) -> bool:
    if is_chemo(course.administration, policy):
        return False
    codes = {line.code for line in support.lines if course.administration in line.administrations}
    is_short = codes <= {"96376"} if codes else course.minutes <= LONGEST
    return course.technique == "push" or is_short


def _is_reported(course: Course, support: Support) -> bool:
    return any(course.administration in line.administrations for line in support.lines)


def _too_soon(
    course: Course,
    before: list[Course],
    encounter: Encounter,
    support: Support,
    policy: Policy,
) -> Verdict:
    given = course.administration
    last = next((dose for dose in reversed(before) if _is_reported(dose, support)), before[-1])
    billed = billed_units(encounter)
    number = max(_beyond(encounter, support))
    minutes = ((course.began or 0) - (last.began or 0)) // 60
    return deficient(
        given,
        because=f"{number} is billed for the {given.drug} given {count_of(minutes, 'minute')} "
        f"after its last reported dose; {policy.repeat_push_after} must lie between them.",
        cure=Cure.REBILL,
        evidence=(
            Evidence("given", clock(course.at), cell_of(given, "start")),
            Evidence("last reported dose", clock(last.at), cell_of(last.administration, "start")),
            Evidence(f"units of {number} billed", str(billed[number])),
            Evidence("units supported", str(support.units(number))),
        ),
        claim_lines=lines_billing(encounter, number),
    )
