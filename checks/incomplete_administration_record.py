"""A required element of an administration's record is blank."""

from collections.abc import Iterator

from auditor import Cure, Encounter, Evidence, Policy, Verdict, cell_of, check, deficient, met
from auditor.coding import required_elements


@check(
    title="Incomplete administration record",
    authority=("palmetto-a53778", "cfr-482.23", "cfr-482.24", "noridian-a52732"),
    severity="medium",
    responsible="nursing",
    examines="injection, push or infusion",
    needs=("administration.drug", "administration.start"),
)
def incomplete_administration_record(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Order, drug, dose, route, start, signature with credential; stop and rate of an infusion.

    The site where more than one line was placed.  An element counts only where some file has a
    column for it.  An order's number, or any order that covers the drug, is its order; a fluid's
    volume stands for its dose, and volume with both times for its rate.
    """
    for given in encounter.administrations:
        elements = required_elements(given, encounter)
        if not elements:
            continue
        blank = [element.name for element in elements if element.blank]
        if not blank:
            yield met(given)
            continue
        yield deficient(
            given,
            because=f"The record of {given.drug} lacks {' and '.join(_words(blank))}.",
            cure=Cure.ORDER if blank == ["order"] else Cure.LATE_ENTRY,
            evidence=tuple(Evidence(name, "blank", cell_of(given, name)) for name in blank),
        )


def _words(blank: list[str]) -> list[str]:
    words = {"staff": "a signature", "credential": "the signer's credential", "order": "an order"}
    return [words.get(name, f"its {name}") for name in blank]
