"""A required element of an administration's record is blank."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    Encounter,
    Policy,
    Verdict,
    blank,
    check,
    deficient,
    met,
    undetermined,
    unread_cell,
)
from auditor.coding import required_elements

_FIELDS = {"order": "order_id"}  # where an element is charted under another name


@check(
    title="Incomplete administration record",
    authority=("palmetto-a53778", "cfr-482.23", "cfr-482.24", "noridian-a52732"),
    severity="medium",
    responsible="nursing",
    examines="injection, push or infusion",
    needs=("administration.drug", "administration.start"),
)
def incomplete_administration_record(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Order, dose, start, signature with credential; stop and rate of an infusion.

    A row without a drug is rejected when it is read, and one that nothing shows to have been
    given by needle is not looked at. The site where more than one line was placed. An element
    counts only where some file has a column for it. An order's number, or any order that covers
    the drug, is its order; a fluid's volume stands for its dose, and volume with both times for
    its rate. Undetermined where only cells and rows that could not be read may hold what is
    blank.
    """
    for given in encounter.administrations:
        elements = required_elements(given, encounter)
        if not elements:
            continue
        lacking = [element.name for element in elements if element.blank]
        if not lacking:
            yield met(given)
            continue
        lost = {name: cell for name in lacking if (cell := _may_hold(name, given, encounter))}
        if len(lost) == len(lacking):
            cells = " and ".join(dict.fromkeys(lost.values()))
            yield undetermined(
                given,
                because=f"The record of {given.name} lacks {' and '.join(_words(lacking))} only as "
                f"far as it could be read; what could not be used may say it ({cells}).",
            )
            continue
        lacking = [name for name in lacking if name not in lost]
        yield deficient(
            given,
            because=f"The record of {given.name} lacks {' and '.join(_words(lacking))}.",
            cure=Cure.ORDER if lacking == ["order"] else Cure.LATE_ENTRY,
            evidence=tuple(blank(name, given, _FIELDS.get(name, name)) for name in lacking),
        )


def _may_hold(name: str, given: Administration, encounter: Encounter) -> str | None:
    """The cell that could not be read and may say what is blank, its own or a rejected row's."""
    kind = "order" if name == "order" else "administration"
    end = name if name in ("start", "stop") else None
    lost = encounter.rejected_row(kind, given, stating=end)
    return unread_cell(given, name) or (lost.cell if lost else None)


def _words(lacking: list[str]) -> list[str]:
    words = {"staff": "a signature", "credential": "the signer's credential", "order": "an order"}
    return [words.get(name, f"its {name}") for name in lacking]
