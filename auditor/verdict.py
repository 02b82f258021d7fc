"""What a check says about one subject: met, deficient, undetermined, or not evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypedDict, Unpack

from auditor.record import (
    AccessSite,
    Administration,
    ClaimLine,
    Dose,
    Encounter,
    Order,
    Source,
)

Subject = ClaimLine | Administration | Order | AccessSite


class Outcome(StrEnum):
    """What a check can say of a subject; looking at nothing is saying nothing.

    ``NOT_EVALUATED`` is of a subject whose date of service has no public table: it is counted
    apart and examined by nobody.
    """

    MET = "met"
    DEFICIENT = "deficient"
    UNDETERMINED = "undetermined"
    NOT_EVALUATED = "not evaluated"


class Cure(StrEnum):
    """What would mend a deficiency, in the order in which an auditor would ask for it."""

    LATE_ENTRY = "dated late entry by the person who gave it"
    ATTESTATION = "signature attestation"
    ORDER = "authenticated practitioner order from the time of service"
    REBILL = "corrected claim"
    APPEAL = "appeal with the record, which supports the units"
    RECORD = "the missing part of the record"
    NOTHING = "nothing; correct the claim and refund"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact behind a verdict: its name, its value as shown, and the cell that states it."""

    name: str
    value: str
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One outcome for one subject, with the sentence, the evidence and the facts it concerns."""

    outcome: Outcome
    subject: Subject
    because: str
    evidence: tuple[Evidence, ...] = ()
    cure: Cure | None = None
    claim_lines: tuple[ClaimLine, ...] = ()
    administrations: tuple[Administration, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source row that the verdict concerns, its subject's first, without repeats."""
        facts: list[Subject] = [self.subject, *self.claim_lines, *self.administrations]
        return tuple(dict.fromkeys(source for fact in facts for source in sources_of(fact)))


def sources_of(fact: Subject) -> tuple[Source, ...]:
    """The rows of the files that state ``fact``."""
    if isinstance(fact, Administration):
        return fact.sources
    return () if fact.source is None else (fact.source,)


def cell_of(fact: Subject | Encounter | Dose, name: str) -> str | None:
    """The address of the cell that states a fact's field; ``None`` where no single one does.

    Of a dose the fields are ``dose`` and ``wasted``.
    """
    match fact:
        case Dose():
            source = fact.waste_source if name == "wasted" else fact.source
        case Administration():
            source = _row_stating(fact, name)
        case Encounter():
            source = dict(fact.elsewhere).get(name, fact.source)
        case _:
            source = fact.source
    return source.cell(name) if source else None


def _row_stating(given: Administration, name: str) -> Source | None:
    elsewhere = dict(given.elsewhere)
    if name in elsewhere or not given.sources:
        return elsewhere.get(name)
    source = given.sources[-1 if name == "stop" else 0]
    if name in _ENDS and getattr(given, name) is None and _charts_actions(source):
        return None
    return source


_ENDS = {"start": "no row that starts it", "stop": "no row that stops it"}


def _charts_actions(source: Source) -> bool:
    """Whether its sheet has one time a row, which is a start or a stop."""
    return "taken_at" in source.sheet.columns


def blank(name: str, fact: Subject, field: str) -> Evidence:
    """Evidence of what a fact does not say: its blank cell, or its rows where no cell is it."""
    sources = sources_of(fact)
    by_action = field in _ENDS and any(map(_charts_actions, sources))
    if len(sources) == 1 and not by_action:
        return Evidence(name, "blank", sources[0].cell(field))
    why = _ENDS[field] if by_action else "blank in every row"
    rows = f"; its rows are {_rows(sources)}" if sources else ""
    return Evidence(name, f"{why}{rows}")


def arrival(encounter: Encounter) -> Evidence:
    """When the hospital's part began: the arrival or, where that is blank, the registration."""
    instead = encounter.arrived_at is None and encounter.registered_at is not None
    cell = cell_of(encounter, "registered_at" if instead else "arrived_at")
    return Evidence("arrival", clock(encounter.window_start), cell)


def units_billed(lines: Sequence[ClaimLine]) -> Evidence:
    """The units of claim lines together, with the cell where one cell says them."""
    told = len(lines) == 1 and lines[0].units is not None
    units = sum(line.unit_count for line in lines)
    return Evidence("units billed", str(units), cell_of(lines[0], "units") if told else None)


def _rows(sources: Sequence[Source]) -> str:
    """Rows as a reader looks them up: ``mar.xlsx · MAR · rows 7 and 9``."""
    numbers: dict[str, list[int]] = {}
    for source in sources:
        numbers.setdefault(str(source).rpartition(" · ")[0], []).append(source.row)
    return "; ".join(f"{sheet} · {_listed(sorted(rows))}" for sheet, rows in numbers.items())


def _listed(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]}"
    if len(rows) > _LISTED:
        return f"{len(rows)} rows from {rows[0]} to {rows[-1]}"
    return f"rows {', '.join(map(str, rows[:-1]))} and {rows[-1]}"


_LISTED = 6  # rows that a reader takes in one by one


def unread_cell(fact: Subject | Encounter, name: str) -> str | None:
    """The cell of a fact's field that says something and could not be read, if there is one."""
    sources = (fact.source,) if isinstance(fact, Encounter) else sources_of(fact)
    return next((s.cell(name) for s in sources if s is not None and s.was_left_out(name)), None)


def clock(moment: datetime | None) -> str:
    """A time as a finding prints it, on the facility's wall."""
    return "blank" if moment is None else f"{moment:%m/%d/%Y %H:%M}"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun as a finding prints them: ``1 unit``, ``2 accesses``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    items = list(words)
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""


class Facts(TypedDict, total=False):
    """What a verdict may show beside its sentence: evidence, and the facts that it concerns."""

    evidence: Iterable[Evidence]
    claim_lines: Iterable[ClaimLine]
    administrations: Iterable[Administration]


def met(subject: Subject, because: str = "", **facts: Unpack[Facts]) -> Verdict:
    """The requirement is satisfied; ``because`` carries a note where one should be shown."""
    return _verdict(Outcome.MET, subject, because, None, facts)


def deficient(subject: Subject, *, because: str, cure: Cure, **facts: Unpack[Facts]) -> Verdict:
    """The record was looked at and does not support what was billed or is required."""
    return _verdict(Outcome.DEFICIENT, subject, because, cure, facts)


def undetermined(subject: Subject, *, because: str, **facts: Unpack[Facts]) -> Verdict:
    """The record given cannot answer; ``because`` says what would."""
    return _verdict(Outcome.UNDETERMINED, subject, because, None, facts)


def not_evaluated(subject: Subject, *, wants: str) -> Verdict:
    """Nothing was looked at for want of what no file supplied.

    ``wants`` names a public table with its quarter, or a column of the check's ``needs_in_part``.
    """
    return _verdict(Outcome.NOT_EVALUATED, subject, wants, None, {})


def _verdict(
    outcome: Outcome, subject: Subject, because: str, cure: Cure | None, facts: Facts
) -> Verdict:
    return Verdict(
        outcome,
        subject,
        because,
        tuple(facts.get("evidence", ())),
        cure,
        tuple(facts.get("claim_lines", ())),
        tuple(facts.get("administrations", ())),
    )
