"""More units of a code are billed than the medically unlikely edit of its quarter lets pass."""

from collections.abc import Iterator
from datetime import date

from auditor import (
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    count_of,
    deficient,
    met,
    not_evaluated,
    undetermined,
    units_billed,
)
from auditor.coding import drug_services, supported
from auditor.tables.codes import ADMINISTRATION_CODES
from auditor.tables.published import Kind, UnitsEdit

BY_LINE, ABSOLUTE, ON_APPEAL = 1, 2, 3  # adjudication indicators


@check(
    title="Units above the medically unlikely edit",
    authority=("cms-ncci-mue",),
    severity="medium",
    responsible="coding",
    examines="claim line, or code and date of service, that the edits cover",
    needs=("claim_line.hcpcs", "claim_line.units", "claim_line.service_date", "table.mue"),
)
def units_over_mue(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Units above the value of the quarter are denied: by line, or by code and date.

    Indicator 1 counts each line by itself, 2 and 3 all lines of the code on its date. Indicator 2
    is a limit of policy; what 3 denies may be paid on appeal. The finding gives the units that the
    record supports; where those are all, the cure under indicator 3 is the appeal.
    A code without an edit is not examined, nor one that a loaded extract does not cover.
    """
    seen: set[tuple[str, object]] = set()
    for line in encounter.claim_lines:
        if line.hcpcs is None:
            continue
        if line.service_date is None:
            if line.hcpcs in ADMINISTRATION_CODES:
                yield undetermined(
                    line,
                    because=f"The service date of {line.hcpcs} is blank; it decides which edits "
                    "apply.",
                )
            continue
        table = encounter.tables.on(line.service_date).mue
        if table is None:
            yield not_evaluated(line, wants=encounter.tables.wanted(Kind.MUE, line.service_date))
            continue
        edit = table.get(line.hcpcs)
        if edit is None:
            continue
        lines = [line] if edit.indicator == BY_LINE else _of_that_date(line, encounter)
        subject = (line.hcpcs, line.service_date)
        if edit.indicator == BY_LINE or subject not in seen:
            seen.add(subject)
            yield _judge(edit, lines, encounter, policy)


def _of_that_date(line: ClaimLine, encounter: Encounter) -> list[ClaimLine]:
    return [
        other
        for other in encounter.claim_lines
        if (other.hcpcs, other.service_date) == (line.hcpcs, line.service_date)
    ]


def _judge(
    edit: UnitsEdit, lines: list[ClaimLine], encounter: Encounter, policy: Policy
) -> Verdict:
    units = sum(line.unit_count for line in lines)
    day = lines[0].service_date
    if units <= edit.units:
        return met(lines[0])
    evidence = [
        units_billed(lines),
        Evidence("MUE value", f"{edit.units}, adjudication indicator {edit.indicator}"),
    ]
    has = _on_record(edit.code, day, encounter, policy)
    if has is not None:
        evidence.append(Evidence("units that the record supports on that date", str(has)))
    all_of_them = has is not None and has >= units
    billed = f"{count_of(units, 'unit')} of {edit.code} {'is' if units == 1 else 'are'} billed"
    return deficient(
        lines[0],
        because=f"{billed} on {day:%m/%d/%Y}; the edit lets {edit.units or 'none'} pass."
        + _on_appeal(edit, has, units),
        cure=Cure.APPEAL if all_of_them and edit.indicator == ON_APPEAL else Cure.REBILL,
        evidence=evidence,
        claim_lines=lines,
    )


def _on_record(code: str, day: date | None, encounter: Encounter, policy: Policy) -> int | None:
    """Units that the record supports of a code on a date; ``None`` where it cannot tell."""
    support = supported(encounter, policy)
    if not encounter.administrations or support.undetermined:
        return None
    if code in ADMINISTRATION_CODES:
        return sum(
            line.units for line in support.lines if (line.code, line.service_date) == (code, day)
        )
    for service in drug_services(encounter):
        if (service.hcpcs, service.day) == (code, day) and service.doses:
            alone = not (service.discarded or service.shares_doses)
            return service.expected(policy) if alone else None
    return None


def _on_appeal(edit: UnitsEdit, has: int | None, units: int) -> str:
    """What becomes of the units above, by the edit's indicator and the record."""
    if has is None:
        may = edit.indicator == ON_APPEAL
        return " What the record supports may be paid on appeal." if may else ""
    if has < units:
        may = has > edit.units and edit.indicator == ON_APPEAL
        return f" The record supports {has or 'none'}{', which may be paid on appeal' * may}."
    it, they = ("it", "it") if units == 1 else ("them", "they")
    if edit.indicator == ON_APPEAL:
        return f" The record supports {it}, and {they} may be paid on appeal."
    if edit.indicator == ABSOLUTE:
        return f" The record supports {it}, but the edit is a limit of policy."
    return f" The record supports {it}; the edit counts each line by itself."
