"""A second reading of the coding rules, slow and plain, to hold beside the engine's.

It was written from the rules alone and works as a coder would by hand: every minute of every
administration is ticked off, one by one.  Times are whole minutes here.

``python -m tests.slow_reading 20000 7`` reads 20,000 random encounters with seed 7 both ways.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.coding import supported
from auditor.policy import Policy
from auditor.record import (
    AccessSite,
    Administration,
    DrugClass,
    Encounter,
    Method,
    Order,
    Route,
    Segment,
    StopEvidence,
)
from auditor.tables.sites import different_sites, says_need, says_restart, site_key

ZONE = ZoneInfo("America/New_York")
Billed = Counter[tuple[str, date, tuple[str, ...]]]
Minutes = list[int]  # minutes since 1970, in order

CHEMO_CLASSES = (DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL)
DRUG_CLASSES = (*CHEMO_CLASSES, DrugClass.BIOLOGIC, DrugClass.THERAPEUTIC)
PUMPS = (Method.PORTABLE_PUMP, Method.HOME_PUMP)
CHEMO_INFUSION, CHEMO_PUSH, INFUSION, PUSH, HYDRATION = range(5)


# --- the worksheet: one row for each administration that counts ------------------------------


@dataclass
class Row:
    """What a coder notes down of one administration, clipped to the outpatient window."""

    number: int
    given: Administration
    kind: str
    chemo: bool
    start: int
    minutes: Minutes

    @property
    def drug(self) -> str:
        return self.given.drug

    @property
    def order(self) -> tuple[int, int]:
        """The earlier start first, then the order of the record."""
        return self.start, self.number


@dataclass
class Hours:
    """The minutes of an infusion that are counted; ``first_code`` where they have a first hour."""

    row: Row
    first_code: str | None
    minutes: Minutes
    modifiers: tuple[str, ...] = ()


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def date_of(minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, ZONE).date()


def additional_hours(minutes: int) -> int:
    return max(0, (minutes + 29) // 60 - 1)


def whole_hours(minutes: int) -> int:
    return (minutes + 29) // 60 if minutes >= 31 else 0


def is_chemo(given: Administration, policy: Policy) -> bool:
    if given.drug_class is DrugClass.BIOLOGIC:
        return given.complexity_documented or given.drug in policy.biologic_as_chemo
    return given.drug_class in CHEMO_CLASSES


def kind_of(given: Administration, chemo: bool, orders: tuple[Order, ...]) -> str:
    """What was done, before anybody looks at the clock."""
    if given.method is Method.PORT_FLUSH:
        return "port flush"
    if given.drug_class is DrugClass.BLOOD:
        return "transfusion"
    if given.drug_class is DrugClass.HYDRATION:
        infused = given.route is Route.IV and given.method not in (Method.PUSH, Method.INJECTION)
        return "fluid" if infused else "nothing"
    if given.drug_class not in DRUG_CLASSES:
        return "nothing"
    if given.method is Method.ON_BODY:
        return "on-body injector"
    if given.route is Route.IV:
        if given.method is Method.HOME_PUMP and chemo:
            return "home pump"
        if given.method in PUMPS and ordered_minutes(given, orders) > 480:
            return "pump start"
        return "push" if given.method in (Method.PUSH, Method.INJECTION) else "infusion"
    if given.route is Route.SC and given.method in (Method.INFUSION, *PUMPS):
        return "subcutaneous infusion"
    if given.route in (Route.SC, Route.IM):
        return "injection"
    if given.route is Route.IA and not chemo:
        return "intra-arterial injection"
    return "nothing"


def ordered_minutes(given: Administration, orders: tuple[Order, ...]) -> int:
    return next((o.duration or 0 for o in orders if o.order_id == given.order_id), 0)


def worksheet(encounter: Encounter, policy: Policy) -> tuple[list[Row], list[Row]]:
    """The rows that count, and the pushes before arrival."""
    opens, closes = encounter.window_start, encounter.window_end
    window = range(
        minute_of(opens) if opens else 0,
        minute_of(closes) if closes else 10**9,
    )
    rows: list[Row] = []
    earlier: list[Row] = []
    for number, given in enumerate(encounter.administrations):
        chemo = is_chemo(given, policy)
        kind = kind_of(given, chemo, encounter.orders)
        starts = [minute_of(s.start) for s in given.segments if s.start]
        if kind == "nothing" or not starts:
            continue
        began = minute_of(given.start) if given.start else None
        closed = [
            range(minute_of(s.start), minute_of(s.stop))
            for s in given.segments
            if s.start and s.stop and s.stop_evidence in policy.accepted_stop_evidence
        ]
        minutes = sorted({m for run in closed for m in run if m in window})
        if kind == "fluid":
            minutes = [m for m in minutes if not only_kept_open(given, m, policy)]
        row = Row(number, given, kind, chemo, minutes[0] if minutes else starts[0], minutes)
        if kind in ("infusion", "subcutaneous infusion"):
            instants = [run.start for run in closed if run.start in window]
            if not closed and kind == "infusion" and policy.missing_stop == "push" and began:
                row.kind, row.start = "push", began
            elif closed and not any(closed) and instants:
                row.kind, row.start = "push", instants[0]
            elif not minutes:
                continue
            elif len(minutes) <= 15:
                row.kind = "push"
            if kind == "subcutaneous infusion" and row.kind == "push":
                row.kind = "injection"
        elif kind == "fluid":
            if not minutes:
                continue
        elif kind == "transfusion":
            if not minutes and began is None:
                continue
            row.start = minutes[0] if minutes or began is None else began
        elif began is None:
            continue
        else:
            row.start = began
        if row.start in window:
            rows.append(row)
        elif kind == "push" and row.start < window.start:
            earlier.append(row)
    return rows, earlier


def only_kept_open(given: Administration, minute: int, policy: Policy) -> bool:
    """Whether the charted rate in force at ``minute`` only kept the vein open."""
    rates = sorted(
        (minute_of(since), n, rate)
        for n, (since, rate) in enumerate(
            rate for segment in given.segments for rate in segment.rates
        )
    )
    in_force = [rate for since, _, rate in rates if since <= minute]
    return bool(in_force) and in_force[-1] <= policy.kvo_rate


# --- accesses ---------------------------------------------------------------------------------


def added_per_date(access: list[Row]) -> list[Row]:
    """The rows of an access where infusions of one drug that begin on one date are one."""
    added: dict[tuple[str, bool, date], Row] = {}
    others = []
    for row in access:
        if row.kind != "infusion":
            others.append(row)
            continue
        key = row.drug, row.chemo, date_of(row.start)
        first = added.setdefault(key, row)
        if row is not first:
            both = sorted({*first.minutes, *row.minutes})
            added[key] = replace(min(first, row, key=lambda r: r.order), minutes=both)
    return others + list(added.values())


@dataclass
class Place:
    """One place of the body with the names that the record gives it, and what was given there."""

    names: list[frozenset[str]]
    rows: list[Row]

    def may_be(self, name: frozenset[str]) -> bool:
        return not any(different_sites(name, own) for own in self.names)


def accesses_of(rows: list[Row], encounter: Encounter, policy: Policy) -> list[list[Row]]:
    """The rows given by vein, parted into the accesses that the record supports."""
    nowhere: list[Row] = []
    places: list[Place] = []
    for row in sorted(rows, key=lambda row: row.order):
        name = site_key(row.given.site)
        if not name:
            nowhere.append(row)
            continue
        place = next((p for p in places if p.may_be(name)), None)
        if place is None:
            place = Place([], [])
            places.append(place)
        place.names.append(name)
        place.rows.append(row)
    accesses: list[list[Place]] = []
    for place in places:
        if not accesses or is_further_access(place, accesses, encounter, policy):
            accesses.append([place])
        else:
            accesses[0].append(place)
    by_access = [[row for place in access for row in place.rows] for access in accesses] or [[]]
    by_access[0] += nowhere
    return by_access


def is_further_access(
    place: Place, accesses: list[list[Place]], encounter: Encounter, policy: Policy
) -> bool:
    earlier = [place for access in accesses for place in access]
    if any(share_time(a, b) for a in place.rows for other in earlier for b in other.rows):
        return True
    own = reasons_for([place], encounter)
    if any(says_restart(reason) for reason in own + reasons_for(earlier, encounter)):
        return policy.second_site_after_removal
    if policy.access_needs_documented_need == "any second site":
        return True
    return any(says_need(reason) for reason in own)


def reasons_for(places: list[Place], encounter: Encounter) -> list[str]:
    return [
        line.reason
        for line in encounter.access_sites
        if line.reason
        and site_key(line.site)
        and any(place.may_be(site_key(line.site)) for place in places)
    ]


def share_time(a: Row, b: Row) -> bool:
    together = not set(a.minutes).isdisjoint(b.minutes)
    return together or a.start in b.minutes or b.start in a.minutes


# --- hydration --------------------------------------------------------------------------------


def hydration_runs(access: list[Row], policy: Policy) -> list[Minutes]:
    """The runs of fluid at one access that are left to count, each long enough, in time order."""
    fluid = sorted({m for row in access if row.kind == "fluid" for m in row.minutes})
    infused = {m for r in access if r.kind in ("infusion", "transfusion") for m in r.minutes}
    pushed = {m for r in access if r.kind == "push" for m in r.minutes}
    chemo_here = any(r.chemo for r in access if r.kind in ("infusion", "push"))
    if chemo_here and policy.chemo_hydration == "integral":
        return []
    runs: list[Minutes] = []
    last: int | None = None
    split = True
    for minute in fluid:
        split = split or last is None or minute - last - 1 > policy.bag_change_gap
        last = minute
        if minute in infused:
            split = True
            continue
        if split:
            runs.append([])
            split = False
        if not (policy.deduct_push_minutes and minute in pushed):
            runs[-1].append(minute)
    if policy.hydration_segments == "sum":
        runs = [[minute for run in runs for minute in run]]
    return [run for run in runs if len(run) >= 31]


# --- the initial services -----------------------------------------------------------------------


@dataclass
class Initial:
    """The one initial service of an access: an administration's, or a run of hydration's."""

    rank: int
    start: int
    number: int
    row: Row | None
    run: Minutes


def initial_of(access: list[Row], runs: list[Minutes]) -> Initial | None:
    for chemo, infusion_rank, push_rank in (
        (True, CHEMO_INFUSION, CHEMO_PUSH),
        (False, INFUSION, PUSH),
    ):
        infusions = [r for r in access if r.kind == "infusion" and r.chemo == chemo]
        if infusions:
            longest = min(infusions, key=lambda r: (-len(r.minutes), *r.order))
            of_the_drug = [r for r in infusions if r.drug == longest.drug]
            first = min(of_the_drug, key=lambda r: r.order)
            return Initial(infusion_rank, first.start, first.number, first, [])
        pushes = [r for r in access if r.kind == "push" and r.chemo == chemo]
        if pushes:
            first = min(pushes, key=lambda r: r.order)
            return Initial(push_rank, first.start, first.number, first, [])
    if runs:
        run = min(runs, key=lambda run: (-len(run), run[0]))
        number = min(r.number for r in access if r.kind == "fluid" and run[0] in r.minutes)
        return Initial(HYDRATION, run[0], number, None, run)
    return None


# --- the reading --------------------------------------------------------------------------------


def read_slowly(encounter: Encounter, policy: Policy) -> Billed:
    """The units that the record supports, by code, service date and modifiers."""
    rows, earlier = worksheet(encounter, policy)
    taken_home = {r.drug: r for r in reversed(rows) if r.kind == "home pump"}
    rows = [r for r in rows if taken_home.get(r.drug, r) is r]
    by_vein = [r for r in rows if r.kind in ("infusion", "push", "fluid", "transfusion")]
    reading = Reading(policy)
    accesses = []
    for access in accesses_of(by_vein, encounter, policy):
        if policy.same_drug_infusions == "add per date":
            access = added_per_date(access)
        runs = hydration_runs(access, policy)
        initial = initial_of(access, runs)
        if initial:
            accesses.append((initial, access, runs))
    accesses.sort(key=lambda a: (a[0].rank, a[0].start, a[0].number))
    for place, (initial, access, _) in enumerate(accesses):
        modifiers = (policy.separate_access_modifier,) if place else ()
        reading.infusions_of(access, initial, modifiers)
    reading.hours_together()
    reading.concurrent_infusions()
    initial_pushes = {
        initial.number: ((policy.separate_access_modifier,) if place else ())
        for place, (initial, _, _) in enumerate(accesses)
        if initial.rank in (CHEMO_PUSH, PUSH)
    }
    reading.pushes([r for r in by_vein if r.kind == "push"], earlier, initial_pushes)
    for place, (initial, _, runs) in enumerate(accesses):
        modifiers = (policy.separate_access_modifier,) if place else ()
        for run in runs:
            if run is initial.run:
                reading.bill_first_and_further("96360", "96361", run, modifiers)
            else:
                reading.bill_every_hour("96361", run, whole_hours(len(run)))
    reading.other_services(rows)
    return reading.billed


class Reading:
    """The lines so far, and what a coder keeps in mind while writing them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.billed: Billed = Counter()
        self.infused: set[str] = set()
        self.hours: list[Hours] = []
        self.concurrent: list[Row] = []
        self.short_repeats: list[Row] = []
        self.reported: dict[str, list[Row]] = {}

    def bill(self, code: str, minute: int, modifiers: tuple[str, ...] = ()) -> None:
        self.billed[code, date_of(minute), modifiers] += 1

    def bill_every_hour(self, code: str, minutes: Minutes, units: int, start: int = 0) -> None:
        for unit in range(start, start + units):
            split = self.policy.midnight == "split"
            self.bill(code, minutes[60 * unit] if split else minutes[0])

    def bill_first_and_further(
        self, first: str, further: str, minutes: Minutes, modifiers: tuple[str, ...]
    ) -> None:
        self.bill(first, minutes[0], modifiers)
        self.bill_every_hour(further, minutes, additional_hours(len(minutes)), start=1)

    def report(self, row: Row) -> None:
        self.reported.setdefault(row.drug, []).append(row)

    def last_dose_before(self, row: Row) -> int | None:
        """When the last reported dose of the drug was given; a bolus precedes its infusion."""
        return max(
            (
                dose.start
                for dose in self.reported.get(row.drug, [])
                if dose.start < row.start
                or (dose.start == row.start and not (row.kind == "push" and dose.kind != "push"))
            ),
            default=None,
        )

    # infusions

    def infusions_of(self, access: list[Row], initial: Initial, modifiers: tuple[str, ...]) -> None:
        """Rules 1 to 3: the initial first, then chemotherapy, then the others, by start."""
        infusions = [r for r in access if r.kind == "infusion"]
        infusions.sort(key=lambda r: (r is not initial.row, not r.chemo, *r.order))
        taken: set[int] = set()
        for row in infusions:
            rest = [m for m in row.minutes if m not in taken]
            overlap = len(row.minutes) - len(rest)
            if row is initial.row:
                first = "96413" if row.chemo else "96365"
                self.hours.append(Hours(row, first, row.minutes, modifiers))
            elif row.drug in self.infused:
                if rest:
                    self.hours.append(Hours(row, None, rest))
            else:
                self.new_drug(row, rest, overlap)
            taken.update(row.minutes)
            self.infused.add(row.drug)

    def new_drug(self, row: Row, rest: Minutes, overlap: int) -> None:
        by_overlap = self.policy.partial_overlap == "concurrent over 15"
        if overlap >= 16 and (by_overlap or len(rest) < 16):
            if not row.chemo:
                self.concurrent.append(row)
            return
        minutes = row.minutes if self.policy.partial_overlap == "full minutes" else rest
        first = "96417" if row.chemo else "96367"
        self.hours.append(Hours(row, first, minutes))

    def hours_together(self) -> None:
        for hours in self.hours:
            further = "96415" if hours.row.chemo else "96366"
            counted = len(hours.minutes)
            if hours.first_code:
                self.bill_first_and_further(
                    hours.first_code, further, hours.minutes, hours.modifiers
                )
            elif counted >= 31:
                self.bill_every_hour(further, hours.minutes, whole_hours(counted))
            elif counted < 16 or hours.row.chemo or self.policy.repeat_infusion_16_to_30 == "none":
                continue
            elif self.policy.repeat_infusion_16_to_30 == "96366":
                self.bill("96366", hours.minutes[0])
            else:
                self.short_repeats.append(hours.row)
                continue
            self.report(hours.row)

    def concurrent_infusions(self) -> None:
        seen: set[date] = set()
        for row in sorted(self.concurrent, key=lambda r: r.order):
            day = date_of(row.start)
            if day in seen or (seen and self.policy.concurrent_once_per == "encounter"):
                continue
            seen.add(day)
            self.bill("96368", row.start)
            self.report(row)

    # pushes

    def pushes(
        self, pushes: list[Row], earlier: list[Row], initials: dict[int, tuple[str, ...]]
    ) -> None:
        """Rule 4, with the repeats of 16 to 30 minutes in the same time order."""
        pushed: set[str] = set()
        if self.policy.ems_push_starts_clock:
            for row in earlier:
                pushed.add(row.drug)
                self.report(row)
        chemo_pushed = {r.drug for r in pushes if r.number in initials and r.chemo}
        in_time = [*pushes, *self.short_repeats]
        for row in sorted(in_time, key=lambda r: (r.start, r.kind != "push", r.number)):
            last = self.last_dose_before(row)
            code: str | None = None
            if row.number in initials:
                code = "96409" if row.chemo else "96374"
            elif row.chemo:
                code = "96411" if row.drug not in chemo_pushed else None
                chemo_pushed.add(row.drug)
            elif row.drug not in pushed | self.infused:
                code = "96375"
            elif last is None:
                code = self.policy.bolus_before_infusion if row.kind == "push" else "96376"
            elif row.start - last > 30:
                code = "96376"
            if row.kind == "push":
                pushed.add(row.drug)
            if code:
                self.bill(code, row.start, initials.get(row.number, ()))
                self.report(row)

    # what takes no part in the hierarchy

    def other_services(self, rows: list[Row]) -> None:
        rows = sorted(rows, key=lambda r: r.order)
        for row in rows:
            if row.kind == "injection":
                self.bill(injection_code(row), row.start)
            elif row.kind == "intra-arterial injection":
                self.bill("96373", row.start)
            elif row.kind == "on-body injector":
                self.bill("96377", row.start)
            elif row.kind == "pump start":
                self.bill("96416" if row.chemo else "C8957", row.start)
            elif row.kind == "home pump":
                self.bill("G0498", row.start)
        self.subcutaneous_infusions(
            [r for r in rows if r.kind == "subcutaneous infusion" and not r.chemo]
        )
        for day, start in first_of_each_date(r for r in rows if r.kind == "transfusion"):
            self.bill("36430", start)
        dates_served = {day for _, day, _ in self.billed}
        for day, start in first_of_each_date(r for r in rows if r.kind == "port flush"):
            if day not in dates_served:
                self.bill("96523", start)

    def subcutaneous_infusions(self, rows: list[Row]) -> None:
        for row in rows[:1]:
            self.bill_first_and_further("96369", "96370", row.minutes, ())
        for row in rows[1:]:
            self.bill_every_hour("96370", row.minutes, whole_hours(len(row.minutes)))
        for row in [row for row in rows if row.given.extra_pump_setup][:1]:
            self.bill("96371", row.start)


