"""One administration while it is being put together from its entries, and what it becomes.

The running segments are found elsewhere (``events.py`` from charted actions, ``spans.py`` from
rows); here they are completed by weaker evidence, and the words of the record become route, method
and class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from auditor.load.entries import NAMES, Entry
from auditor.load.moments import Moment, is_repeated, moment
from auditor.load.values import Quantity, milliliters
from auditor.load.vocabulary import read_route, words
from auditor.record import (
    Administration,
    Dose,
    DrugClass,
    Method,
    Order,
    Route,
    Segment,
    Source,
    StopEvidence,
)
from auditor.tables.drugs import classify_together, drugs_named, normalise

# A dose of at least this many mL "given" by vein is a bag, not a syringe.
_SMALLEST_BAG = 50
_NO_BAG = 366 * 24 * 60  # minutes: none hangs for a year

# Charted actions that only something that runs can have.
_OF_A_BAG = ("START", "RATE", "PAUSE", "RESUME", "STOP")


@dataclass(slots=True, eq=False)
class Run:
    """One running segment while it is being charted; the rows that state its two ends."""

    start: datetime | None
    begun_at: Source | None
    stop: datetime | None = None
    grade: StopEvidence = StopEvidence.NONE
    ended_at: Source | None = None
    rates: list[tuple[datetime, Decimal]] = field(default_factory=list)

    def end(self, at: datetime, grade: StopEvidence, source: Source | None) -> None:
        """It ended then, as the evidence of this grade in this row says."""
        self.stop, self.grade, self.ended_at = at, grade, source

    def charts_rate(self, at: datetime, rate: Decimal | None) -> None:
        """A rate held from then on; the same rate again says nothing new."""
        if rate is not None and (not self.rates or self.rates[-1][1] != rate):
            self.rates.append((at, rate))


@dataclass(slots=True, eq=False)
class Course:
    """One administration: its entries, the one that describes it first, and its runs.

    ``bag`` is the entry that hung the bag now running, ``bag_from`` the number of the run with
    which that bag began.
    """

    entries: list[Entry]
    runs: list[Run] = field(default_factory=list)
    bag: Entry | None = None
    bag_from: int = 0
    _told: tuple[int, Entry] | None = None  # with the number of entries of which it was made

    @property
    def first(self) -> datetime | None:
        """The first time that the record gives for it."""
        return next((run.start or run.stop for run in self.runs if run.start or run.stop), None)

    @property
    def told(self) -> Entry:
        """What its entries say together: of each field the earliest that says anything."""
        if len(self.entries) == 1:
            return self.entries[0]
        if self._told is None or self._told[0] != len(self.entries):
            self._told = len(self.entries), _together(self.entries)
        return self._told[1]

    def remarks(self, name: str) -> str | None:
        """Everything that its entries say in a free-text field, each remark once."""
        said = dict.fromkeys(getattr(entry, name) for entry in self.entries)
        return "; ".join(remark for remark in said if remark) or None


_TOLD = (*NAMES, "identity", "rate")


def _together(entries: Sequence[Entry]) -> Entry:
    told = copy(entries[0])
    for name in _TOLD:
        stated = (value for entry in entries if (value := getattr(entry, name)) is not None)
        setattr(told, name, next(stated, None))
    return told


def how(course: Course, order: Order | None) -> tuple[Route, Method | None]:
    """The way in and how it was given, from the route cell, the action and what was charted."""
    told = course.told
    said = told.route or (order.route if order else None)
    route, method = read_route(said) if said else (None, None)
    actions = {entry.action for entry in course.entries}
    hung = any(entry.action in _OF_A_BAG for entry in course.entries if entry.at is not None)
    has_rate = told.rate is not None
    if route is None:
        route = _route_of(said, method, hung or has_rate)
    if method is not None:
        return route, method
    if route in (Route.SC, Route.IM, Route.IA):
        infused = hung or has_rate
        return route, Method.INFUSION if infused and route is not Route.IM else Method.INJECTION
    if route is Route.OTHER:
        return route, None
    return route, _method_by_vein(course, actions, hung, has_rate)


def _route_of(said: str | None, method: Method | None, infused: bool) -> Route:
    """The route where no word of the cell is one: a method implies it, and so does a flow."""
    if method is Method.ON_BODY:
        return Route.SC
    if method in (Method.INJECTION, None) and (said is not None or not infused):
        return Route.OTHER
    return Route.IV


def _method_by_vein(
    course: Course, actions: set[str | None], hung: bool, has_rate: bool
) -> Method | None:
    if hung or has_rate:
        return Method.INFUSION
    entry = course.entries[0]
    plain_volume = milliliters(entry.dose) if entry.dose and entry.dose.unit else None
    if "POINT" in actions:
        bag = isinstance(plain_volume, Decimal) and plain_volume >= _SMALLEST_BAG
        return Method.INFUSION if bag else Method.PUSH
    if entry.stop is not None or isinstance(plain_volume, Decimal):
        return Method.INFUSION
    return None


# ── evidence for a stop that nobody charted ───────────────────────────────────────────────────


def find_missing_stop(course: Course) -> None:
    """Give the last run the stop that rate and volume imply, else the one in a remark.

    Grade C needs the start, charted rates and the bag's volume; grade D a time in free text.
    """
    run = course.runs[-1]
    if run.stop is not None or run.start is None:
        return
    empty = _emptied(course, run.start)
    if empty is not None:
        run.end(empty, StopEvidence.COMPUTED, None)
        return
    said = _said_to_stop(course, run.start)
    if said is not None:
        run.end(said[0], StopEvidence.INDIRECT, said[1])


def _emptied(course: Course, start: datetime) -> datetime | None:
    """When the bag was empty, by its volume and the rates charted since it was hung."""
    bag = course.bag or course.entries[0]
    left = bag.fluid_volume
    if left is None:
        return None
    rate: Decimal | None = None
    for run in course.runs[course.bag_from : -1]:
        if run.start is None or run.stop is None:
            return None
        for begin, end, held in _flows(run, run.stop, rate):
            left -= _given(begin, end, held)
            rate = held
    last = course.runs[-1]
    changes = [*last.rates]
    at = start
    rate = changes.pop(0)[1] if changes and changes[0][0] == start else rate
    for changed, next_rate in changes:
        if rate is None:
            return None
        given = _given(at, changed, rate)
        if given >= left:
            break
        left, at, rate = left - given, changed, next_rate
    if rate is None or rate <= 0 or left <= 0:
        return None
    minutes = int(left / rate * 60)
    return _after(at, minutes) if minutes < _NO_BAG else None


def _flows(
    run: Run, stop: datetime, rate: Decimal | None
) -> list[tuple[datetime, datetime, Decimal]]:
    """The spans of a closed run, each with the rate in force; ``rate`` held before its first."""
    begins = [*run.rates]
    if run.start is not None and rate is not None and (not begins or begins[0][0] != run.start):
        begins.insert(0, (run.start, rate))
    ends = [*(at for at, _ in begins[1:]), stop]
    return [(at, end, held) for (at, held), end in zip(begins, ends, strict=True)]


def _given(begin: datetime, end: datetime, rate: Decimal) -> Decimal:
    return rate * Decimal(int(end.timestamp() - begin.timestamp())) / 3600


def _after(at: datetime, minutes: int) -> datetime:
    """Elapsed minutes later, whatever the clocks did."""
    return datetime.fromtimestamp(at.timestamp() + minutes * 60, at.tzinfo)


def _said_to_stop(course: Course, start: datetime) -> tuple[datetime, Source] | None:
    """The first clock time after the start that a remark gives as the end, and its row."""
    for entry in course.entries:
        found = words().stopped_at.search(entry.comments or "")
        if found is None:
            continue
        clock = moment(f"{found[1]} {found[2]}m" if found[2] else found[1])
        if isinstance(clock, Moment) and clock.time is not None:
            said = start.replace(hour=clock.time.hour, minute=clock.time.minute, fold=0)
            if said < start:
                said += timedelta(days=1)
            return said, replace(entry.source, moved=(("stop", "comments"),))
    return None


# ── what it becomes ───────────────────────────────────────────────────────────────────────────


def mixed(courses: Sequence[Course]) -> list[list[Course]]:
    """The courses, those of one bag or syringe with the same times together."""
    groups: dict[object, list[Course]] = {}
    for course in courses:
        bag = course.told.bag_id
        times = tuple((run.start, run.stop) for run in course.runs) if bag else ()
        groups.setdefault((bag, times) if bag else course, []).append(course)
    return list(groups.values())


class Drugs:
    """Charted names → drugs, by the pharmacy's classes and the shipped ones."""

    def __init__(self, formulary: Mapping[str, DrugClass]) -> None:
        """``formulary`` has the pharmacy's classes by identity."""
        self._formulary = formulary
        self._known: dict[tuple[str, ...], tuple[tuple[str, ...], str, DrugClass]] = {}

    def together(self, charted: tuple[str, ...]) -> tuple[tuple[str, ...], str, DrugClass]:
        """The drugs by name in what was charted in one bag, and its identity and class."""
        known = self._known.get(charted)
        if known is None:
            names = tuple(dict.fromkeys(one for name in charted for one in self.named(name)))
            known = self._known[charted] = names, *classify_together(names, self._formulary)
        return known

    def named(self, name: str) -> tuple[str, ...]:
        """The names in one charted name."""
        return drugs_named(name, self._formulary)


