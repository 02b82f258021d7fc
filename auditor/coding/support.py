"""What the record supports for one encounter, with its reasons: the shapes that ``code`` fills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from auditor.record import Administration

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Course:
    """One administration as coded: clipped to the window, with its technique and its access.

    ``technique`` is ``"infusion"``, ``"push"``, ``"hydration"``, ``"injection"``,
    ``"subcutaneous infusion"``, ``"transfusion"``, ``"pump start"``, ``"port flush"`` or
    ``"none"`` (charted, but no service of its own; ``because`` says why).  ``running`` are the
    counted running segments in time order (empty for a push without a charted duration),
    ``minutes`` their sum in whole minutes; ``access`` counts from 0.
    """

    administration: Administration
    technique: str
    at: datetime | None
    running: tuple[Interval, ...]
    minutes: int
    access: int
    because: str


@dataclass(frozen=True, slots=True)
class SupportedLine:
    """One service line: ``units`` of ``code`` on ``service_date`` at one access, and why.

    ``counted`` are the minutes that earn the units (empty where time does not matter), ``rule``
    the section of the coding rules, ``authorities`` ids of the authority table.
    """

    code: str
    units: int
    service_date: date
    access: int
    administrations: tuple[Administration, ...]
    minutes: int
    counted: tuple[Interval, ...]
    rule: str
    because: str
    authorities: tuple[str, ...]
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Something that the rules leave to a person: an administration and the question."""

    administration: Administration
    because: str
    rule: str


@dataclass(frozen=True, slots=True)
class Support:
    """All that one encounter's record supports.

    ``lines`` stand in the order of the hierarchy; ``access_sites`` name the accesses (the first
    may be unnamed); ``undetermined`` are the administrations whose drug nobody classified.
    """

    lines: tuple[SupportedLine, ...]
    courses: tuple[Course, ...]
    access_sites: tuple[str | None, ...]
    reviews: tuple[Review, ...]
    undetermined: tuple[Administration, ...]

    def units(self, *codes: str) -> int:
        """The supported units of ``codes`` together, over all dates."""
        return sum(line.units for line in self.lines if line.code in codes)


@dataclass(frozen=True, slots=True)
class Variance:
    """One difference between claim and record, with one cause.

    ``kind`` is ``"over"``, ``"under"``, ``"wrong code"``, ``"wrong date"`` or ``"modifier"``;
    ``billed`` and ``supported`` are codes (either may be ``None``), ``units`` the units that
    differ.  ``undetermined`` is true where an unclassified drug could explain it.
    """

    kind: str
    billed: str | None
    supported: str | None
    units: int
    service_date: date | None
    administrations: tuple[Administration, ...]
    because: str
    undetermined: bool = False
