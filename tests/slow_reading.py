"""A second reading of the coding rules, slow and plain, to hold beside the engine's.

It was written from the rules alone and works as a coder would by hand: every minute of every
administration is ticked off, one by one.  Times are whole minutes here, and in one time zone.

``python -m tests.slow_reading 20000 7`` reads 20,000 random encounters with seed 7 both ways.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from auditor.coding import supported
from auditor.policy import Policy
from auditor.record import Administration, DrugClass, Encounter, Method, Order, Route
from auditor.tables.sites import different_sites, says_need, says_restart, site_key
from tests.random_encounters import ZONE, random_encounter, random_policy

Billed = Counter[tuple[str, date, tuple[str, ...]]]
Minutes = list[int]  # minutes since 1970, in order

CHEMO_CLASSES = (DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL)
DRUG_CLASSES = (*CHEMO_CLASSES, DrugClass.BIOLOGIC, DrugClass.THERAPEUTIC)
BY_HAND = (Method.PUSH, Method.INJECTION)
PUMPS = (Method.PORTABLE_PUMP, Method.HOME_PUMP)
CHEMO_INFUSION, CHEMO_PUSH, INFUSION, PUSH, HYDRATION = range(5)


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def date_of(minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, ZONE).date()


def additional_hours(minutes: int) -> int:
    return max(0, (minutes + 29) // 60 - 1)


def whole_hours(minutes: int) -> int:
    return (minutes + 29) // 60 if minutes >= 31 else 0


# --- the worksheet: one row for each administration that counts --------------------------------


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


def is_chemo(given: Administration, policy: Policy) -> bool:
    if given.drug_class is DrugClass.BIOLOGIC:
        return given.complexity_documented or given.drug in policy.biologic_as_chemo
    return given.drug_class in CHEMO_CLASSES


def kind_of(given: Administration, chemo: bool, orders: tuple[Order, ...]) -> str:
    """What was done, before anybody looks at the clock."""
    by_vein = given.route is Route.IV
    if given.drug_class is DrugClass.UNCLASSIFIED:
        return "nothing"
    if given.method is Method.PORT_FLUSH:
        return "port flush"
    if given.drug_class is DrugClass.BLOOD:
        return "transfusion" if by_vein else "nothing"
    if given.drug_class is DrugClass.HYDRATION:
        return "fluid" if by_vein and given.method not in BY_HAND else "nothing"
    if given.drug_class not in DRUG_CLASSES:
        return "nothing"
    if given.method is Method.ON_BODY:
        return "on-body injector"
    if by_vein:
        if given.method is Method.HOME_PUMP and chemo:
            return "home pump"
        if given.method in PUMPS and ordered_minutes(given, orders) > 480:
            return "pump start"
        return "push" if given.method in BY_HAND else "infusion"
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
    window = range(minute_of(opens) if opens else 0, minute_of(closes) if closes else 10**9)
    rows: list[Row] = []
    before: list[Row] = []
    for number, given in enumerate(encounter.administrations):
        row = row_of(number, given, window, encounter.orders, policy)
        if row is None:
            continue
        if row.start in window:
            rows.append(row)
        elif row.start < window.start and row.kind == "push" and given.method in BY_HAND:
            before.append(row)
    return rows, before


def row_of(
    number: int, given: Administration, window: range, orders: tuple[Order, ...], policy: Policy
) -> Row | None:
    chemo = is_chemo(given, policy)
    kind = kind_of(given, chemo, orders)
    spans = [
        range(minute_of(s.start), minute_of(s.stop))
        for s in given.segments
        if s.start and s.stop and s.stop_evidence in policy.accepted_stop_evidence
        if s.start.timestamp() <= s.stop.timestamp()
    ]
    minutes = sorted({m for span in spans for m in span if m in window})
    if kind == "fluid":
        minutes = [m for m in minutes if not only_kept_open(given, m, policy)]
    start = minute_of(given.start) if given.start else None
    if minutes and kind in ("infusion", "subcutaneous infusion", "fluid", "transfusion"):
        start = minutes[0]
    if kind in ("infusion", "subcutaneous infusion"):
        short = "push" if kind == "infusion" else "injection"
        instants = [span.start for span in spans if not span and span.start in window]
        if instants and not any(spans):
            kind, start = short, instants[0]
        elif not spans and kind == "infusion" and policy.missing_stop == "push":
            kind = short
        elif not minutes:
            return None
        elif len(minutes) <= 15:
            kind = short
    elif kind == "nothing" or (kind == "fluid" and not minutes):
        return None
    return None if start is None else Row(number, given, kind, chemo, start, minutes)


def only_kept_open(given: Administration, minute: int, policy: Policy) -> bool:
    """Whether the charted rate in force at ``minute`` only kept the vein open."""
    charted = [rate for segment in given.segments for rate in segment.rates]
    in_force = [rate for since, rate in charted if minute_of(since) <= minute]
    return bool(in_force) and in_force[-1] <= policy.kvo_rate


# --- accesses -----------------------------------------------------------------------------------


@dataclass
class Place:
    """One place of the body with the names that the record gives it, and what was given there."""

    names: list[frozenset[str]]
    rows: list[Row]

    def may_be(self, name: frozenset[str]) -> bool:
        return not any(different_sites(name, own) for own in self.names)


def rows_by_access(rows: list[Row], encounter: Encounter, policy: Policy) -> list[list[Row]]:
    """The rows given by vein, parted into the accesses that the record supports."""
    nowhere: list[Row] = []
    places: list[Place] = []
    for row in sorted(rows, key=lambda row: row.order):
        name = site_of(row.given, encounter)
        if not name:
            nowhere.append(row)
            continue
        place = next((place for place in places if place.may_be(name)), None)
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
    parted = [[row for place in access for row in place.rows] for access in accesses] or [[]]
    parted[0] += nowhere
    return parted


def is_further_access(
    place: Place, accesses: list[list[Place]], encounter: Encounter, policy: Policy
) -> bool:
    earlier = [place for access in accesses for place in access]
    if any(share_time(a, b) for a in place.rows for other in earlier for b in other.rows):
        return True
    own = said_of([place], encounter)
    if any(says_restart(text) for text in own + said_of(earlier, encounter)):
        return policy.second_site_after_removal
    if policy.access_needs_documented_need == "any second site":
        return True
    return any(says_need(text) for text in own)


def site_of(given: Administration, encounter: Encounter) -> frozenset[str]:
    """The site that the administration names, or that of the line it names."""
    described = [
        site_key(line.site or line.description)
        for line in encounter.access_sites
        if line.access_id == given.line
    ]
    return site_key(given.site) or next(iter(described), site_key(given.line))


def said_of(places: list[Place], encounter: Encounter) -> list[str | None]:
    """What is said of the lines at ``places`` and of what was given there."""
    reasons = [row.given.reason for place in places for row in place.rows]
    return reasons + [
        text
        for line in encounter.access_sites
        if (name := site_key(line.site or line.description))
        if any(place.may_be(name) for place in places)
        for text in (line.reason, line.description)
    ]


def share_time(a: Row, b: Row) -> bool:
    together = not set(a.minutes).isdisjoint(b.minutes)
    return together or a.start in b.minutes or b.start in a.minutes


def added_per_date(access: list[Row]) -> list[Row]:
    """The rows of an access where infusions of one drug that begin on one date are one."""
    infusions: dict[tuple[str, bool, date], Row] = {}
    others = []
    for row in sorted(access, key=lambda row: row.order):
        if row.kind != "infusion":
            others.append(row)
            continue
        key = row.drug, row.chemo, date_of(row.start)
        first = infusions.get(key, row)
        infusions[key] = replace(first, minutes=sorted({*first.minutes, *row.minutes}))
    return others + list(infusions.values())


# --- hydration ----------------------------------------------------------------------------------


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
class Access:
    """One access and its initial service: an administration's, or a run of hydration."""

    rows: list[Row]
    runs: list[Minutes]
    rank: int
    initial: Row | None = None
    initial_run: Minutes | None = None
    modifiers: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, int, int]:
        """The rank of the initial, then its start, then the order of the record."""
        if self.initial:
            return self.rank, *self.initial.order
        return self.rank, self.initial_run[0] if self.initial_run else 0, 0