def injection_code(row: Row) -> str:
    if row.given.drug_class is DrugClass.HORMONAL:
        return "96402"
    return "96401" if row.chemo else "96372"


def first_of_each_date(rows: Iterable[Row]) -> list[tuple[date, int]]:
    first: dict[date, int] = {}
    for row in rows:
        first.setdefault(date_of(row.start), row.start)
    return list(first.items())


# --- both readings ------------------------------------------------------------------------------


def read_by_engine(encounter: Encounter, policy: Policy) -> Billed:
    billed: Billed = Counter()
    for line in supported(encounter, policy).lines:
        billed[line.code, line.service_date, line.modifiers] += line.units
    return +billed


def disagreement(encounter: Encounter, policy: Policy) -> str | None:
    """The encounter with both answers, readably, or ``None`` where the two readings agree."""
    slow, engine = read_slowly(encounter, policy), read_by_engine(encounter, policy)
    if slow == engine:
        return None
    lines = [f"window  {shown(encounter.window_start)} – {shown(encounter.window_end)}"]
    lines += [f"line    {a.site}: {a.reason}" for a in encounter.access_sites]
    lines += [f"order   {o.order_id}: {o.duration} min" for o in encounter.orders]
    for given in encounter.administrations:
        spans = "  ".join(
            f"{shown(s.start)} – {shown(s.stop)} {s.stop_evidence}"
            + "".join(f" ({rate} mL/h from {shown(since)})" for since, rate in s.rates)
            for s in given.segments
        )
        notes = [
            given.order_id,
            "complex" if given.complexity_documented else None,
            "extra set-up" if given.extra_pump_setup else None,
        ]
        lines.append(
            f"given   {given.administration_id} {given.drug} [{given.drug_class}] {given.route} "
            f"{given.method or '—'} at {given.site or '—'}: {spans} {', '.join(filter(None, notes))}"
        )
    for choice in fields(policy):
        value = getattr(policy, choice.name)
        if value != choice.default:
            lines.append(f"policy  {choice.name} = {value}")
    lines += [f"slow    {line}" for line in in_words(slow - engine)]
    lines += [f"engine  {line}" for line in in_words(engine - slow)]
    lines += [f"both    {line}" for line in in_words(slow & engine)]
    return "\n".join(lines)


