"""Whether the record bears out a modifier that calls a service distinct (H-04, H-05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.coding.claim import administration_lines, initial_lines
from auditor.coding.minutes import seconds
from auditor.coding.second_access import Accesses, accesses_of, kind_of
from auditor.policy import Policy
from auditor.record import ClaimLine, Encounter, OtherEncounter
from auditor.tables.bundling import is_visit, may_bundle
from auditor.tables.codes import DISTINCT_SERVICE_MODIFIERS, INITIAL_CODES, current
from auditor.tables.codes import code as code_entry

_NOT_BY_VEIN = frozenset(
    {
        *("injection", "subcutaneous infusion", "on-body injector"),
        *("intra-arterial", "intralesional", "cavity"),
    }
)
_ARTERY_PUMP = "96425"  # of the family of pumps, most of which feed a vein


class DistinctLine(NamedTuple):
    """An administration line billed as distinct.

    ``holds`` is true where the record bears it out, false where it does not, and ``None`` where
    the record given cannot tell; ``because`` says why it does not, or what would tell.
    """

    line: ClaimLine
    holds: bool | None
    because: str

    @property
    def is_by_vein(self) -> bool:
        """Whether its code gives something by vein, blood included."""
        into_an_artery = self.line.hcpcs == _ARTERY_PUMP
        return _family(self.line) not in _NOT_BY_VEIN and not into_an_artery


def distinct_lines(encounter: Encounter, policy: Policy) -> Iterator[DistinctLine]:
    """The administration lines with modifier 59, XE, XP, XS or XU, each judged.

    A transfusion is no administration of a drug and is left out of judgement: ``None`` without a
    reason.  Added services of one kind are judged in claim order, for a claim does not say which
    of two was given at which access.
    """
    lines = [
        line
        for line in administration_lines(encounter)
        if not DISTINCT_SERVICE_MODIFIERS.isdisjoint(line.modifiers)
    ]
    if not lines:
        return
    accesses = accesses_of(encounter, policy)
    initials = initial_lines(encounter)
    left = accesses.further.copy()
    left.subtract(kind_of(line.hcpcs) for line in initials[1 : accesses.count])
    for line in lines:
        elsewhere = DistinctLine(line, True, "")
        if not elsewhere.is_by_vein:
            yield elsewhere
        elif _family(line) == "blood":
            yield DistinctLine(line, None, "")
        else:
            yield DistinctLine(line, *_judged(line, initials, accesses, left, encounter))


def _judged(
    line: ClaimLine,
    initials: Sequence[ClaimLine],
    accesses: Accesses,
    left: Counter[str],
    encounter: Encounter,
) -> tuple[bool | None, str]:
    """Whether the line's modifier holds, and why."""
    claims = f"{line.code_with_modifiers} claims a distinct service"
    if _is_at_further_access(line, initials, left, accesses):
        if accesses.doubt is None:
            return True, ""
        return None, f"{claims}; {accesses.doubt}."
    # two initials inside one encounter are not made distinct by another encounter or procedure
    separate = len(initials) <= accesses.count and _another_encounter_gave_drugs(line, encounter)
    if separate:
        return True, ""
    if _family(line) == "port":
        fault = "; a port flush is billed where it is the only service of its date"
    elif procedure := _procedure(line, initials, encounter):
        return None, (
            f"{line.code_with_modifiers} may be distinct from {procedure.hcpcs} of the same day; "
            "the record of that procedure would tell."
        )
    elif accesses.is_told and accesses.record.sites and not _is_unplaced(line, accesses):
        fault = f", and {_shown(line, initials, accesses, encounter)}"
    else:
        return None, f"{claims}; {_wanted(line, accesses)}."
    if separate is None and encounter.patient_id is None:
        return None, (
            f"{claims}; the patient's number would tell whether another encounter of that day sets "
            "it apart."
        )
    if separate is None:
        return None, (
            f"{claims}; the times of the patient's other encounter of that day, and a drug given "
            "in it, would tell."
        )
    for kind in ("administration", "access"):
        if lost := encounter.rejected_row(kind):
            return None, f"{claims}; a row that was rejected may set it apart ({lost.cell})."
    return False, f"{claims}{fault}."


def _family(line: ClaimLine) -> str | None:
    entry = code_entry(line.hcpcs)
    return entry.family if entry is not None else None