def access_of(rows: list[Row], policy: Policy) -> Access | None:
    """The access with its initial chosen; ``None`` where nothing there can be one."""
    runs = hydration_runs(rows, policy)
    for chemo, infusion_rank, push_rank in (
        (True, CHEMO_INFUSION, CHEMO_PUSH),
        (False, INFUSION, PUSH),
    ):
        infusions = [r for r in rows if r.kind == "infusion" and r.chemo == chemo]
        if infusions:
            longest = min(infusions, key=lambda r: (-len(r.minutes), *r.order))
            of_the_drug = [r for r in infusions if r.drug == longest.drug]
            return Access(rows, runs, infusion_rank, min(of_the_drug, key=lambda r: r.order))
        pushes = [r for r in rows if r.kind == "push" and r.chemo == chemo]
        if pushes:
            return Access(rows, runs, push_rank, min(pushes, key=lambda r: r.order))
    if runs:
        longest_run = min(runs, key=lambda run: (-len(run), run[0]))
        return Access(rows, runs, HYDRATION, initial_run=longest_run)
    return None


# --- the reading --------------------------------------------------------------------------------


def read_slowly(encounter: Encounter, policy: Policy) -> Billed:
    """The units that the record supports, by code, service date and modifiers."""
    rows, before = worksheet(encounter, policy)
    home_pumps = {
        r.drug: r
        for r in sorted(rows, key=lambda r: r.order, reverse=True)
        if r.kind == "home pump"
    }
    rows = [r for r in rows if home_pumps.get(r.drug, r) is r]
    by_vein = [r for r in rows if r.kind in ("infusion", "push", "fluid", "transfusion")]
    parted = rows_by_access(by_vein, encounter, policy)
    if policy.same_drug_infusions == "add per date":
        parted = [added_per_date(access) for access in parted]
    accesses = [access for part in parted if (access := access_of(part, policy))]
    accesses.sort(key=lambda access: access.order)
    for access in accesses[1:]:
        access.modifiers = (policy.separate_access_modifier,)
    reading = Reading(policy)
    for access in accesses:
        reading.infusions(access)
    reading.concurrent_infusions()
    reading.pushes([r for r in by_vein if r.kind == "push"], before, accesses)
    for access in accesses:
        reading.hydration(access)
    reading.other_services(sorted(rows, key=lambda r: r.order))
    return reading.billed


