"""More units of a code are billed than the medically unlikely edit of its quarter lets pass."""

from collections.abc import Iterator

from auditor import (
    ClaimLine,
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    check,
    deficient,
    met,
    not_evaluated,
    undetermined,
    units_billed,
)
from auditor.coding import supported
from auditor.tables.codes import ADMINISTRATION_CODES
from auditor.tables.published import Kind, UnitsEdit

BY_LINE = 1  # the adjudication indicator that counts each claim line by itself
ON_APPEAL = 3  # the one whose denials the record can overcome
APPEAL = " What the record supports may be paid on appeal."


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

    Indicator 1 counts each line by itself, 2 and 3 all lines of the code on its date. What
    indicator 3 denies may be paid on appeal; the finding gives the units that the record supports.
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
    if edit.code in ADMINISTRATION_CODES:
        has = sum(
            line.units
            for line in supported(encounter, policy).lines
            if line.code == edit.code and line.service_date == day
        )
        evidence.append(Evidence("units that the record supports on that date", str(has)))
    return deficient(
        lines[0],
        because=f"{units} units of {edit.code} are billed on {day:%m/%d/%Y}; the edit lets "
        f"{edit.units} pass." + (APPEAL if edit.indicator == ON_APPEAL else ""),
        cure=Cure.REBILL,
        evidence=evidence,
        claim_lines=lines,
    )
