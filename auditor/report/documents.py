"""What a reviewer asks for that the data given do not hold: the documents to pull."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.coding import required_elements
from auditor.coding.claim import administration_lines
from auditor.coding.drug_lines import DISCARDED
from auditor.record import Administration, DrugClass, Encounter, StopEvidence
from auditor.report.case import Case
from auditor.report.example import numbers_of
from auditor.report.findings import administration_words
from auditor.report.text import count, printable
from auditor.tables.codes import DISTINCT_SERVICE_MODIFIERS, codes, current

NOT_GIVEN = "not in the data given"
_MOST = 6  # administrations named for one document

# The document that shows an element of the record, and the text by which it is asked for.
_ELEMENTS = {
    "order": ("Practitioner’s order, signed, dated and timed", "cfr-482.23"),
    "start": ("Start time: MAR, pump log or nursing note", "palmetto-a53778"),
    "stop": ("Stop time: MAR, pump log or nursing note", "palmetto-a53778"),
    "rate": ("Rate and rate changes, or the volume given", "palmetto-a53778"),
    "dose": ("Dose or volume given", "palmetto-a53778"),
    "staff": ("Name of the person who gave it", "palmetto-a53778"),
    "credential": ("Credential of the person who gave it: signature log", "palmetto-a53778"),
    "site": ("Access site of each dose: line flowsheet", "ncci-pm-11-b"),
}
_ALWAYS = (
    ("Practitioner’s notes of the encounter: assessment, indication, plan", "cfr-482.24"),
    ("Nursing notes and flowsheets of the encounter", "palmetto-a53778"),
    ("Signature log of all who charted, with credentials", "palmetto-a53778"),
)
_HYDRATION = ("96360", "96361")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document to pull: what it is ``of``, and how it stands in the data given."""

    document: str
    of: str
    state: str
    texts: tuple[int, ...]


def wanted_documents(case: Case, texts: Mapping[str, int]) -> tuple[Wanted, ...]:
    """The documents in the order in which they would be pulled; ``texts`` number authorities."""
    return tuple(
        Wanted(printable(document), printable(of), printable(state), numbers_of((key,), texts))
        for document, of, state, key in _wanted(case)
    )


def document_authorities(case: Case) -> set[str]:
    """The ids of the authorities by which the documents are asked for."""
    return {key for *_, key in _wanted(case)}


def _wanted(case: Case) -> Iterator[tuple[str, str, str, str]]:
    encounter = case.encounter
    yield from _blank_elements(encounter)
    yield from _by_what_was_given(encounter)
    yield from _by_what_was_billed(encounter)
    for row in encounter.rejected:
        what = row.kind.replace("_", " ").replace("mar event", "administration")
        yield (
            f"The original of a row that could not be read ({what})",
            "the encounter",
            f"rejected at {row.cell}",
            "cfr-482.24",
        )
    for document, key in _ALWAYS:
        yield document, "the encounter", NOT_GIVEN, key


def _blank_elements(encounter: Encounter) -> Iterator[tuple[str, str, str, str]]:
    """An element that stands blank, with what it is blank of; one that no column states, once."""
    blank: dict[str, list[Administration]] = {}
    untold: dict[str, None] = {}
    for given in encounter.administrations:
        for element in required_elements(given, encounter):
            if element.blank:
                blank.setdefault(element.name, []).append(given)
            elif not element.supplied:
                untold[element.name] = None
    for name, (document, key) in _ELEMENTS.items():
        if name in blank:
            yield document, _named(blank[name]), f"{NOT_GIVEN}: blank there", key
        elif name in untold:
            what = "no file of orders" if name == "order" else "no column for it"
            yield document, "every administration", f"{NOT_GIVEN}: {what}", key


def _by_what_was_given(encounter: Encounter) -> Iterator[tuple[str, str, str, str]]:
    weak = [
        given
        for given in encounter.administrations
        if given.stop_evidence in (StopEvidence.COMPUTED, StopEvidence.INDIRECT)
    ]
    if weak:
        document = "Pump log or nursing note that shows when the infusion ended"
        state = f"{NOT_GIVEN}: the stop is computed or free text"
        yield document, _named(weak), state, "palmetto-a53778"
    for order in encounter.orders:
        if order.is_verbal and order.authenticated_at is None:
            yield (
                "Authentication of the verbal order, dated and timed",
                f"order {order.order_id}, {order.drug or 'drug not stated'}",
                NOT_GIVEN,
                "cfr-482.24",
            )
    basis = dict.fromkeys(order.basis for order in encounter.orders if order.basis)
    protocols = [words for words in basis if "protocol" in words.casefold()]
    if protocols:
        document = "Protocol to which an order refers, as in force on the date"
        yield document, "; ".join(protocols), NOT_GIVEN, "noridian-hydration"


def _by_what_was_billed(encounter: Encounter) -> Iterator[tuple[str, str, str, str]]:
    lines = administration_lines(encounter)
    billed = dict.fromkeys(line.hcpcs or "" for line in lines)
    if billed and not encounter.administrations:
        document = "Administration record (MAR) of the encounter"
        yield document, ", ".join(billed), f"{NOT_GIVEN}: no administration", "palmetto-a53778"
    fluids = [number for number in billed if current(number) in _HYDRATION]
    if fluids:
        document = "Same-day assessment that shows the need for fluid: signs, intake and output"
        yield document, ", ".join(fluids), NOT_GIVEN, "noridian-a52732"
    apart = [x for x in lines if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(x.modifiers)]
    told = [site for site in encounter.access_sites if site.placed_at and site.reason]
    if (apart or len(encounter.access_sites) > 1) and len(told) < 2:
        of = ", ".join(dict.fromkeys(line.code_with_modifiers for line in apart)) or "each access"
        document = "Line record: where, when and why each access was placed"
        state = f"{NOT_GIVEN}: {count(len(told), 'access', 'accesses')} with time and reason there"
        yield document, of, state, "ncci-pm-11-b"
    chemo = [number for number in billed if codes()[number].family == "chemotherapy"]
    complex_drugs = [
        given
        for given in encounter.administrations
        if given.drug_class is DrugClass.BIOLOGIC and not given.complexity_documented
    ]
    if chemo and complex_drugs:
        document = "Notes of preparation, monitoring and staff that show the drug’s complexity"
        yield document, _named(complex_drugs), NOT_GIVEN, "cms-cpm-12-30.5"
    wasted = [x for x in encounter.claim_lines if DISCARDED in x.modifiers]
    doses = [dose for given in encounter.administrations for dose in given.doses]
    if wasted and not any(dose.wasted is not None for dose in doses):
        of = ", ".join(dict.fromkeys(line.code_with_modifiers for line in wasted))
        yield "Record of the amount discarded", of, NOT_GIVEN, "cms-cpm-17-40"
    if encounter.claim_lines and all(x.paid_amount is None for x in encounter.claim_lines):
        yield "Remittance advice of the claim", "the claim", NOT_GIVEN, "cfr-405.929"


def _named(administrations: list[Administration]) -> str:
    told = [administration_words(given) for given in administrations]
    if len(told) > _MOST + 1:  # one more is not worth counting
        told[_MOST:] = [count(len(told) - _MOST, "further administration")]
    return "; ".join(told)