class Reading:
    """The lines so far, and what a coder keeps in mind while writing them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.billed: Billed = Counter()
        self.infused: set[str] = set()
        self.concurrent: list[Row] = []
        self.short_repeats: list[Row] = []
        self.reported: dict[str, list[Row]] = {}

    def bill(self, code: str, minute: int, modifiers: tuple[str, ...] = ()) -> None:
        self.billed[code, date_of(minute), modifiers] += 1

    def bill_hours(self, code: str, minutes: Minutes, units: range) -> None:
        """Each unit dated by the minute at which its hour begins; the first is unit 0."""
        for unit in units:
            self.bill(code, minutes[60 * unit if self.policy.midnight == "split" else 0])

    def bill_first_and_further(
        self, first: str, further: str, minutes: Minutes, modifiers: tuple[str, ...] = ()
    ) -> None:
        self.bill(first, minutes[0], modifiers)
        self.bill_hours(further, minutes, range(1, 1 + additional_hours(len(minutes))))

    def bill_every_hour(self, code: str, minutes: Minutes) -> None:
        self.bill_hours(code, minutes, range(whole_hours(len(minutes))))

    def report(self, row: Row) -> None:
        self.reported.setdefault(row.drug, []).append(row)

    def last_dose_before(self, row: Row) -> int | None:
        """When the last reported dose of the drug was given; a bolus precedes its infusion."""
        doses = [dose for dose in self.reported.get(row.drug, []) if dose.start <= row.start]
        if row.kind == "push":
            doses = [d for d in doses if d.kind == "push" or d.start < row.start]
        return max((dose.start for dose in doses), default=None)

    # infusions (rules 1 to 3)

    def infusions(self, access: Access) -> None:
        """The initial first, then chemotherapy, then the others, by start."""
        infusions = [r for r in access.rows if r.kind == "infusion"]
        infusions.sort(key=lambda r: (r is not access.initial, not r.chemo, *r.order))
        taken: set[int] = set()
        for row in infusions:
            rest = [m for m in row.minutes if m not in taken]
            if row is access.initial:
                first, further = ("96413", "96415") if row.chemo else ("96365", "96366")
                self.bill_first_and_further(first, further, row.minutes, access.modifiers)
                self.report(row)
            elif row.drug in self.infused:
                self.repeated_infusion(row, rest)
            else:
                self.infusion_of_a_new_drug(row, rest)
            taken.update(row.minutes)
            self.infused.add(row.drug)

    def repeated_infusion(self, row: Row, rest: Minutes) -> None:
        if len(rest) >= 31:
            self.bill_every_hour("96415" if row.chemo else "96366", rest)
            self.report(row)
        elif len(rest) >= 16 and not row.chemo:
            if self.policy.repeat_infusion_16_to_30 == "96366":
                self.bill("96366", rest[0])
                self.report(row)
            elif self.policy.repeat_infusion_16_to_30 == "96376":
                self.short_repeats.append(row)

    def infusion_of_a_new_drug(self, row: Row, rest: Minutes) -> None:
        overlap = len(row.minutes) - len(rest)
        by_overlap = self.policy.partial_overlap == "concurrent over 15"
        if overlap >= 16 and (by_overlap or len(rest) < 16):
            if not row.chemo:
                self.concurrent.append(row)
            return
        minutes = row.minutes if self.policy.partial_overlap == "full minutes" else rest
        first, further = ("96417", "96415") if row.chemo else ("96367", "96366")
        self.bill_first_and_further(first, further, minutes)
        self.report(row)

    def concurrent_infusions(self) -> None:
        dates: set[date] = set()
        for row in sorted(self.concurrent, key=lambda r: r.order):
            day = date_of(row.start)
            if day in dates or (dates and self.policy.concurrent_once_per == "encounter"):
                continue
            dates.add(day)
            self.bill("96368", row.start)
            self.report(row)

    # pushes (rule 4)

    def pushes(self, pushes: list[Row], before: list[Row], accesses: list[Access]) -> None:
        """The pushes, with the repeated infusions of 16 to 30 minutes in the same time order."""
        initials = {a.initial.number: a.modifiers for a in accesses if a.initial in pushes}
        chemo_pushed = {r.drug for r in pushes if r.number in initials and r.chemo}
        pushed: set[str] = set()
        if self.policy.ems_push_starts_clock:
            for row in before:
                pushed.add(row.drug)
                self.report(row)
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

    # hydration (rule 5)

    def hydration(self, access: Access) -> None:
        for run in access.runs:
            if run is access.initial_run:
                self.bill_first_and_further("96360", "96361", run, access.modifiers)
            else:
                self.bill_every_hour("96361", run)

    # what takes no part in the hierarchy

    def other_services(self, rows: list[Row]) -> None:
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
        for start in first_of_each_date(r for r in rows if r.kind == "transfusion"):
            self.bill("36430", start)
        dates_served = {day for _, day, _ in self.billed}
        for start in first_of_each_date(r for r in rows if r.kind == "port flush"):
            if date_of(start) not in dates_served:
                self.bill("96523", start)

    def subcutaneous_infusions(self, rows: list[Row]) -> None:
        for row in rows[:1]:
            self.bill_first_and_further("96369", "96370", row.minutes)
        for row in rows[1:]:
            self.bill_every_hour("96370", row.minutes)
        for row in [row for row in rows if row.given.extra_pump_setup][:1]:
            self.bill("96371", row.start)


def injection_code(row: Row) -> str:
    if row.given.drug_class is DrugClass.HORMONAL:
        return "96402"
    return "96401" if row.chemo else "96372"


def first_of_each_date(rows: Iterable[Row]) -> list[int]:
    first: dict[date, int] = {}
    for row in rows:
        first.setdefault(date_of(row.start), row.start)
    return list(first.values())


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
    return "\n".join(
        [
            f"window  {shown(encounter.window_start)} – {shown(encounter.window_end)}",
            *(
                f"line    {line.access_id} {line.site or line.description}: {line.reason}"
                for line in encounter.access_sites
            ),
            *(f"order   {order.order_id}: {order.duration} min" for order in encounter.orders),
            *(f"given   {in_one_line(given)}" for given in encounter.administrations),
            *(
                f"policy  {choice.name} = {getattr(policy, choice.name)}"
                for choice in fields(policy)
                if getattr(policy, choice.name) != choice.default
            ),
            f"slow    {in_words(slow)}",
            f"engine  {in_words(engine)}",
        ]
    )


def in_one_line(given: Administration) -> str:
    spans = "  ".join(
        f"{shown(s.start)} – {shown(s.stop)} {s.stop_evidence}"
        + "".join(f" ({rate} mL/h from {shown(since)})" for since, rate in s.rates)
        for s in given.segments
    )
    notes = {
        f"by {given.order_id}": given.order_id,
        f"because {given.reason}": given.reason,
        "complex": given.complexity_documented,
        "extra set-up": given.extra_pump_setup,
    }
    return (
        f"{given.administration_id} {given.drug} [{given.drug_class}] {given.route} "
        f"{given.method or '—'} at {given.site or given.line or '—'}: {spans}  "
        + ", ".join(note for note, holds in notes.items() if holds)
    )


def shown(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment:%d %H:%M}{'*' if moment.fold else ''}"


def in_words(billed: Billed) -> str:
    """The units by code and day of the month; a fold of the clock is starred where shown."""
    return ", ".join(
        f"{'-'.join((code, *modifiers))} ×{units} on {day:%d}"
        for (code, day, modifiers), units in sorted(billed.items())
    )


def main(encounters: int, seed: int) -> int:
    """Print every disagreement, half of the encounters under random policies; count them."""
    rng = random.Random(seed)
    disagreements = 0
    for number in range(encounters):
        encounter = random_encounter(rng)
        policy = random_policy(rng) if number % 2 else Policy()
        if text := disagreement(encounter, policy):
            disagreements += 1
            print(f"--- encounter {number}\n{text}")
    print(f"{disagreements} disagreements in {encounters} encounters")
    return disagreements


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]))))