def administration(
    parts: Sequence[Course], drugs: Drugs, order: Order | None, identifier: str
) -> Administration:
    """The administration that a course, or a mixture of several, becomes.

    ``order`` is the one that it names; it tells the drug and the route that the record leaves out.
    """
    course, told = parts[0], parts[0].told
    ordered = (order.drug if order else None) or "drug not named"
    charted = tuple(dict.fromkeys(part.told.drug or ordered for part in parts))
    names, drug, drug_class = drugs.together(charted)
    route, method = how(course, order)
    dose = next((e.dose for e in course.entries if e.dose and e.action != "WASTE"), None)
    volumes = [volume for e in course.entries if (volume := _bag_volume(e)) is not None]
    return Administration(
        administration_id=identifier,
        drug=drug,
        drugs=names,
        drug_class=drug_class,
        route=route,
        method=method,
        segments=tuple(
            Segment(run.start, run.stop, run.grade, tuple(run.rates)) for run in course.runs
        ),
        order_id=told.order_id,
        dose=dose.amount if dose else None,
        dose_unit=dose.unit if dose else None,
        doses=tuple(dose for part in parts for dose in _doses(part, ordered, drugs)),
        volume=sum(volumes, Decimal(0)) if volumes else None,
        site=told.site,
        line=told.line,
        bag_id=told.bag_id,
        reason=told.reason,
        department=told.department,
        staff=told.staff,
        credential=told.credential,
        comments=course.remarks("comments"),
        saved_at=told.saved_at,
        began_elsewhere=began_elsewhere(course.entries),
        complexity_documented=any(e.complexity_documented for e in course.entries),
        extra_pump_setup=any(e.extra_pump_setup for e in course.entries),
        sources=tuple(dict.fromkeys(e.source for part in parts for e in part.entries)),
        elsewhere=(*_told_by(order, told), *_elsewhere(course, parts[-1].entries[-1])),
    )


