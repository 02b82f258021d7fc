"""What the record supports of each drug billed, or what would have to be known to tell (D-01)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from auditor.coding.claim import in_units
from auditor.coding.drug_lines import DrugService, drug_services, given_doses
from auditor.coding.remembered import remembered
from auditor.policy import Policy
from auditor.record import BESIDE, BILLED_HERE, Administration, ClaimLine, DrugClass, Encounter

_RESTS_ON = {
    *(f"claim_line.{name}" for name in ("hcpcs", "modifiers", "units", "service_date")),
    "administration.dose",
}


class DrugUnits(NamedTuple):
    """One drug code on one date; ``supported`` units are what its doses come to.

    ``question`` is empty where claim and record can be compared, else it says in a sentence what
    would tell; ``behind`` are the administrations that it is about.
    """

    service: DrugService
    supported: int | None
    question: str
    behind: tuple[Administration, ...]

    @property
    def differs(self) -> bool:
        """Whether the units billed are known to be others than those supported."""
        return not self.question and self.supported != self.service.units

    @property
    def because(self) -> str:
        """What is asked, else how claim and record compare, in a sentence."""
        service = self.service
        doses = f"the doses given are {self.supported}"
        if not service.doses:
            doses = "the record has no dose of its drug"
        return self.question or f"{_billed(service)}; {doses}."

    def corrected(self, encounter: Encounter) -> Iterator[tuple[ClaimLine, int]]:
        """The claim lines with the units supported, where these are known to differ.

        Units too many go from the last lines, those that lack to the first.
        """
        if not self.differs or not encounter.supplied >= _RESTS_ON:
            return
        left = self.supported or 0
        lacking = max(left - self.service.units, 0)
        for line in self.service.lines:
            units = min(line.unit_count + lacking, left)
            yield line, units
            left -= units
            lacking = 0


@remembered
def drug_units(encounter: Encounter, policy: Policy) -> tuple[DrugUnits, ...]:
    """Every drug code that is billed as given; a line of discarded units (JW) is none."""
    return tuple(
        _of_doses(service, encounter, policy)
        if service.doses
        else _without_a_dose(service, encounter)
        for service in drug_services(encounter)
        if service.lines
    )


def _of_doses(service: DrugService, encounter: Encounter, policy: Policy) -> DrugUnits:
    given = service.administrations
    units = service.expected(policy)
    billed = _billed(service)
    question = ""
    if service.shares_doses:
        question = (
            f"{service.hcpcs} is billed beside another code of the same drug; which dose belongs "
            "to which code, the charge's detail would tell."
        )
    elif units is None:
        question = (
            f"The doses of {service.hcpcs} on {service.day:%m/%d/%Y} cannot be counted in its "
            "billing unit; each dose with a unit of mass, volume or count would tell."
        )
    elif service.units != units:
        is_over = service.units > units
        undated = service.undated(encounter) if is_over else ()
        lost = service.lost_dose(encounter) if is_over else encounter.rejected_row("claim_line")
        if undated:
            given = (*given, *undated)
            question = (
                f"{billed}; the doses with a date are {units}, and the record has more of its drug "
                "without one: the times of that dose would tell."
            )
        elif lost:
            question = (
                f"{billed}; the doses in the rows that could be used are {units}, and one that was "
                f"rejected may be the rest ({lost.cell})."
            )
        elif is_over and encounter.charted_without_claim is not None:
            question = f"{billed}; the doses given are {units}, and {BESIDE}: {BILLED_HERE}."
    return DrugUnits(service, units, question, given)


def _without_a_dose(service: DrugService, encounter: Encounter) -> DrugUnits:
    classes = service.classes(encounter)
    undated = service.undated(encounter)
    given = list(given_doses(encounter))
    other_days = sorted({day for _, dose, day in given if service.could_be(dose, day, encounter)})
    if other_days:
        days = ", ".join(f"{day:%m/%d/%Y}" for day in other_days)
        told = f" and given on {days}; the dates of the charges would tell which dose it is"
    elif DrugClass.CONTRAST in classes:
        told = ", and the record has no dose of contrast; the record of the imaging would tell"
    elif DrugClass.BLOOD in classes:
        told = (
            ", and the record has no such blood product; the record of the transfusion would tell"
        )
    elif not service.names_its_drug(encounter):
        told = (
            ", and the files do not say which drug that is; its row in the pharmacy's formulary "
            "would tell"
        )
    elif undated:
        told = ", and the record has its drug without a date; the times of that dose would tell"
    elif lost := service.lost_dose(encounter):
        told = (
            ", and the rows that could be used have no dose of its drug; one that was rejected may "
            f"({lost.cell})"
        )
    elif any(a.drug_class is DrugClass.UNCLASSIFIED for a in encounter.administrations):
        told = ", and a drug that nobody classified may be its drug; its class and code would tell"
    elif encounter.charted_without_claim is not None:
        told = f", and the record has no dose of its drug, and {BESIDE}: {BILLED_HERE}"
    elif not given:
        told = (
            ", and the files have no dose for this encounter; its administration record would tell"
        )
    else:
        return DrugUnits(service, 0, "", ())
    billed = f"{service.hcpcs} is billed on {service.day:%m/%d/%Y}"
    return DrugUnits(service, None, f"{billed}{told}.", undated)


def _billed(service: DrugService) -> str:
    return f"{service.hcpcs} is billed with {in_units(service.units)} on {service.day:%m/%d/%Y}"
