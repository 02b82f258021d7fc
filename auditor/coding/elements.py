"""Which elements an administration's record must have, and which of them are blank (section 6)."""

from __future__ import annotations

from typing import NamedTuple

from auditor.coding.orders import order_for
from auditor.record import Administration, DrugClass, Encounter, Method, Route, StopEvidence

ELEMENTS = ("order", "dose", "start", "staff", "credential", "stop", "rate", "site")
"""Every element that some kind of administration requires; the last three not every kind."""

_RECORDED = (
    *(DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL, DrugClass.BIOLOGIC),
    *(DrugClass.THERAPEUTIC, DrugClass.HYDRATION, DrugClass.UNCLASSIFIED),
)
# Without the record's order numbers an order that names its drug otherwise cannot be found.
_COLUMNS = {"order": {"order.drug", "administration.order_id"}}
DOCUMENTED = (StopEvidence.CHARTED, StopEvidence.IMPLIED)


class Element(NamedTuple):
    """One required element of one administration's record.

    ``supplied`` says whether some file has a column for it, the administration's own among them;
    without one nobody can tell a blank, and ``blank`` is false.
    """

    name: str
    supplied: bool
    blank: bool


def stop_on_record(given: Administration, encounter: Encounter) -> bool | None:
    """Whether every run of an infusion has a charted or implied stop.

    ``None`` where its kind requires none, or where no file has a column for it.
    """
    if not _is_audited(given) or given.method is not Method.INFUSION:
        return None
    stop = _element("stop", given, encounter)
    return not stop.blank if stop.supplied else None


def required_elements(given: Administration, encounter: Encounter) -> tuple[Element, ...]:
    """The elements that its kind of administration requires; none for what is not audited.

    An infusion needs stop and rate, and every kind its site where more than one line was placed.
    An order's number, or any order that covers the drug, is its order; a fluid's volume stands for
    its dose, and volume with a stop for its rate.
    """
    if not _is_audited(given):
        return ()
    names = {"order", "dose", "start", "staff", "credential"}
    if given.method is Method.INFUSION:
        names |= {"stop", "rate"}
    if len(encounter.access_sites) > 1:
        names.add("site")
    return tuple(_element(name, given, encounter) for name in ELEMENTS if name in names)


def _is_audited(given: Administration) -> bool:
    return given.route is not Route.OTHER and given.drug_class in _RECORDED


def _element(name: str, given: Administration, encounter: Encounter) -> Element:
    columns = _COLUMNS.get(name, {f"administration.{name}"})
    own = (column.partition(".")[2] for column in columns if column.startswith("administration."))
    supplied = columns <= encounter.supplied and not any(map(given.lacks_column, own))
    return Element(name, supplied, supplied and _is_blank(given, name, encounter))


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
