"""The billed units of a drug are not the dose that the record says was given."""

from collections.abc import Iterator
from decimal import Decimal

from auditor import (
    Cure,
    DrugClass,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    count_of,
    deficient,
    met,
    undetermined,
    units_billed,
)
from auditor.coding import DrugService, drug_services, given_doses


@check(
    title="Drug units other than the dose given",
    authority=("cms-cpm-17-10", "rac-0074"),
    severity="high",
    responsible="charge set-up",
    examines="drug code and date billed",
    needs=("claim_line.hcpcs", "claim_line.modifiers", "claim_line.units",
           "claim_line.service_date", "administration.dose"),
)  # fmt: skip
def drug_units_mismatch(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Units are the doses of the date in the code's own dose, rounded up once.

    What one unit is comes from the formulary, else from the ASP table of the quarter, else from
    the shipped list. Discarded units (JW) are not counted here. Contrast is charted with its
    images and blood with its transfusion, so an administration record without them says nothing;
    nor does it where no file says which drug a code of the ASP table is.
    """
    on_record = {dose.drug for _, dose, _ in given_doses(encounter)}
    unknown = any(a.drug_class is DrugClass.UNCLASSIFIED for a in encounter.administrations)
    for service in drug_services(encounter):
        if not service.lines:
            continue
        if not service.doses:
            yield _without_a_dose(service, encounter, bool(on_record), unknown)
        else:
            yield _judge(service, encounter, policy)


def _without_a_dose(
    service: DrugService, encounter: Encounter, has_record: bool, unknown: bool
) -> Verdict:
    line = service.lines[0]
    other_days = sorted(
        {day for _, dose, day in given_doses(encounter) if service.could_be(dose, day, encounter)}
    )
    billed = f"{service.hcpcs} is billed on {service.day:%m/%d/%Y}"
    if other_days:
        days = ", ".join(f"{day:%m/%d/%Y}" for day in other_days)
        return undetermined(
            line,
            because=f"{billed} and given on {days}; the dates of the charges would tell which "
            "dose it is.",
        )
    classes = service.classes(encounter)
    if DrugClass.CONTRAST in classes:
        return undetermined(
            line,
            because=f"{billed}, and the record has no dose of contrast; the record of the imaging "
            "would tell.",
        )
    if DrugClass.BLOOD in classes:
        return undetermined(
            line,
            because=f"{billed}, and the record has no such blood product; the record of the "
            "transfusion would tell.",
        )
    if not service.names_its_drug(encounter):
        return undetermined(
            line,
            because=f"{billed}, and the files do not say which drug that is; its row in the "
            "pharmacy's formulary would tell.",
        )
    if undated := service.undated(encounter):
        return undetermined(
            line,
            because=f"{billed}, and the record has its drug without a date; the times of that dose "
            "would tell.",
            claim_lines=service.lines,
            administrations=undated,
        )
    if lost := service.lost_dose(encounter):
        return undetermined(
            line,
            because=f"{billed}, and the rows that could be used have no dose of its drug; one that "
            f"was rejected may ({lost.cell}).",
        )
    if unknown or not has_record:
        missing = (
            "a drug that nobody classified may be its drug; its class and code would tell"
            if unknown
            else "the files have no dose for this encounter; its administration record would tell"
        )
        return undetermined(line, because=f"{billed}, and {missing}.")
    return deficient(
        line,
        because=f"{billed} with {count_of(service.units, 'unit')}, and the record has no dose of "
        "its drug.",
        cure=Cure.RECORD,
        evidence=[units_billed(service.lines)],
        claim_lines=service.lines,
    )


def _judge(service: DrugService, encounter: Encounter, policy: Policy) -> Verdict:
    line = service.lines[0]
    expected = service.expected(policy)
    if service.shares_doses:
        return undetermined(
            line,
            because=f"{service.hcpcs} is billed beside another code of the same drug; which dose "
            "belongs to which code, the charge's detail would tell.",
            administrations=service.administrations,
        )
    if expected is None:
        return undetermined(
            line,
            because=f"The doses of {service.hcpcs} on {service.day:%m/%d/%Y} cannot be counted in "
            "its billing unit; each dose with a unit of mass, volume or count would tell.",
            evidence=_evidence(service),
            administrations=service.administrations,
        )
    if service.units == expected:
        return met(line)
    is_over = service.units > expected
    if is_over and (undated := service.undated(encounter)):
        return undetermined(
            line,
            because=f"{_billed(service)}; the doses with a date are {expected}, and the record has "
            "more of its drug without one: the times of that dose would tell.",
            evidence=_evidence(service),
            claim_lines=service.lines,
            administrations=(*service.administrations, *undated),
        )
    lost = service.lost_dose(encounter) if is_over else encounter.rejected_row("claim_line")
    if lost:
        return undetermined(
            line,
            because=f"{_billed(service)}; the doses in the rows that could be used are {expected}, "
            f"and one that was rejected may be the rest ({lost.cell}).",
            evidence=_evidence(service),
            claim_lines=service.lines,
            administrations=service.administrations,
        )
    return deficient(
        line,
        because=f"{_billed(service)}; the doses given are {expected}.",
        cure=Cure.REBILL,
        evidence=_evidence(service),
        claim_lines=service.lines,
        administrations=service.administrations,
    )


def _billed(service: DrugService) -> str:
    units = count_of(service.units, "unit")
    return f"{service.hcpcs} is billed with {units} on {service.day:%m/%d/%Y}"


def _evidence(service: DrugService) -> list[Evidence]:
    unit = service.unit
    one = f"{_plain(unit.amount)} {unit.unit}" if unit.amount else "not an amount of one substance"
    return [
        units_billed(service.lines),
        Evidence("one billing unit", f"{one} ({unit.told})"),
        *(
            Evidence(
                f"dose of {dose.drug}",
                f"{_plain(dose.amount)} {dose.unit or 'without a unit'}",
                cell_of(dose, "dose"),
            )
            for _, dose in service.doses
        ),
    ]


def _plain(amount: Decimal | None) -> str:
    return "blank" if amount is None else f"{amount.normalize():f}"
