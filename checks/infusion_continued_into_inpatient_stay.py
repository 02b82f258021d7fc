"""Minutes after the inpatient order, or services of the inpatient claim, are billed outpatient."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from auditor import (
    ClaimLine,
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
    administration_lines,
    billed_units,
    codes_of_kind,
    in_payment_window,
    kind_of,
    lines_billing,
    supported,
)

BY_VEIN = {Kind.PUSH, Kind.INFUSION}  # which of the two is another question


@check(
    title="Infusion continued into the inpatient stay",
    authority=("noridian-three-day", "cms-cpm-4-230.2"),
    severity="high",
    responsible="charge set-up",
    examines="outpatient line before an admission, or administration after its order",
    needs=("claim_line.hcpcs", "administration.start", "encounter.inpatient_at"),
    payment="recoded",
)
def infusion_continued_into_inpatient_stay(
    encounter: Encounter, policy: Policy
) -> Iterator[Verdict]:
    """What was given up to the inpatient order is outpatient, what follows is the inpatient's.

    On an outpatient hospital claim (bill type 13x) even the former belongs on the inpatient claim
    where it falls into the payment window of the admission, unless condition code 51 attests that
    it is unrelated.  Where the lines are rightly outpatient, whatever ran on or was given after
    the order is deficient when the billed units need it.
    """
    admitted = encounter.inpatient_at
    if admitted is None:
        return
    lines = [line for line in administration_lines(encounter) if line.service_date is not None]
    bundled = [line for line in lines if _belongs_to_inpatient(line, encounter, policy)]
    for line in bundled:
        yield deficient(
            line,
            because=f"{line.hcpcs} is billed outpatient within "
            f"{count_of(policy.payment_window_days, 'day')} of the admission; it belongs on the "
            "inpatient claim.",
            cure=Cure.REBILL,
            evidence=(
                _ordered(encounter),
                Evidence("bill type", line.bill_type or "", cell_of(line, "bill_type")),
                Evidence("condition codes", ", ".join(line.condition_codes) or "none"),
            ),
        )
    for line in lines:
        is_before = line.service_date is not None and line.service_date <= admitted.date()
        if line.bill_type and is_before and line not in bundled:
            yield met(line)
    judged = replace(
        encounter,
        claim_lines=tuple(line for line in encounter.claim_lines if line not in bundled),
    )
    yield from _after_the_order(judged, encounter, policy)


def _belongs_to_inpatient(line: ClaimLine, encounter: Encounter, policy: Policy) -> bool:
    is_outpatient = (line.bill_type or "").lstrip("0").startswith("13")
    return is_outpatient and in_payment_window(line, encounter, policy)


def _ordered(encounter: Encounter) -> Evidence:
    moment, cell = encounter.inpatient_at, cell_of(encounter, "inpatient_at")
    return Evidence("inpatient order", clock(moment), cell)


def _after_the_order(judged: Encounter, encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Each administration of a billed kind that ran on or was given after the order."""
    support = supported(encounter, policy)
    with_rest = supported(replace(encounter, inpatient_at=None), policy)
    billed = billed_units(judged)
    taken: Counter[tuple[str, ...]] = Counter()
    for course in with_rest.courses:
        codes = _codes_beside(course, with_rest, billed)
        units = sum(billed[code] for code in codes)
        if not units or not _is_after_the_order(course, encounter):
            continue
        has = support.units(*codes)
        needs = _units_of(course, with_rest, codes) - _units_of(course, support, codes)
        if needs <= 0 or units - has - taken[codes] <= 0:
            yield met(course.administration)
            continue
        taken[codes] += needs
        if lost := encounter.rejected_row("administration"):
            yield undetermined(
                course.administration,
                because=f"{_said(course, codes, units, has, encounter)} A row that was rejected "
                f"may be what is billed ({lost.cell}).",
            )
            continue
        yield deficient(
            course.administration,
            because=_said(course, codes, units, has, encounter),
            cure=Cure.REBILL,
            evidence=(
                _ordered(encounter),
                Evidence("began", clock(course.at), cell_of(course.administration, "start")),
                Evidence("units billed", str(units)),
                Evidence("units supported", str(has)),
            ),
            claim_lines=lines_billing(judged, *codes),
        )


def _codes_beside(course: Course, support: Support, billed: Counter[str]) -> tuple[str, ...]:
    """All codes of the kind under which an administration would be billed, or is by mistake."""
    lines = (line for line in support.lines if course.administration in line.administrations)
    kinds = {kind for line in lines if (kind := kind_of(line.code))}
    codes = tuple(sorted(code for kind in kinds for code in codes_of_kind(kind)))
    if kinds & BY_VEIN and not any(billed[code] for code in codes):
        codes = tuple(sorted(code for kind in BY_VEIN for code in codes_of_kind(kind)))
    return codes


def _units_of(course: Course, support: Support, codes: tuple[str, ...]) -> int:
    return sum(
        line.units
        for line in support.lines
        if line.code in codes and course.administration in line.administrations
    )


def _is_after_the_order(course: Course, encounter: Encounter) -> bool:
    """Whether a part of it was given after the order, or its moment lies there."""
    admitted = encounter.inpatient_at
    if admitted is None or course.at is None:
        return False
    ends = course.running[-1][1] if course.running else course.at
    at = admitted.timestamp()
    return ends.timestamp() > at or course.at.timestamp() >= at


def _said(
    course: Course, codes: tuple[str, ...], units: int, has: int, encounter: Encounter
) -> str:
    admitted, began = encounter.inpatient_at, course.at
    if admitted and began and began.timestamp() >= admitted.timestamp():
        return (
            f"The {course.administration.drug} was given after the inpatient order and is billed "
            "outpatient."
        )
    kind = kind_of(codes[0])
    return (
        f"{count_of(units, 'unit')} of {kind} {'is' if units == 1 else 'are'} billed; up to the "
        f"inpatient order the record supports {has}."
    )
