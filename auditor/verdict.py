"""What a check says about one subject: met, deficient, undetermined, or not evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypedDict, Unpack

from auditor.record import AccessSite, Administration, ClaimLine, Encounter, Order, Source

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


def cell_of(fact: Subject | Encounter, name: str) -> str | None:
    """The address of the cell that states a fact's field; of a stop, in its last row."""
    sources = (fact.source,) if isinstance(fact, Encounter) else sources_of(fact)
    source = sources[-1 if name == "stop" else 0] if sources else None
    return source.cell(name) if source else None


def clock(moment: datetime | None) -> str:
    """A time as a finding prints it, on the facility's wall."""
    return "blank" if moment is None else f"{moment:%m/%d/%Y %H:%M}"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun as a finding prints them: ``1 unit``, ``2 accesses``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


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
    """Nothing was looked at for want of a public table; ``wants`` names it with its quarter."""
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
