"""Charted actions → courses: what started, paused, changed and stopped.

The actions of one encounter are grouped by order and drug, put into the order of their times, and
followed.  The file's own row order decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from auditor.load.courses import Course, Run, began_elsewhere, how
from auditor.load.entries import Entry, by_time, drop_repeats, latest, were_saved_apart
from auditor.load.moments import is_repeated
from auditor.load.vocabulary import words
from auditor.record import DrugClass, Method, StopEvidence
from auditor.tables.drugs import identify

# What is done first of several actions in one minute: a running bag ends before the next begins,
# a bag that is not running must begin before it can end.
_LONGEST_BAG = 24 * 60  # minutes: a bag hangs no longer than a day (judgement)
_NOTES = ("NOTE", "WASTE")
_WHILE_RUNNING = ("STOP", "PAUSE", "RESUME", "START", "POINT", "RATE", *_NOTES)
_WHILE_NOT = ("START", "POINT", "RESUME", "RATE", "PAUSE", "STOP", *_NOTES)
_SLACK = 60  # minutes beyond volume/rate that a bag may have lasted
_RATE_UNIT_SIGNS = ("/h", "/min", "/kg", "/hr")


def courses_of_events(entries: Sequence[Entry], grouped_by_id: bool) -> list[Course]:
    """The courses of one encounter's charted actions.

    ``grouped_by_id`` says that an administration id is shared by the actions of one administration
    rather than being the number of each row.
    """
    courses: list[Course] = []
    for group in _groups(drop_repeats(entries)):
        kept = _without_voided(group)
        by_id: dict[str | None, list[Entry]] = {}
        for entry in kept:
            own = entry.administration_id if grouped_by_id else None
            by_id.setdefault(own, []).append(entry)
        for own in sorted(by_id, key=lambda one: one or ""):
            versions = _corrected(by_id[own]) if own else by_id[own]
            courses += _follow(versions)
    return courses


def _groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries by order and drug; one that lacks either joins the only group that it fits."""
    orders: dict[str, set[str]] = {}
    drugs: dict[str, set[str]] = {}
    for entry in entries:
        if entry.order_id and entry.identity:
            orders.setdefault(entry.order_id, set()).add(entry.identity)
            drugs.setdefault(entry.identity, set()).add(entry.order_id)
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        order, drug = entry.order_id, entry.identity
        if drug is None and order is not None and len(orders.get(order, ())) == 1:
            (drug,) = orders[order]
        if order is None and drug is not None and len(drugs.get(drug, ())) == 1:
            (order,) = drugs[drug]
        groups.setdefault((order or "", drug or ""), []).append(entry)
    return [groups[name] for name in sorted(groups)]


def _without_voided(entries: list[Entry]) -> list[Entry]:
    """The entries that happened: one that says it did not cancels those of its time."""
    voids = {entry.at: entry for entry in entries if entry.action == "VOID"}
    if not voids:
        return entries
    for entry in entries:
        if entry.action in ("START", "POINT") and entry.at in voids:
            entry.supersede(f"cancelled by {voids[entry.at].source}")
    return [
        entry
        for entry in entries
        if entry.action != "VOID" and not (entry.action in ("START", "POINT") and entry.at in voids)
    ]


def _corrected(entries: list[Entry]) -> list[Entry]:
    """Of several starts of one bag, or stops with no new start between, the last one saved."""
    starts: dict[str | None, list[Entry]] = {}
    stops: dict[float, list[Entry]] = {}
    begins = sorted(e.stamp for e in entries if e.action in ("START", "RESUME"))
    for entry in entries:
        if entry.action == "START":
            starts.setdefault(entry.bag_id, []).append(entry)
        elif entry.action == "STOP":
            since = max((begin for begin in begins if begin <= entry.stamp), default=0.0)
            stops.setdefault(since, []).append(entry)
    gone: set[int] = set()
    for versions in (*starts.values(), *stops.values()):
        if were_saved_apart(versions):
            current = latest(versions)
            gone |= {id(version) for version in versions if version is not current}
    return [entry for entry in entries if id(entry) not in gone]


