"""What has to be known before claim and record of an encounter can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from auditor.coding.claim import billed_units, initial_lines
from auditor.coding.elements import DOCUMENTED
from auditor.coding.remembered import remembered
from auditor.coding.support import Support
from auditor.record import BESIDE, Administration, DrugClass, Encounter, Method, Route
from auditor.tables.codes import CHEMOTHERAPY_CODES

_CLAIM_COLUMNS = {"hcpcs": "codes", "units": "units", "service_date": "service dates"}
_UNTIMED = (Method.PUSH, Method.INJECTION, Method.PORT_FLUSH)


class OpenQuestion(NamedTuple):
    """One thing that is wanted: ``reason`` in the same words for every encounter that lacks it.

    ``what`` would tell, in a sentence; ``of_record`` is true where the record may support more
    than is known of it.
    """

    reason: str
    what: str
    of_record: bool


@remembered
def open_questions(encounter: Encounter, support: Support) -> tuple[OpenQuestion, ...]:
    """What is not known of an encounter's claim or of what its record supports, or nothing.

    A time that is blank is no such thing: the record supports what it shows.
    """
    return (*_of_record(encounter, support), *_of_claim(encounter, support))


def is_open(encounter: Encounter, support: Support) -> bool:
    """Whether claim and record are not both known."""
    return bool(open_questions(encounter, support))


def _of_record(encounter: Encounter, support: Support) -> Iterator[OpenQuestion]:
    if encounter.claim_lines and not encounter.administrations:
        yield OpenQuestion(
            "the files have no administration of the encounter",
            "The administration record: no file has any of this encounter.",
            True,
        )
    if support.undetermined:
        drugs = ", ".join(dict.fromkeys(given.drug for given in support.undetermined))
        yield OpenQuestion(
            "a drug of the encounter is not classified, so its lines are not known",
            f"The pharmacy's class of {drugs}.",
            True,
        )
    yield from _of_a_rejected_row("administration", encounter)
    several = len(initial_lines(encounter)) > 1
    lacking = [
        name
        for given in encounter.administrations
        for name in _lacks(given, encounter, several_accesses=several)
    ]
    for name in dict.fromkeys(lacking):
        yield OpenQuestion(
            f"no file has the {name} of an administration",
            f"The {name} of the administrations: their file has no column for it.",
            True,
        )


def _lacks(given: Administration, encounter: Encounter, *, several_accesses: bool) -> Iterator[str]:
    """What decides its codes, is blank and has no column."""
    for name in ("route", "start", "stop", "site"):
        has_column = f"administration.{name}" in encounter.supplied
        if has_column and not given.lacks_column(name):
            continue
        if _is_blank(name, given, several_accesses=several_accesses):
            yield name


def _is_blank(name: str, given: Administration, *, several_accesses: bool) -> bool:
    match name:
        case "route":
            return given.route is Route.OTHER
        case "start":
            return any(segment.start is None for segment in given.segments)
        case "stop":
            undocumented = (s.stop_evidence not in DOCUMENTED for s in given.segments)
            return given.method not in _UNTIMED and any(undocumented)
        case _:
            return several_accesses and given.route is Route.IV and given.site is None


def _of_claim(encounter: Encounter, support: Support) -> Iterator[OpenQuestion]:
    yield from _of_a_rejected_row("claim_line", encounter)
    if not encounter.claim_lines:
        yield OpenQuestion(
            "the files have no claim line of the encounter",
            "The claim: no file has a line of this encounter.",
            False,
        )
        return
    if encounter.charted_without_claim is not None:
        yield OpenQuestion(
            BESIDE,
            "Whether this claim bills the patient's other encounter of that day, too: no file has "
            "a claim of that one.",
            False,
        )
    yield from _of_a_biologic(encounter, support)
    columns = dict(_CLAIM_COLUMNS)
    if len(initial_lines(encounter)) > 1 or any(line.modifiers for line in support.lines):
        columns["modifiers"] = "modifiers"
    for name, words in columns.items():
        if f"claim_line.{name}" not in encounter.supplied:
            yield OpenQuestion(
                f"no file has the {words} of the claim",
                f"The {words} of the claim: no file has a column for them.",
                False,
            )


def _of_a_biologic(encounter: Encounter, support: Support) -> Iterator[OpenQuestion]:
    """A complex biologic takes the chemotherapy codes where its complexity is documented (J24)."""
    billed = billed_units(encounter)
    if sum(billed[code] for code in CHEMOTHERAPY_CODES) <= support.units(*CHEMOTHERAPY_CODES):
        return
    coded = {id(given) for line in support.lines for given in line.administrations
             if line.code not in CHEMOTHERAPY_CODES}  # fmt: skip
    drugs = [
        given.drug
        for given in encounter.administrations
        if given.drug_class is DrugClass.BIOLOGIC and id(given) in coded
    ]
    if drugs:
        yield OpenQuestion(
            "whether a complex biologic takes the chemotherapy codes that are billed is not known",
            f"Whether special preparation and monitoring of {', '.join(dict.fromkeys(drugs))} are "
            "documented: chemotherapy codes are billed.",
            False,
        )


def _of_a_rejected_row(kind: str, encounter: Encounter) -> Iterator[OpenQuestion]:
    if lost := encounter.rejected_row(kind):
        yield OpenQuestion(
            "a row of the encounter was rejected, so one of its two claims is not known",
            f"The row that was rejected ({lost.cell}).",
            kind == "administration",
        )