def shown(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment:%d %H:%M}{'*' if moment.fold else ''}"


def in_words(billed: Billed) -> list[str]:
    return [
        f"{'-'.join((code, *modifiers))} ×{units} on {day:%d}"
        for (code, day, modifiers), units in sorted(billed.items())
    ]


# --- nasty small encounters ---------------------------------------------------------------------

DRUGS = {
    "ondansetron": DrugClass.THERAPEUTIC,
    "morphine": DrugClass.THERAPEUTIC,
    "ceftriaxone": DrugClass.THERAPEUTIC,
    "cefepime + vancomycin": DrugClass.THERAPEUTIC,
    "fluorouracil": DrugClass.ANTINEOPLASTIC,
    "cisplatin": DrugClass.ANTINEOPLASTIC,
    "fulvestrant": DrugClass.HORMONAL,
    "infliximab": DrugClass.BIOLOGIC,
    "rituximab": DrugClass.BIOLOGIC,
    "sodium chloride": DrugClass.HYDRATION,
    "lactated ringers": DrugClass.HYDRATION,
    "saline flush": DrugClass.CARRIER,
    "red cells": DrugClass.BLOOD,
    "iohexol": DrugClass.CONTRAST,
    "influenza vaccine": DrugClass.VACCINE,
    "lidocaine": DrugClass.NOT_REPORTABLE,
    "study drug": DrugClass.UNCLASSIFIED,
}
DRUG_WEIGHTS = (9, 7, 9, 4, 7, 5, 3, 3, 3, 10, 5, 2, 2, 1, 1, 1, 1)
LENGTHS = (0, 1, 5, 10, 14, 15, 16, 17, 20, 25, 29, 30, 31, 32, 40, 45, 46, 59, 60, 61, 75)
LONG_LENGTHS = (89, 90, 91, 92, 105, 120, 150, 151, 180, 210, 211, 240, 271, 500, 900)
STEPS = (0, 0, 0, 1, 4, 5, 6, 10, 14, 15, 16, 20, 29, 30, 31, 40, 45, 60, 61, 90)
FAR_STEPS = (120, 180, 300, 480, 720, 1440)
SITES = (
    "left antecubital",
    "left antecubital 20g",
    "left arm",
    "left hand",
    "right hand",
    "right forearm",
    "PICC red lumen",
    "PICC white lumen",
    "chest port",
)
REASONS = (
    None,
    None,
    "incompatible drugs, second access required",
    "infiltrated, restarted",
    "routine",
)
DAYS = (
    date(2026, 9, 14),
    date(2026, 3, 7),
    date(2026, 3, 8),
    date(2026, 10, 31),
    date(2026, 11, 1),
)