def _follow(entries: list[Entry]) -> list[Course]:
    """The courses of one group, action by action."""
    follower = _Follower()
    _find_second_pass(entries)
    turned = _turned_round(entries)
    if turned is not None:
        return [turned]
    for same_time in by_time(entries):
        if len(same_time) > 1:
            order = _WHILE_RUNNING if follower.is_running else _WHILE_NOT
            same_time.sort(key=lambda entry: order.index(entry.action or "NOTE"))
        for entry in same_time:
            follower.take(entry)
    return follower.done()


def _find_second_pass(entries: list[Entry]) -> None:
    """Move entries of a repeated hour to its second pass where the record shows it.

    By the sequence number where there is one: the wall clock went back.  Else a stop or pause
    before the only start of that hour.
    """
    if not any(entry.rows.has_repeats for entry in entries):
        return
    doubtful = [e for e in entries if e.at is not None and is_repeated(e.at)]
    numbered = all(e.sequence is not None for e in entries)
    if doubtful and numbered:
        before: datetime | None = None
        went_back = False
        for entry in sorted(doubtful, key=lambda e: e.sequence or Decimal(0)):
            went_back |= before is not None and entry.at is not None and entry.at < before
            before = entry.at
            if went_back:
                entry.move_to_second_pass()
        return
    starts = [e.at for e in entries if e.action == "START" and e.at is not None]
    for entry in doubtful if starts else ():
        ends = entry.action in ("STOP", "PAUSE")
        if ends and entry.at is not None and entry.at < min(starts):
            entry.move_to_second_pass()


def _turned_round(entries: list[Entry]) -> Course | None:
    """The one bag of a group that was charted to stop within a day before it was hung.

    One of the two times is a slip; taken for two bags, each would lack a time that is charted.
    """
    acted = sorted(e.action or "" for e in entries if e.action not in _NOTES)
    if acted != ["START", "STOP"]:
        return None
    by_stamp = sorted(entries, key=lambda entry: entry.stamp)
    stop, start = (entry for entry in by_stamp if entry.action not in _NOTES)
    early = start.stamp - stop.stamp
    if start.action != "START" or not 0 < early <= _LONGEST_BAG * 60:
        return None
    if None not in (start.bag_id, stop.bag_id) and start.bag_id != stop.bag_id:
        return None
    if began_elsewhere(by_stamp):
        return None  # what came in running may stop before the next bag
    notes = [entry for entry in entries if entry.action in _NOTES]
    run = Run(start.at, start.source)
    if start.at is not None and stop.at is not None:
        run.charts_rate(start.at, start.rate)
        run.end(stop.at, _grade(stop), stop.source)
    return Course([start, *notes, stop], [run], start)


def _grade(stop: Entry) -> StopEvidence:
    return StopEvidence.IMPLIED if stop.empties else StopEvidence.CHARTED


