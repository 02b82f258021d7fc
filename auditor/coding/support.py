"""What the record supports for one encounter, with its reasons: the shapes that ``code`` fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from auditor.coding.minutes import Span, around, neighbours
from auditor.record import Administration

Interval = tuple[datetime, datetime]

# An initial service under a code that adds to one, where the claim has no other in its place.
UNDER_AN_ADD_ON = frozenset(
    {
        *(("96361", "96360"), ("96370", "96369"), ("96411", "96409")),
        *(("96366", "96365"), ("96367", "96365"), ("96368", "96365")),
        *(("96375", "96374"), ("96376", "96374"), ("96415", "96413"), ("96417", "96413")),
    }
)
# Chemotherapy under the code that another drug has for the same: the first, for the second.
UNDER_ANOTHER_FAMILY = frozenset(
    {
        *(("96366", "96415"), ("96367", "96417"), ("96375", "96411"), ("96376", "96411")),
        *(("96372", "96401"), ("96372", "96402")),
    }
)
# Services under a lower code: a new drug's under that of more of a drug given before, and
# chemotherapy's under that of another drug.
_UNDER_A_LOWER_CODE = frozenset(
    {
        *UNDER_AN_ADD_ON,
        *(("96376", "96375"), ("96366", "96367"), ("96415", "96417")),
        *UNDER_ANOTHER_FAMILY,
    }
)
# Services that the record has only as more of, or beside, another one.
_UNDER_A_HIGHER_CODE = frozenset(
    {
        *(("96375", "96376"), ("96367", "96366"), ("96417", "96415")),
        *(("96367", "96368"), ("96366", "96368")),
    }
)


def _on_the_wall(spans: tuple[Span, ...], zone: tzinfo | None) -> tuple[Interval, ...]:
    """Spans as the facility's clock shows them."""
    return tuple(
        (datetime.fromtimestamp(start, zone), datetime.fromtimestamp(stop, zone))
        for start, stop in spans
    )


class Course(NamedTuple):
    """One administration as coded: clipped to the window, with its technique and its access.

    ``technique`` is ``"infusion"``, ``"push"``, ``"hydration"``, ``"injection"``,
    ``"subcutaneous infusion"``, ``"transfusion"``, ``"pump start"``, ``"port flush"`` or
    ``"none"`` (charted, but no service of its own; ``because`` says why).  ``began`` is the
    second at which the counted part begins, ``spans`` are its running segments in seconds (empty
    for a push without a charted duration), ``minutes`` their sum in whole minutes; ``access``
    counts from 0 and ``rule`` is the section of the coding rules that ``because`` rests on.
    """

    administration: Administration
    technique: str
    began: int | None
    spans: tuple[Span, ...]
    minutes: int
    access: int
    because: str
    zone: tzinfo | None
    rule: str = "2"

    @property
    def at(self) -> datetime | None:
        """When the counted part begins."""
        return None if self.began is None else datetime.fromtimestamp(self.began, self.zone)

    @property
    def running(self) -> tuple[Interval, ...]:
        """The counted running segments in time order."""
        return _on_the_wall(self.spans, self.zone)


def with_neighbours(courses: Sequence[Course]) -> Iterator[tuple[Course, list[Course]]]:
    """Each course with the others that it may run beside, in their order."""
    near = neighbours([around(course.spans) for course in courses])
    for course, places in zip(courses, near, strict=True):
        yield course, [courses[n] for n in places]


class SupportedLine(NamedTuple):
    """One service line: ``units`` of ``code`` on ``service_date`` at one access, and why.

    ``spans`` are the seconds that earn the units (empty where time does not matter), ``rule``
    the section of the coding rules, ``authorities`` ids of the authority table.
    """

    code: str
    units: int
    service_date: date
    access: int
    administrations: tuple[Administration, ...]
    minutes: int
    spans: tuple[Span, ...]
    zone: tzinfo | None
    rule: str
    because: str
    authorities: tuple[str, ...]
    modifiers: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Interval, ...]:
        """The stretches of time that earn the units."""
        return _on_the_wall(self.spans, self.zone)


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
    differ.  ``undetermined`` is true where an unclassified drug or a rejected row could explain it.
    """

    kind: str
    billed: str | None
    supported: str | None
    units: int
    service_date: date | None
    administrations: tuple[Administration, ...]
    because: str
    undetermined: bool = False

    @property
    def is_missed(self) -> bool:
        """Whether the claim lacks the service, or bills a lower code in its place."""
        return self.kind == "under" or (self.billed, self.supported) in _UNDER_A_LOWER_CODE

    @property
    def is_more_of_another(self) -> bool:
        """Whether a drug or hour of its own is billed for more of another, or what ran beside."""
        return (self.billed, self.supported) in _UNDER_A_HIGHER_CODE