def random_encounter(rng: random.Random) -> Encounter:
    """A small encounter in which the rules collide as often as possible."""
    opening = datetime.combine(rng.choice(DAYS), datetime.min.time(), ZONE)
    opening = later(opening, rng.randrange(24 * 12) * 5)
    palette = rng.choices(tuple(DRUGS), DRUG_WEIGHTS, k=rng.randint(1, 4))
    sites = rng.choice([(None,), (None,), tuple(rng.sample(SITES, 1)), None])
    if sites is None:
        sites = (*rng.sample(SITES, rng.randint(2, 3)), *rng.choice([(), (None,)]))
    anchors = [opening]
    administrations = []
    for number in range(rng.randint(1, 9)):
        given = random_administration(rng, str(number + 1), rng.choice(palette), anchors)
        administrations.append(replace(given, site=rng.choice(sites)))
    orders = tuple(
        Order(order_id=name, drug=None, duration=rng.choice((None, 480, 481, 2760)))
        for name in ("order A", "order B")
    )
    arrived = later(opening, rng.choice((-60, -60, -1, 0, 5, 31, 60)))
    known = rng.random()
    inpatient, discharged = (
        later(rng.choice(anchors), rng.choice(STEPS)) if rng.random() < chance else None
        for chance in (0.2, 0.3)
    )
    return Encounter(
        encounter_id="E1",
        administrations=tuple(administrations),
        orders=orders,
        access_sites=tuple(
            AccessSite(f"L{n}", site=site, reason=rng.choice(REASONS))
            for n, site in enumerate(dict.fromkeys(sites))
            if site and rng.random() < 0.6
        ),
        arrived_at=arrived if known < 0.8 else None,
        registered_at=arrived if known < 0.9 else None,
        inpatient_at=inpatient,
        discharged_at=discharged,
    )


