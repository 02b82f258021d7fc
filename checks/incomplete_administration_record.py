"""A required element of an administration's record is blank."""

from collections.abc import Iterator

from auditor import (
    Administration,
    Cure,
    DrugClass,
    Encounter,
    Method,
    Policy,
    Route,
    StopEvidence,
    Verdict,
    blank,
    check,
    deficient,
    met,
    undetermined,
    unread_cell,
)
from auditor.coding import order_for

RECORDED = (
    *(DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL, DrugClass.BIOLOGIC),
    *(DrugClass.THERAPEUTIC, DrugClass.HYDRATION, DrugClass.UNCLASSIFIED),
)

DOCUMENTED = (StopEvidence.CHARTED, StopEvidence.IMPLIED)
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
    """Order, drug, dose, route, start, signature with credential; stop and rate of an infusion.

    The site where more than one line was placed.  An element counts only where some file has a
    column for it.  An order's number, or any order that covers the drug, is its order; a fluid's
    volume stands for its dose, and volume with both times for its rate.  Undetermined where only
    cells and rows that could not be read may hold what is blank.
    """
    for given in encounter.administrations:
        if given.route is Route.OTHER or given.drug_class not in RECORDED:
            continue
        required = _required(given, encounter)
        lacking = [name for name in required if _is_blank(given, name, encounter)]
        if not lacking:
            yield met(given)
            continue
        lost = {name: cell for name in lacking if (cell := _may_hold(name, given, encounter))}
        if len(lost) == len(lacking):
            cells = " and ".join(dict.fromkeys(lost.values()))
            yield undetermined(
                given,
                because=f"The record of {given.drug} lacks {' and '.join(_words(lacking))} only as "
                f"far as it could be read; what could not be used may say it ({cells}).",
            )
            continue
        lacking = [name for name in lacking if name not in lost]
        yield deficient(
            given,
            because=f"The record of {given.drug} lacks {' and '.join(_words(lacking))}.",
            cure=Cure.ORDER if lacking == ["order"] else Cure.LATE_ENTRY,
            evidence=tuple(blank(name, given, _FIELDS.get(name, name)) for name in lacking),
        )


def _required(given: Administration, encounter: Encounter) -> list[str]:
    """The elements of its kind of administration for which some file has a column."""
    infusion = given.method is Method.INFUSION
    names = ["order", "dose", "start", "staff", "credential"]
    if infusion:
        names += ["stop", "rate"]
    if len(encounter.access_sites) > 1:
        names.append("site")
    columns = {"order": "order.drug"}
    return [n for n in names if columns.get(n, f"administration.{n}") in encounter.supplied]


def _is_blank(given: Administration, name: str, encounter: Encounter) -> bool:
    match name:
        case "order":
            return given.order_id is None and order_for(given, encounter) is None
        case "dose":
            return given.dose is None and given.volume is None
        case "rate":
            rates = any(segment.rates for segment in given.segments)
            return not rates and (given.volume is None or given.stop is None)
        case "start":
            return any(segment.start is None for segment in given.segments)
        case "stop":
            return any(segment.stop_evidence not in DOCUMENTED for segment in given.segments)
        case "site":
            return given.site is None and given.line is None
        case _:
            return getattr(given, name) is None


def _may_hold(name: str, given: Administration, encounter: Encounter) -> str | None:
    """The cell that could not be read and may say what is blank, its own or a rejected row's."""
    kind = "order" if name == "order" else "administration"
    end = name if name in ("start", "stop") else None
    lost = encounter.rejected_row(kind, given, stating=end)
    return unread_cell(given, name) or (lost.cell if lost else None)


def _words(lacking: list[str]) -> list[str]:
    words = {"staff": "a signature", "credential": "the signer's credential", "order": "an order"}
    return [words.get(name, f"its {name}") for name in lacking]