def _doses(part: Course, ordered: str, drugs: Drugs) -> Iterator[Dose]:
    """The dose of one drug; of two under one name nobody knows whose the charted amount is."""
    named = drugs.named(part.told.drug or ordered)
    if len(named) == 1:
        yield _dose(part, ordered)
    else:
        yield from (Dose(drug=normalise(name)) for name in named)


def _told_by(order: Order | None, told: Entry) -> Iterator[tuple[str, Source | None]]:
    """The fields that its order states in place of the record."""
    for name in ("drug", "route"):
        if order and getattr(told, name) is None and getattr(order, name) is not None:
            yield name, order.source


_CITED = ("drug", "dose", "rate", "site", "line", "bag_id", "staff", "credential", "order_id")


def _elsewhere(course: Course, last: Entry) -> Iterator[tuple[str, Source | None]]:
    """The fields that another row states than the one in which they are looked for."""
    first = course.entries[0]
    begun, ended = course.runs[0], course.runs[-1]
    if begun.start is not None and begun.begun_at != first.source:
        yield "start", begun.begun_at
    moved = ended.ended_at is not None and ended.ended_at.moved
    if ended.stop is not None and (ended.ended_at != last.source or moved):
        yield "stop", ended.ended_at
    for name in _CITED if len(course.entries) > 1 else ():
        if getattr(first, name) is None:
            stating = (e.source for e in course.entries if getattr(e, name) is not None)
            if (source := next(stating, None)) is not None:
                yield name, source