def random_administration(
    rng: random.Random, name: str, drug: str, anchors: list[datetime]
) -> Administration:
    """One administration that starts near a moment already in ``anchors``, and adds its own."""
    drug_class = DRUGS[drug]
    route, method = random_technique(rng, drug_class)
    step = rng.choice(STEPS if rng.random() < 0.9 else FAR_STEPS)
    start = later(rng.choice(anchors), step if rng.random() < 0.8 else -step)
    anchors.append(start)
    if method in (Method.PUSH, Method.INJECTION, Method.ON_BODY, Method.PORT_FLUSH):
        stop = later(start, rng.choice((1, 3, 5, 20))) if rng.random() < 0.4 else None
        segments = [Segment(start, stop, StopEvidence.CHARTED if stop else StopEvidence.NONE)]
    else:
        segments = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            length = rng.choice(LENGTHS if rng.random() < 0.75 else LONG_LENGTHS)
            segments.append(random_segment(rng, start, length, drug_class))
            start = later(start, length + rng.choice((0, 1, 5, 6, 20, 61)))
            anchors.append(start)
            anchors.append(later(segments[-1].start or start, length))
    if rng.random() < 0.03:
        segments[0] = replace(segments[0], start=None)
    return Administration(
        administration_id=name,
        drug=drug,
        drugs=tuple(drug.split(" + ")),
        drug_class=drug_class,
        route=route,
        method=method,
        segments=tuple(segments),
        order_id=rng.choice((None, "order A", "order B")),
        complexity_documented=drug_class is DrugClass.BIOLOGIC and rng.random() < 0.3,
        extra_pump_setup=route is Route.SC and rng.random() < 0.3,
    )


