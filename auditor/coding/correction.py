"""The claim as the record supports it: what becomes of each billed line, and why.

Of administration lines and of drug lines; visits, observation hours and the like stand as billed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from auditor.coding.claim import administration_lines, initial_lines
from auditor.coding.distinct import DistinctLine, distinct_lines
from auditor.coding.drug_units import drug_units
from auditor.coding.initials import open_accesses, surplus_initials
from auditor.coding.open_questions import open_questions
from auditor.coding.support import Support, Variance
from auditor.coding.unbilled import doubt_of, is_for_the_inpatient_claim
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter
from auditor.tables.codes import (
    DISTINCT_SERVICE_MODIFIERS,
    INITIAL_CODES,
    LEFT_TO_A_PERSON,
    code,
    current,
    in_force,
    is_valid_on,
)
from auditor.tables.published import PublicTables


class CorrectedLine(NamedTuple):
    """One line of the corrected claim, beside the line that was ``billed``.

    ``billed`` is ``None`` for a line to add; ``units`` are 0 for a line to delete, whose other
    fields stand as billed.  ``because`` is the cause of what changes and empty where nothing does;
    ``wait_for`` is what could still turn the claim out otherwise, so that a line is not to be
    corrected yet.
    """

    billed: ClaimLine | None
    code: str
    modifiers: tuple[str, ...]
    units: int
    service_date: date | None
    because: str
    wait_for: str

    @property
    def action(self) -> str:
        """What to do with the billed line: ``keep``, ``change``, ``add`` or ``delete``."""
        if self.billed is None:
            return "add"
        if not self.units:
            return "delete"
        as_billed = (
            *(self.billed.hcpcs, self.billed.modifiers),
            *(self.billed.unit_count, self.billed.service_date),
        )
        corrected = (self.code, self.modifiers, self.units, self.service_date)
        return "keep" if corrected == as_billed else "change"


class _Service(NamedTuple):
    """What stands on one claim line: the units of one code and date.

    The initial service of each ``further`` access has a line of its own, with its modifier; on all
    other lines ``further`` is 0.
    """

    code: str
    on: date
    modifiers: tuple[str, ...]
    further: int


class _Corrected(NamedTuple):
    """A billed line as it is to be; ``units`` 0 and no service where the record has none for it."""

    line: ClaimLine
    service: _Service | None


def corrected_lines(
    encounter: Encounter, support: Support, variances: Sequence[Variance], policy: Policy
) -> tuple[CorrectedLine, ...]:
    """The billed administration lines in claim order, those to add, then the drug lines.

    Together they are the lines that the record supports, unit by unit, code by code and date by
    date.  Nothing where claim and record agree, or where the encounter has no claim.  What a person
    decides, and a modifier that says nothing of distinct services, is left as billed.  Of drugs
    there are the lines of those codes and dates of which other units are billed than given.
    """
    if not encounter.claim_lines:
        return ()
    drugs = _drug_lines(encounter, policy)
    return (*_administration_lines(encounter, support, variances, policy), *drugs)


def _drug_lines(encounter: Encounter, policy: Policy) -> Iterator[CorrectedLine]:
    for drug in drug_units(encounter, policy):
        for line, units in drug.corrected(encounter):
            told = CorrectedLine(
                *(line, line.hcpcs or "", line.modifiers, units, line.service_date, "", "")
            )
            yield told if told.action == "keep" else told._replace(because=drug.because)


def _administration_lines(
    encounter: Encounter, support: Support, variances: Sequence[Variance], policy: Policy
) -> tuple[CorrectedLine, ...]:
    billed = administration_lines(encounter)
    left = Counter[_Service]()
    for line in support.lines:
        further = line.access if line.modifiers else 0
        left[_Service(line.code, line.service_date, line.modifiers, further)] += line.units
    taken = _taken(billed, left, variances)
    corrected = [_corrected(line, taken.get(n), encounter.tables) for n, line in enumerate(billed)]
    judged = _judged(encounter, [made.line for made in corrected], policy)
    lines = [
        _told(before, _with_modifiers(made, before, judged, support), variances, support)
        for before, made in zip(billed, corrected, strict=True)
    ]
    decided = [v for v in variances if v.billed not in LEFT_TO_A_PERSON]
    if not decided and not any(_changes_more_than_units(line) for line in lines):
        return ()
    lines += [
        _added(service, units, variances, support, encounter.tables)
        for service, units in (+left).items()
    ]
    waits = _waits(encounter, support, policy)
    return tuple(
        line
        if line.action == "keep"
        else line._replace(
            wait_for=" ".join((*waits, *_doubts_of_more(line, encounter, support, policy)))
        )
        for line in lines
    )


# -- which billed line is which service ------------------------------------------------------------


def _taken(
    billed: Sequence[ClaimLine], left: Counter[_Service], variances: Sequence[Variance]
) -> dict[int, tuple[_Service, int]]:
    """The service of each billed line, the nearest first; takes the units away.

    Units beyond those billed go to the first line of their service.
    """
    confused = {(v.billed, v.supported) for v in variances if v.kind == "wrong code"}
    pairs = [
        (distance, number, place, service)
        for number, line in enumerate(billed)
        for place, (service, units) in enumerate(left.items())
        if (distance := _distance(line, service, units, confused)) is not None
    ]
    taken: dict[int, tuple[_Service, int]] = {}
    for _, number, _, service in sorted(pairs):
        if number not in taken and left[service]:
            units = min(max(billed[number].unit_count, 1), left[service])
            taken[number] = service, units
            left[service] -= units
    for number, (service, units) in sorted(taken.items()):
        taken[number] = service, units + left[service]
        left[service] = 0
    return taken


def _distance(
    line: ClaimLine,
    service: _Service,
    units: int,
    confused: set[tuple[str | None, str | None]],
) -> tuple[int, bool, bool, bool] | None:
    """How much of a billed line would change; ``None`` where it is not this service at all.

    The same service at another place of the hierarchy is nearer than another service: where push
    and infusion changed places, the push stays a push.
    """
    number = current(line.hcpcs or "")
    if number == service.code:
        step = 0
    elif _kind(number) == _kind(service.code):
        step = 1
    elif (number, service.code) in confused:
        step = 2
    else:
        return None
    is_distinct = not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers)
    return (
        step,
        line.service_date != service.on,
        is_distinct != bool(service.modifiers),
        line.unit_count != units,
    )


def _kind(number: str) -> tuple[str, bool]:
    """Family and whether time counts, such as infusion or push of chemotherapy."""
    entry = code(number)
    return (entry.family, entry.timed) if entry else (number, False)


# -- the line as it is to be -----------------------------------------------------------------------


def _corrected(
    line: ClaimLine, taken: tuple[_Service, int] | None, tables: PublicTables
) -> _Corrected:
    if taken is None and current(line.hcpcs or "") in LEFT_TO_A_PERSON:
        return _Corrected(line, None)
    if taken is None:
        return _Corrected(replace(line, units=Decimal(0)), None)
    service, units = taken
    number = line.hcpcs or ""
    day = tables.true_day(service.on)
    if current(number) != service.code or not is_valid_on(number, day):
        number = in_force(service.code, day)
    made = replace(line, hcpcs=number, units=Decimal(units), service_date=service.on)
    return _Corrected(made, service)


def _judged(
    encounter: Encounter, lines: Sequence[ClaimLine], policy: Policy
) -> dict[int, DistinctLine]:
    """The modifiers of the corrected lines judged as on a claim of their own."""
    standing = [line for line in lines if line.units]
    compared = {id(line) for line in administration_lines(encounter)}
    others = [line for line in encounter.claim_lines if id(line) not in compared]
    claim = replace(encounter, claim_lines=(*standing, *others))
    return {id(distinct.line): distinct for distinct in distinct_lines(claim, policy)}


def _with_modifiers(
    made: _Corrected, before: ClaimLine, judged: Mapping[int, DistinctLine], support: Support
) -> tuple[ClaimLine, str]:
    """The line with the modifiers that its place asks for, and why others go."""
    line, service = made
    own = tuple(m for m in line.modifiers if m in DISTINCT_SERVICE_MODIFIERS)
    if service is None:
        return line, ""
    if service.modifiers:
        kept = own if len(own) == 1 else service.modifiers
        because = f"{service.code} is the initial service of a second access."
    elif own:
        because = _why_not_distinct(line, before, judged[id(line)], support)
        kept = () if because else own
    else:
        return line, ""
    asked = tuple(m for m in kept if m not in own)
    rest = tuple(m for m in line.modifiers if m in kept or m not in own)
    return replace(line, modifiers=(*asked, *rest)), because


def _why_not_distinct(
    line: ClaimLine, before: ClaimLine, judged: DistinctLine, support: Support
) -> str:
    """Why the line loses its modifier, or nothing where it may stay."""
    initials = sum(supported.code in INITIAL_CODES for supported in support.lines)
    is_initial = current(line.hcpcs or "") in INITIAL_CODES
    was_initial = current(before.hcpcs or "") in INITIAL_CODES
    if is_initial and initials > 1:
        return "The modifier belongs to the initial service of the other access."
    if was_initial and not is_initial and not judged.holds:
        return "The modifier claimed a further initial service."
    return judged.because if judged.holds is False else ""


def _changes_more_than_units(line: CorrectedLine) -> bool:
    """Whether a line is wrong although units agree code by code."""
    billed = line.billed
    if billed is None or not line.units:
        return False
    return line.code != billed.hcpcs or line.modifiers != billed.modifiers


# -- why -------------------------------------------------------------------------------------------


def _told(
    before: ClaimLine,
    made: tuple[ClaimLine, str],
    variances: Sequence[Variance],
    support: Support,
) -> CorrectedLine:
    line, about_modifiers = made
    number, units = line.hcpcs or "", int(line.units or 0)
    told = CorrectedLine(before, number, line.modifiers, units, line.service_date, "", "")
    if told.action == "keep":
        return told
    was, service = current(before.hcpcs or ""), current(number)
    causes = []
    if before.hcpcs != number and was == service:
        causes.append(
            f"{before.hcpcs} was not in force on {line.service_date}; {number} stands for the same."
        )
    moved = (was, units, line.service_date) != (service, before.unit_count, before.service_date)
    if moved or not units:
        causes += _causes({was, service}, variances) or [_what_is_supported(service, support)]
    if line.modifiers != before.modifiers:
        causes.append(about_modifiers)
    return told._replace(because=" ".join(dict.fromkeys(causes)))


def _added(
    service: _Service,
    units: int,
    variances: Sequence[Variance],
    support: Support,
    tables: PublicTables,
) -> CorrectedLine:
    causes = _causes({service.code}, variances) or [_what_is_supported(service.code, support)]
    number = in_force(service.code, tables.true_day(service.on))
    because = " ".join(causes)
    return CorrectedLine(None, number, service.modifiers, units, service.on, because, "")


def _causes(codes: set[str], variances: Sequence[Variance]) -> list[str]:
    """What the comparison says of these codes; else where it names them in passing."""
    moving = [variance for variance in variances if variance.kind != "modifier"]
    named = [v.because for v in moving if not codes.isdisjoint((v.billed, v.supported))]
    return named or [v.because for v in moving if any(number in v.because for number in codes)]


def _what_is_supported(number: str, support: Support) -> str:
    lines = [line for line in support.lines if line.code == number]
    each = [f"{line.units} on {line.service_date}" for line in lines]
    return f"The record supports of {number}: {', '.join(each) or 'nothing'}."


def _waits(encounter: Encounter, support: Support, policy: Policy) -> list[str]:
    """What has to be known before anybody corrects the claim, in sentences."""
    waits = [question.what for question in open_questions(encounter, support)]
    initials = initial_lines(encounter)
    if len(initials) > 1:  # whether there is a second access decides every line
        in_doubt = [
            distinct.because
            for distinct in distinct_lines(encounter, policy)
            if distinct.holds is None and distinct.line in initials
        ]
        if not in_doubt and surplus_initials(encounter, policy):
            accesses = len(support.access_sites)
            in_doubt = [_FURTHER_ACCESS] if open_accesses(encounter, policy) > accesses else []
        waits += in_doubt
    return waits


_FURTHER_ACCESS = (
    "Whether there was a further access: the record of lines, the site of each drug, use at the "
    "same time or the need for both would tell."
)


def _doubts_of_more(
    line: CorrectedLine, encounter: Encounter, support: Support, policy: Policy
) -> Iterator[str]:
    """Why units that the claim leaves out are not to be billed, or not yet, in sentences."""
    if line.billed is not None and line.units <= line.billed.unit_count:
        return
    day = line.service_date
    if day is not None and is_for_the_inpatient_claim(day, encounter, policy):
        yield "What was given that day belongs on the claim of the inpatient stay."
        return
    supporting = (s for s in support.lines if (s.code, s.service_date) == (current(line.code), day))
    given = [administration for one in supporting for administration in one.administrations]
    doubts = (doubt_of(one, encounter, support, policy) for one in given)
    for doubt in dict.fromkeys(filter(None, doubts)):
        yield f"{doubt[0].upper()}{doubt[1:]}."