def _dose(part: Course, ordered: str) -> Dose:
    """The doses of all bags or syringes of one drug together, and what was wasted of it."""
    told = part.told
    hung = [entry for entry in part.entries if _hangs(entry)]
    if not hung:  # only its end was charted
        hung = [e for e in part.entries if e.dose and e.action != "WASTE"][:1]
    given, source = _sum((entry.source, entry.dose) for entry in hung)
    wasted, waste_source = _sum(map(_waste, part.entries))
    return Dose(
        drug=normalise(told.drug or ordered),
        amount=given.amount if given else None,
        unit=given.unit if given else None,
        wasted=wasted.amount if wasted else None,
        wasted_unit=wasted.unit if wasted else None,
        ndc=told.ndc,
        source=source,
        waste_source=waste_source,
    )


def _waste(entry: Entry) -> tuple[Source, Quantity | None]:
    """What a row says was thrown away; a charted waste says it in the cell of the dose."""
    if entry.action == "WASTE":
        return replace(entry.source, moved=(("wasted", "dose"),)), entry.dose
    return entry.source, entry.wasted


def _sum(
    quantities: Iterable[tuple[Source, Quantity | None]],
) -> tuple[Quantity | None, Source | None]:
    """Quantities of one unit together, and their row; ``None`` where none, or several, state it."""
    stated = [(source, quantity) for source, quantity in quantities if quantity is not None]
    if not stated:
        return None, None
    units = {quantity.unit for _, quantity in stated}
    if len(units) != 1:
        return None, None
    if len(stated) == 1:
        return stated[0][1], stated[0][0]
    total = sum((quantity.amount for _, quantity in stated), Decimal(0))
    return Quantity(total, units.pop()), None


def _hangs(entry: Entry) -> bool:
    """Whether the entry starts a bag or gives a dose, or is a row that stands for itself."""
    return entry.at is None or entry.action in ("START", "POINT")


def _bag_volume(entry: Entry) -> Decimal | None:
    """What an entry hangs: the volume of a start, or of a row that stands for itself."""
    return entry.fluid_volume if _hangs(entry) else None


def began_elsewhere(entries: Sequence[Entry]) -> bool:
    """Whether its beginning was charted by, or is said to be of, an ambulance or other facility."""
    if any(entry.began_elsewhere for entry in entries):
        return True
    remarks = {text for entry in entries for text in (entry.comments, entry.reason) if text}
    return _is_elsewhere(entries[0].department) or any(map(_says_elsewhere, remarks))


@lru_cache(maxsize=10_000)
def _is_elsewhere(department: str | None) -> bool:
    return bool(words().elsewhere_department.search(department or ""))


def _says_elsewhere(remark: str) -> bool:
    return bool(words().elsewhere_remark.search(remark))


def settle_repeated_hour(runs: Sequence[Run]) -> None:
    """Put a stop that the wall shows before its start into the second pass of a repeated hour."""
    for run in runs:
        if run.start is not None and run.stop is not None and run.stop < run.start:
            later = run.stop.replace(fold=1)
            if is_repeated(run.stop) and later.timestamp() >= run.start.timestamp():
                run.stop = later