def random_technique(rng: random.Random, drug_class: DrugClass) -> tuple[Route, Method | None]:
    infusion = (Route.IV, Method.INFUSION)
    if drug_class is DrugClass.BLOOD:
        return infusion
    if drug_class is DrugClass.CARRIER:
        return rng.choice((infusion, (Route.IV, Method.PUSH), (Route.IV, Method.PORT_FLUSH)))
    if drug_class is DrugClass.HYDRATION:
        return rng.choices((infusion, (Route.IV, None), (Route.SC, Method.INFUSION)), (8, 4, 1))[0]
    choices = {
        infusion: 12,
        (Route.IV, None): 3,
        (Route.IV, Method.PUSH): 12,
        (Route.SC, Method.INJECTION): 1,
        (Route.IM, Method.INJECTION): 1,
        (Route.SC, Method.INFUSION): 2,
        (Route.IA, Method.INJECTION): 1,
        (Route.IV, Method.PORTABLE_PUMP): 1,
        (Route.IV, Method.HOME_PUMP): 1,
        (Route.SC, Method.ON_BODY): 1,
        (Route.OTHER, None): 1,
    }
    return rng.choices(tuple(choices), tuple(choices.values()))[0]


def random_segment(
    rng: random.Random, start: datetime, length: int, drug_class: DrugClass
) -> Segment:
    grade = rng.choices(tuple(StopEvidence), (30, 4, 3, 2, 3))[0]
    rates: list[tuple[datetime, Decimal]] = []
    if drug_class is DrugClass.HYDRATION and rng.random() < 0.5:
        for after in sorted(rng.sample((0, 0, 5, 6, 20, 31), rng.choice((1, 1, 2)))):
            if after < length:
                rate = Decimal(rng.choice((20, 50, 51, 100, 125, 500)))
                rates.append((later(start, after), rate))
    stop = None if grade is StopEvidence.NONE else later(start, length)
    return Segment(start, stop, grade, tuple(rates))