def _is_at_further_access(
    line: ClaimLine, initials: Sequence[ClaimLine], left: Counter[str], accesses: Accesses
) -> bool:
    """Whether an access supports it as a further one; takes an added service's units away."""
    if current(line.hcpcs or "") in INITIAL_CODES:
        place = max((n for n, one in enumerate(initials, 1) if one is line), default=0)
        return accesses.count > 1 and place <= accesses.count
    kind = kind_of(line.hcpcs)
    if left[kind] < max(1, line.unit_count):
        return False
    left[kind] -= line.unit_count
    return True


def _shown(
    line: ClaimLine, initials: Sequence[ClaimLine], accesses: Accesses, encounter: Encounter
) -> str:
    """What the record has in place of a distinct access."""
    record = accesses.record
    if accesses.count == 1:
        shown = "a line restarted after it failed" if record.restarted else record.sites[0]
        others = encounters_that_day(line, encounter)
        if not others:
            return f"the record shows one access ({shown}) and one encounter"
        if all(other.gave_drugs is False for other in others):
            return f"the record shows one access ({shown}) and one encounter that gave drugs"
        return f"the record shows one access ({shown}) for {len(initials)} initial services"
    if current(line.hcpcs or "") in INITIAL_CODES:
        return f"other initial services take up the {accesses.count} accesses of the record"
    return f"the record ties no such {kind_of(line.hcpcs)} to a further access"


def _is_unplaced(line: ClaimLine, accesses: Accesses) -> bool:
    """Whether it may be of either access: the coding rules tie no pump to one."""
    return accesses.count > 1 and kind_of(line.hcpcs) == "service"


def _wanted(line: ClaimLine, accesses: Accesses) -> str:
    """What the record would have to say."""
    if len(accesses.labels) > 1:
        return f"the place of each line ({', '.join(accesses.labels)}) would tell"
    if accesses.record.untied:
        return "the access site of each drug would tell"
    if _is_unplaced(line, accesses):
        return "the access at which it was given would tell"
    if accesses.record.sites:
        return "use of the sites at the same time, or the need for each, would tell"
    return "the record of what was given by vein would tell"


# -- other encounters and procedures of the day ----------------------------------------------------


def encounters_that_day(line: ClaimLine, encounter: Encounter) -> list[OtherEncounter]:
    """The patient's other encounters that were, or may have been, on the date of the line."""
    day = line.service_date
    return [
        other
        for other in encounter.other_encounters
        if day is None
        or other.arrived_at is None
        or other.arrived_at.date() <= day <= (other.discharged_at or other.arrived_at).date()
    ]


def _another_encounter_gave_drugs(line: ClaimLine, encounter: Encounter) -> bool | None:
    """Whether another encounter that day gave drugs at another time; ``None`` where unknown."""
    others = [o for o in encounters_that_day(line, encounter) if o.gave_drugs is not False]
    proof = any(
        other.arrived_at is not None and other.gave_drugs and not _overlaps(other, encounter)
        for other in others
    )
    if proof and line.service_date is not None:
        return True
    unknown = bool(others) or encounter.patient_id is None  # nobody can tell whose others are
    return None if unknown else False


def _overlaps(other: OtherEncounter, encounter: Encounter) -> bool:
    """Whether the patient is recorded in both encounters at once."""
    arrived, left = encounter.window_start, encounter.discharged_at
    if arrived is None or left is None or other.arrived_at is None:
        return False
    ended = other.discharged_at or other.arrived_at
    return seconds(other.arrived_at) < seconds(left) and seconds(ended) > seconds(arrived)


def _procedure(
    line: ClaimLine, initials: Sequence[ClaimLine], encounter: Encounter
) -> ClaimLine | None:
    """A procedure of the same date from which the modifier may set the line apart."""
    if "XE" in line.modifiers or (current(line.hcpcs or "") in INITIAL_CODES and len(initials) > 1):
        return None
    for other in encounter.claim_lines:
        if other.service_date == line.service_date and _bundles(other, line, encounter):
            return other
    return None


def _bundles(other: ClaimLine, line: ClaimLine, encounter: Encounter) -> bool:
    """Whether NCCI bundles the line into another service, unless a modifier sets it apart."""
    code, own, day = other.hcpcs, line.hcpcs, line.service_date
    if code is None or own is None or is_visit(code) or _family(other) not in (None, "blood"):
        return False
    table = encounter.tables.on(day).ptp
    if day is not None and table is not None and table.covers(own, code):
        edit = table.between(own, code, encounter.tables.true_day(day))
        return edit is not None and edit.modifier_indicator == 1
    return may_bundle(code)