class _Follower:
    """Follows the actions of one group in time and keeps the course that is running."""

    def __init__(self) -> None:
        self.courses: list[Course] = []
        self.current: Course | None = None
        self.stopped = False
        self.waiting: list[Entry] = []

    @property
    def is_running(self) -> bool:
        run = self._run
        return run is not None and run.stop is None and not self.stopped

    @property
    def _run(self) -> Run | None:
        return self.current.runs[-1] if self.current and self.current.runs else None

    def take(self, entry: Entry) -> None:
        """One action; what cannot be tied to a course waits for the next one."""
        at = entry.at
        assert at is not None
        match entry.action:
            case "START":
                self._start(entry, at)
            case "POINT":
                self._point(entry, at)
            case "RATE":
                self._rate(entry, at)
            case "PAUSE":
                self._pause(entry, at)
            case "RESUME":
                self._resume(entry, at)
            case "STOP":
                self._stop(entry, at)
            case _:
                self._note(entry)

    def done(self) -> list[Course]:
        """The courses; rate checks of an infusion that nobody started or stopped are one too."""
        if any(entry.action not in _NOTES for entry in self.waiting):
            self._open(self.waiting.pop(0), None)
        return self.courses

    def _open(self, entry: Entry, start: datetime | None) -> Course:
        course = Course([*self.waiting, entry], [Run(start, entry.source)], entry)
        course.entries.sort(key=lambda one: one.action in _NOTES)
        if start is not None:
            course.runs[-1].charts_rate(start, entry.rate)
        self.courses.append(course)
        self.current, self.stopped, self.waiting = course, False, []
        return course

    def _start(self, entry: Entry, at: datetime) -> None:
        course, run = self.current, self._run
        if course is None or run is None:
            self._open(entry, at)
        elif self.stopped:
            bags = {one.bag_id for one in course.entries}
            if entry.bag_id is not None and entry.bag_id in bags:
                self._run_on(course, entry, at)
            else:
                self._open(entry, at)
        elif _is_next_bag(course, entry, at):
            if run.stop is None:
                run.end(at, StopEvidence.IMPLIED, entry.source)
            self._run_on(course, entry, at)
            course.bag, course.bag_from = entry, len(course.runs) - 1
        else:
            self._open(entry, at)

    def _run_on(self, course: Course, entry: Entry, at: datetime) -> None:
        course.entries.append(entry)
        course.runs.append(Run(at, entry.source))
        course.runs[-1].charts_rate(at, entry.rate)
        self.stopped = False

    def _point(self, entry: Entry, at: datetime) -> None:
        """A push or injection stands alone; a bag that is charted as given is hung."""
        alone = Course([entry], [Run(at, entry.source)], entry)
        _, method = how(alone, None)
        if method is Method.INFUSION:
            self._start(entry, at)
            return
        alone.runs[-1].charts_rate(at, entry.rate)
        self.courses.append(alone)

    def _rate(self, entry: Entry, at: datetime) -> None:
        run = self._run
        if run is None:
            self.waiting.append(entry)
            return
        self._add(entry)
        if self.is_running:
            run.charts_rate(at, entry.rate)

    def _pause(self, entry: Entry, at: datetime) -> None:
        run = self._run
        if run is None:
            self._open(entry, None).runs[-1].end(at, StopEvidence.CHARTED, entry.source)
            return
        self._add(entry)
        if self.is_running:
            run.end(at, StopEvidence.CHARTED, entry.source)

    def _resume(self, entry: Entry, at: datetime) -> None:
        course, run = self.current, self._run
        if course is None or run is None:
            self._open(entry, at)
            return
        if self.is_running:
            run.end(at, StopEvidence.IMPLIED, entry.source)
        self._run_on(course, entry, at)

    def _stop(self, entry: Entry, at: datetime) -> None:
        run = self._run
        grade = _grade(entry)
        if self.stopped and run is not None and _soon_after(run.stop, at):
            self._add(entry)  # said again; nothing has been hung since
        elif run is None or self.stopped:
            self._open(entry, None).runs[-1].end(at, grade, entry.source)
        else:
            self._add(entry)
            if run.stop is None:
                run.end(at, grade, entry.source)
        self.stopped = True

    def _note(self, entry: Entry) -> None:
        if self.current is None:
            self.waiting.append(entry)
        else:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        assert self.current is not None
        self.current.entries.append(entry)


def _soon_after(stop: datetime | None, at: datetime) -> bool:
    return stop is not None and at.timestamp() - stop.timestamp() <= _SLACK * 60


def _is_next_bag(course: Course, entry: Entry, at: datetime) -> bool:
    """Whether a bag hung while another runs continues that infusion, or is another dose.

    It continues it when it is the same bag or scheduled dose; when the first bag can have lasted
    until then; or, where no volume and rate tell, when the dose is a rate or plain volume, or the
    bag is a fluid of which nobody charted how much.
    """
    bag = course.bag or course.entries[0]
    if entry.bag_id is not None and entry.bag_id == bag.bag_id:
        return True
    if entry.scheduled_at is not None and entry.scheduled_at == bag.scheduled_at:
        return True
    rate = next((rate for run in reversed(course.runs) for _, rate in reversed(run.rates)), None)
    volume = bag.fluid_volume
    if volume is not None and rate is not None and rate > 0:
        return _ran(course, at) <= volume / rate * 60 + _SLACK
    if _ran(course, at) > _LONGEST_BAG:
        return False
    if bag.dose is None:
        fluid = identify(bag.drug or "")
        return fluid is not None and fluid.drug_class is DrugClass.HYDRATION
    folded = (bag.dose.unit or "").casefold()
    return folded in words().volume_units or any(sign in folded for sign in _RATE_UNIT_SIGNS)


def _ran(course: Course, until: datetime) -> Decimal:
    """Minutes that the bag now hung has run."""
    seconds = 0.0
    for run in course.runs[course.bag_from :]:
        if run.start is not None:
            seconds += (run.stop or until).timestamp() - run.start.timestamp()
    return Decimal(int(seconds // 60))
