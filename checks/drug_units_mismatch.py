"""The billed units of a drug are not the dose that the record says was given."""

from collections.abc import Iterator
from decimal import Decimal

from auditor import (
    Cure,
    Encounter,
    Evidence,
    Policy,
    Verdict,
    cell_of,
    check,
    deficient,
    met,
    undetermined,
    units_billed,
)
from auditor.coding import DrugService, drug_units


@check(
    title="Drug units other than the dose given",
    authority=("cms-cpm-17-10", "rac-0074"),
    severity="high",
    responsible="charge set-up",
    payment="recoded",
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
    for drug in drug_units(encounter, policy):
        line, lines = drug.service.lines[0], drug.service.lines
        evidence = _evidence(drug.service)
        if drug.question:
            yield undetermined(
                line,
                because=drug.because,
                evidence=evidence,
                claim_lines=lines,
                administrations=drug.behind,
            )
        elif drug.differs:
            yield deficient(
                line,
                because=drug.because,
                cure=Cure.REBILL if drug.service.doses else Cure.RECORD,
                evidence=evidence,
                claim_lines=lines,
                administrations=drug.behind,
            )
        else:
            yield met(line)


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