def later(moment: datetime, minutes: int) -> datetime:
    """So many elapsed minutes later, on the facility's wall."""
    return (moment.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZONE)


def random_policy(rng: random.Random) -> Policy:
    """A policy over all choices that bear on the coding, half of them at their defaults."""
    choices: dict[str, tuple[object, ...]] = {
        "accepted_stop_evidence": (frozenset("A"), frozenset("ABC"), frozenset("ABCD")),
        "missing_stop": ("push",),
        "same_drug_infusions": ("add per date",),
        "repeat_infusion_16_to_30": ("96366", "none"),
        "partial_overlap": ("full minutes", "concurrent over 15"),
        "concurrent_once_per": ("date",),
        "bolus_before_infusion": ("96375",),
        "midnight": ("start date",),
        "deduct_push_minutes": (False,),
        "hydration_segments": ("sum",),
        "bag_change_gap": (0, 1, 20),
        "kvo_rate": (0, 20, 100),
        "hydration_review_rate": (0, 300),
        "chemo_hydration": ("counted", "integral"),
        "pause_review": (0,),
        "ems_push_starts_clock": (True,),
        "second_site_after_removal": (True,),
        "access_needs_documented_need": ("any second site",),
        "separate_access_modifier": ("XS", "XU"),
        "biologic_as_chemo": (frozenset({"rituximab"}),),
    }
    changed = {n: rng.choice(values) for n, values in choices.items() if rng.random() < 0.3}
    return replace(Policy(), **changed)  # type: ignore[arg-type]


def main(encounters: int, seed: int) -> int:
    """Print each disagreement; the number of them."""
    rng = random.Random(seed)
    disagreements = 0
    for number in range(encounters):
        encounter = random_encounter(rng)
        policy = random_policy(rng) if number % 2 else Policy()
        if text := disagreement(encounter, policy):
            disagreements += 1
            print(f"--- {number}\n{text}")
    print(f"{disagreements} disagreements in {encounters} encounters")
    return disagreements


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]))))
