"""A second reading of the coding rules, slow and plain, to hold beside the engine's.

It was written from the rules alone and works as a coder would by hand: every twenty seconds of
every administration are ticked off, one by one.  Nothing of the engine is used, and of the tables
only the words by which records name a site.  All times are in one time zone.

``python -m tests.slow_reading 20000 7`` reads 20,000 random encounters with seed 7 both ways.
"""

from __future__ import annotations

import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sized
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

from auditor.coding import supported
from auditor.policy import Policy
from auditor.record import Administration, DrugClass, Encounter, Method, Order, Route
from auditor.tables import sites
from tests.random_encounters import ZONE, random_encounter, random_policy

Billed = Counter[tuple[str, date, tuple[str, ...]]]
Ticks = list[int]  # thirds of a minute since 1970, in order

CHEMO_CLASSES = (DrugClass.ANTINEOPLASTIC, DrugClass.HORMONAL)
DRUG_CLASSES = (*CHEMO_CLASSES, DrugClass.BIOLOGIC, DrugClass.THERAPEUTIC)
BY_HAND = (Method.PUSH, Method.INJECTION)
PUMPS = (Method.PORTABLE_PUMP, Method.HOME_PUMP)
CHEMO_INFUSION, CHEMO_PUSH, INFUSION, PUSH, HYDRATION = range(5)


TICKS = 3  # in a minute


def tick_of(moment: datetime) -> int:
    return int(moment.timestamp()) * TICKS // 60


def date_of(tick: int) -> date:
    return datetime.fromtimestamp(tick * 60 // TICKS, ZONE).date()


def minutes_in(ticks: Sized) -> int:
    """Whole minutes: what is left over counts nothing."""
    return len(ticks) // TICKS


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
    ticks: Ticks

    @property
    def drug(self) -> str:
        return self.given.drug

    @property
    def order(self) -> tuple[int, int]:
        """The earlier start first, then the order of the record."""
        return self.start, self.number

    @property
    def end(self) -> int:
        return self.ticks[-1] + 1 if self.ticks else self.start

    @property
    def minutes(self) -> int:
        return minutes_in(self.ticks)

    @property
    def dates(self) -> set[date]:
        """The dates on which it was given or ran."""
        return {date_of(tick) for tick in (self.start, *self.ticks)}


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
        if not by_vein:
            return "nothing" if given.route is Route.OTHER else "left to review"
        return "nothing" if given.method in BY_HAND else "fluid"
    if given.drug_class not in DRUG_CLASSES:
        return "nothing"
    if given.method is Method.ON_BODY:
        return "on-body injector"
    if by_vein and given.method in PUMPS:
        return kind_of_pump(given, chemo, orders)
    if by_vein:
        return "push" if given.method in BY_HAND else "infusion"
    if given.route is Route.SC and given.method in (Method.INFUSION, *PUMPS):
        return "subcutaneous infusion"
    if given.route in (Route.SC, Route.IM):
        return "injection"
    if given.route is Route.IA:
        return "left to review" if chemo else "intra-arterial injection"
    return "nothing"


def kind_of_pump(given: Administration, chemo: bool, orders: tuple[Order, ...]) -> str:
    if given.method is Method.HOME_PUMP and chemo:
        return "home pump"
    minutes = ordered_minutes(given, orders)
    if minutes is None:
        return "left to review"
    return "pump start" if minutes > 480 else "infusion"


def ordered_minutes(given: Administration, orders: tuple[Order, ...]) -> int | None:
    """By the order that the record names, or else the one for the drug, as last written."""
    drugs = (given.drug, *given.drugs)
    named = [o for o in orders if o.order_id == given.order_id and o.drug in (None, *drugs)]
    covering = named or [o for o in orders if o.drug in drugs]
    written = sorted((o for o in covering if o.ordered_at), key=lambda o: tick_of(o.ordered_at))
    if not written:
        return covering[0].duration if covering else None
    end = given.stop or given.start
    in_time = [o for o in written if end is None or tick_of(o.ordered_at) <= tick_of(end)]
    return (in_time[-1] if in_time else written[0]).duration


@dataclass
class Worksheet:
    """The rows that count, what was given without a service of its own, the pushes on the way."""

    rows: list[Row]
    unbillable: list[Row]
    before: list[Row]


def worksheet(encounter: Encounter, policy: Policy) -> Worksheet:
    opens, closes = encounter.window_start, encounter.window_end
    window = range(tick_of(opens) if opens else 0, tick_of(closes) if closes else 10**10)
    sheet = Worksheet([], [], [])
    for number, given in enumerate(encounter.administrations):
        row = row_of(number, given, window, encounter.orders, policy)
        if row is None:
            continue
        if row.kind == "push" and given.method in BY_HAND and row.start < window.start:
            sheet.before.append(row)
        elif row.start in window:
            (sheet.unbillable if row.kind == "left to review" else sheet.rows).append(row)
    home_pumps: dict[str, Row] = {}
    for row in sorted(sheet.rows, key=lambda row: row.order):
        if row.kind == "home pump":
            home_pumps.setdefault(row.drug, row)
    transfused = any(row.kind == "transfusion" for row in sheet.rows)
    for row in list(sheet.rows):
        premedication = policy.blood_premedication == "integral" and transfused
        included = home_pumps.get(row.drug, row) is not row
        if included or (premedication and is_premedication(row)):
            sheet.rows.remove(row)
            sheet.unbillable.append(row)
    return sheet


def is_premedication(row: Row) -> bool:
    return row.kind in ("push", "infusion") and "premed" in (row.given.reason or "").lower()


def row_of(
    number: int, given: Administration, window: range, orders: tuple[Order, ...], policy: Policy
) -> Row | None:
    chemo = is_chemo(given, policy)
    kind = kind_of(given, chemo, orders)
    spans = charted_spans(given, window, policy)
    infused = kind in ("infusion", "subcutaneous infusion")
    minutes = ordered_minutes(given, orders)
    ordered_short = minutes is not None and minutes <= 15
    if infused and not spans and policy.still_infusing == "reaches 16 minutes":
        spans = still_infusing(given)
    charted = sorted({tick for span in spans for tick in span})
    if charted and not policy.deduct_pauses:
        charted = list(range(charted[0], charted[-1] + 1))
    ticks = [tick for tick in charted if tick in window]
    start = tick_of(given.start) if given.start else None
    if kind == "fluid" and spans:
        ticks = [tick for tick in ticks if not only_kept_open(given, tick, policy)]
        if not ticks:
            return None
    if (infused or kind == "fluid") and not spans:
        pushed = kind == "infusion" and policy.missing_stop == "push"
        kind = "push" if pushed else "left to review"
    elif infused:
        short = "push" if kind == "infusion" else "injection"
        instants = [span.start for span in spans if not span and span.start in window]
        if instants and not charted:
            kind, start = short, instants[0]
        elif not ticks or (minutes_in(ticks) == 0 and ticks != charted):
            return None
        elif minutes_in(ticks) <= 15:
            kind = short
        elif kind == "subcutaneous infusion" and chemo:
            return Row(number, given, "left to review", chemo, ticks[0], [])
        elif policy.ordered_short == "as ordered" and ordered_short:
            kind = short
    elif kind == "nothing":
        return None
    if ticks and (infused or kind in ("fluid", "transfusion")):
        start = ticks[0]
    if kind == "left to review":
        ticks = []
    return None if start is None else Row(number, given, kind, chemo, start, ticks)


def charted_spans(given: Administration, window: range, policy: Policy) -> list[range]:
    """What ran from a charted start, or in from elsewhere, to an accepted stop."""
    spans = []
    for s in given.segments:
        start = tick_of(s.start) if s.start else None
        if start is None and given.began_elsewhere and window.start:
            start = window.start
        if start is None or s.stop is None:
            continue
        if s.stop_evidence in policy.accepted_stop_evidence and start <= tick_of(s.stop):
            spans.append(range(start, tick_of(s.stop)))
    return spans


def still_infusing(given: Administration) -> list[range]:
    """Sixteen minutes of the first run without a stop whose rate is charted so much later."""
    for s in given.segments:
        if s.start and s.stop is None:
            sixteen = range(tick_of(s.start), tick_of(s.start) + 16 * TICKS)
            if any(tick_of(at) >= sixteen.stop for at, _ in s.rates):
                return [sixteen]
    return []


def only_kept_open(given: Administration, tick: int, policy: Policy) -> bool:
    """Whether the charted rate in force at ``tick`` only kept the vein open."""
    charted = [rate for segment in given.segments for rate in segment.rates]
    in_force = [rate for since, rate in charted if tick_of(since) <= tick]
    return bool(in_force) and in_force[-1] <= policy.kvo_rate


# --- accesses -----------------------------------------------------------------------------------

WORDS = tomllib.loads(Path(sites.__file__).with_name("sites.toml").read_text(encoding="utf-8"))
PHRASES = {
    kind: [phrase.split() for phrase in re.split(r"[|\n]", WORDS[kind]["words"]) if phrase.strip()]
    for kind in ("restart", "need", "negation")
}
LONGEST_NAME = max(len(name.split()) for name in WORDS["places"])


@cache
def place_named(text: str | None) -> frozenset[str]:
    """What the words of a site say of the place, the longest names first."""
    words = re.findall(r"[a-z0-9]+", (text or "").lower().replace("'", ""))
    said: set[str] = set()
    while words:
        for length in range(min(LONGEST_NAME, len(words)), 0, -1):
            name = " ".join(words[:length])
            if name in WORDS["places"]:
                said |= set(WORDS["places"][name])
                break
        else:
            length = 1
        words = words[length:]
    return frozenset(said)


def other_place(one: frozenset[str], other: frozenset[str]) -> bool:
    """Two places, unless all that is said of the one is said of the other too."""
    return bool(one and other) and not one <= other and not other <= one


@cache
def says(kind: str, text: str | None) -> bool:
    """Whether a clause of the text has a phrase of the list that no negation stands before."""
    for clause in re.split(r"[.;:]| but | however | then | so ", f" {(text or '').lower()} "):
        words = clause.replace("'", "").split()
        phrase = first_of(PHRASES[kind], words, whole_words=False)
        negation = first_of(PHRASES["negation"], words, whole_words=True)
        if phrase is not None and (negation is None or phrase <= negation):
            return True
    return False


def first_of(phrases: list[list[str]], words: list[str], whole_words: bool) -> int | None:
    """Where the first of the phrases begins; its last word may be the start of a longer one."""
    for at in range(len(words)):
        for *whole, last in phrases:
            here = words[at : at + len(whole) + 1]
            if here[:-1] != whole or len(here) <= len(whole):
                continue
            if here[-1].strip(",") == last or (not whole_words and here[-1].startswith(last)):
                return at
    return None


@dataclass
class Place:
    """One place of the body with the names that the record gives it, and what was given there."""

    names: list[frozenset[str]]
    rows: list[Row]

    def may_be(self, name: frozenset[str]) -> bool:
        return not any(other_place(name, own) for own in self.names)


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
    """It is no restart; and it was used beside an access, or its need is documented."""
    own = said_of([place], encounter)
    if any(is_restart(place, access, encounter) for access in accesses):
        return policy.second_site_after_removal
    earlier = [row for access in accesses for place in access for row in place.rows]
    if any(share_time(a, b) for a in place.rows for b in earlier):
        return True
    if policy.access_needs_documented_need == "any second site":
        return True
    return any(says("need", text) for text in own)


def is_restart(place: Place, access: list[Place], encounter: Encounter) -> bool:
    """Its own record says so; or the access failed, and the two ran together 15 minutes or less."""
    if any(says("restart", text) for text in said_of([place], encounter)):
        return True
    there = {tick for other in access for row in other.rows for tick in row.ticks}
    together = there & {tick for row in place.rows for tick in row.ticks}
    failed = any(says("restart", text) for text in said_of(access, encounter))
    return failed and minutes_in(together) <= 15


def site_of(given: Administration, encounter: Encounter) -> frozenset[str]:
    """The site that the administration names, or that of the line it names."""
    described = [
        place_named(line.site or line.description)
        for line in encounter.access_sites
        if line.access_id == given.line
    ]
    return place_named(given.site) or next(iter(described), place_named(given.line))


def said_of(places: list[Place], encounter: Encounter) -> list[str | None]:
    """What is said of the lines at ``places`` and of what was given there."""
    reasons = [row.given.reason for place in places for row in place.rows]
    return reasons + [
        text
        for line in encounter.access_sites
        if (name := place_named(line.site or line.description))
        if any(place.may_be(name) for place in places)
        for text in (line.reason, line.description)
    ]


def share_time(a: Row, b: Row) -> bool:
    together = not set(a.ticks).isdisjoint(b.ticks)
    return together or a.start in b.ticks or b.start in a.ticks


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
        infusions[key] = replace(first, ticks=sorted({*first.ticks, *row.ticks}))
    return others + list(infusions.values())


# --- hydration ----------------------------------------------------------------------------------


def hydration_runs(access: list[Row], policy: Policy) -> list[Ticks]:
    """The runs of fluid at one access that are left to count, each long enough, in time order."""
    fluid = sorted({t for row in access if row.kind == "fluid" for t in row.ticks})
    infused = {t for r in access if r.kind in ("infusion", "transfusion") for t in r.ticks}
    pushed = {t for r in access if r.kind == "push" for t in r.ticks}
    chemo_here = any(r.chemo for r in access if r.kind in ("infusion", "push"))
    if chemo_here and policy.chemo_hydration == "integral":
        return []
    runs: list[Ticks] = []
    last: int | None = None
    split = True
    for tick in fluid:
        split = split or last is None or tick - last - 1 > policy.bag_change_gap * TICKS
        last = tick
        if tick in infused:
            split = True
            continue
        if split:
            runs.append([])
            split = False
        if not (policy.deduct_push_minutes and tick in pushed):
            runs[-1].append(tick)
    if policy.hydration_segments == "sum":
        runs = [[tick for run in runs for tick in run]]
    return [run for run in runs if minutes_in(run) >= 31]


# --- the initial services -----------------------------------------------------------------------


@dataclass
class Access:
    """One access and its initial service: an administration's, or a run of hydration."""

    rows: list[Row]
    runs: list[Ticks]
    rank: int
    initial: Row | None = None
    initial_run: Ticks | None = None
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
            longest = min(infusions, key=lambda r: (-r.minutes, *r.order))
            of_the_drug = [r for r in infusions if r.drug == longest.drug]
            return Access(rows, runs, infusion_rank, min(of_the_drug, key=lambda r: r.order))
        pushes = [r for r in rows if r.kind == "push" and r.chemo == chemo]
        if pushes:
            return Access(rows, runs, push_rank, min(pushes, key=lambda r: r.order))
    if runs:
        longest_run = min(runs, key=lambda run: (-minutes_in(run), run[0]))
        return Access(rows, runs, HYDRATION, initial_run=longest_run)
    return None


# --- the reading --------------------------------------------------------------------------------


def read_slowly(encounter: Encounter, policy: Policy) -> Billed:
    """The units that the record supports, by code, service date and modifiers."""
    sheet = worksheet(encounter, policy)
    rows = sheet.rows
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
    reading.pushes([r for r in by_vein if r.kind == "push"], sheet.before, accesses)
    for access in accesses:
        reading.hydration(access)
    reading.other_services(sorted(rows, key=lambda r: r.order), sheet.unbillable)
    return added_to_something(reading.billed) if policy.add_on_needs == "date" else reading.billed


VEIN_ADD_ONS = ["96366", "96367", "96368", "96375", "96376", "96361", "96411", "96415", "96417"]
VEIN_FIRSTS = ["96360", "96365", "96374", "96409", "96413"]


def added_to_something(billed: Billed) -> Billed:
    """What is added stays where its date has a first service of its kind."""
    begun = {
        (day, code in VEIN_FIRSTS) for code, day, _ in billed if code in (*VEIN_FIRSTS, "96369")
    }
    return Counter(
        {
            (code, day, modifiers): units
            for (code, day, modifiers), units in billed.items()
            if code not in (*VEIN_ADD_ONS, "96370", "96371") or (day, code in VEIN_ADD_ONS) in begun
        }
    )


class Reading:
    """The lines so far, and what a coder keeps in mind while writing them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.billed: Billed = Counter()
        self.infused: set[str] = set()
        self.concurrent: list[Row] = []
        self.short_repeats: list[Row] = []
        self.reported: dict[str, list[Row]] = {}

    def bill(self, code: str, tick: int, modifiers: tuple[str, ...] = ()) -> None:
        self.billed[code, date_of(tick), modifiers] += 1

    def bill_hours(self, code: str, ticks: Ticks, units: range) -> None:
        """Each unit dated by the tick at which its hour begins; the first is unit 0."""
        for unit in units:
            self.bill(code, ticks[60 * TICKS * unit if self.policy.midnight == "split" else 0])

    def bill_first_and_further(
        self, first: str, further: str, ticks: Ticks, modifiers: tuple[str, ...] = ()
    ) -> None:
        self.bill(first, ticks[0], modifiers)
        self.bill_hours(further, ticks, range(1, 1 + additional_hours(minutes_in(ticks))))

    def bill_every_hour(self, code: str, ticks: Ticks) -> None:
        self.bill_hours(code, ticks, range(whole_hours(minutes_in(ticks))))

    def report(self, row: Row) -> None:
        self.reported.setdefault(row.drug, []).append(row)

    def pass_over(self, row: Row) -> None:
        """A dose that earned nothing starts the clock only where given doses do."""
        if self.policy.repeat_push_since == "given":
            self.report(row)

    def last_dose_before(self, row: Row) -> Row | None:
        """The last reported dose of the drug; a bolus precedes its infusion of that minute."""
        minute = row.start // TICKS
        doses = [d for d in self.reported.get(row.drug, []) if d.start // TICKS <= minute]
        if row.kind == "push":
            doses = [d for d in doses if d.kind == "push" or d.start // TICKS < minute]
        return max(doses, key=lambda d: (d.start, d.end), default=None)

    def is_long_after(self, last: Row, row: Row) -> bool:
        """More than 30 whole minutes, or by the policy 30, since the dose began or ended."""
        since = last.end if self.policy.repeat_push_from == "end" else last.start
        least = 30 if self.policy.repeat_push_after == "30 or more" else 31
        return (row.start - since) // TICKS >= least

    # infusions (rules 1 to 3)

    def infusions(self, access: Access) -> None:
        """The initial first, then chemotherapy, then the others, by start."""
        infusions = [r for r in access.rows if r.kind == "infusion"]
        infusions.sort(key=lambda r: (r is not access.initial, not r.chemo, *r.order))
        taken: set[int] = set()
        for row in infusions:
            rest = [t for t in row.ticks if t not in taken]
            if row is access.initial:
                first, further = ("96413", "96415") if row.chemo else ("96365", "96366")
                self.bill_first_and_further(first, further, row.ticks, access.modifiers)
                self.report(row)
            elif row.drug in self.infused:
                self.repeated_infusion(row, rest)
            else:
                self.infusion_of_a_new_drug(row, rest)
            taken.update(row.ticks)
            self.infused.add(row.drug)

    def repeated_infusion(self, row: Row, rest: Ticks) -> None:
        minutes = minutes_in(rest)
        short = self.policy.repeat_infusion_16_to_30
        if minutes >= 16 and not row.chemo and self.policy.same_drug_sequential == "accept":
            self.bill_first_and_further("96367", "96366", rest)
            self.report(row)
        elif minutes >= 31:
            self.bill_every_hour("96415" if row.chemo else "96366", rest)
            self.report(row)
        elif minutes >= 16 and not row.chemo and short == "96366":
            self.bill("96366", rest[0])
            self.report(row)
        elif minutes >= 16 and not row.chemo and short == "96376":
            self.short_repeats.append(row)
        else:
            self.pass_over(row)

    def infusion_of_a_new_drug(self, row: Row, rest: Ticks) -> None:
        overlap = (len(row.ticks) - len(rest)) // TICKS
        choice = self.policy.partial_overlap
        by_overlap = choice in ("concurrent over 15", "concurrent") or minutes_in(rest) < 16
        if by_overlap and overlap >= (1 if choice == "concurrent" else 16):
            if row.chemo:
                self.pass_over(row)
            else:
                self.concurrent.append(row)
            return
        ticks = row.ticks if self.policy.partial_overlap == "full minutes" else rest
        first, further = ("96417", "96415") if row.chemo else ("96367", "96366")
        self.bill_first_and_further(first, further, ticks)
        self.report(row)

    def concurrent_infusions(self) -> None:
        dates: set[date] = set()
        for row in sorted(self.concurrent, key=lambda r: r.order):
            day = date_of(row.start)
            if day in dates or (dates and self.policy.concurrent_once_per == "encounter"):
                self.pass_over(row)
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
                self.report(replace(row, ticks=[]))
        in_time = [*pushes, *self.short_repeats]
        in_time.sort(key=lambda r: (r.start // TICKS, r.kind != "push", *r.order))
        for row in in_time:
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
            elif self.is_long_after(last, row):
                code = "96376"
            if row.kind == "push":
                pushed.add(row.drug)
            if code:
                self.bill(code, row.start, initials.get(row.number, ()))
                self.report(row)
            else:
                self.pass_over(row)

    # hydration (rule 5)

    def hydration(self, access: Access) -> None:
        for run in access.runs:
            if run is access.initial_run:
                self.bill_first_and_further("96360", "96361", run, access.modifiers)
            else:
                self.bill_every_hour("96361", run)

    # what takes no part in the hierarchy

    def other_services(self, rows: list[Row], unbillable: list[Row]) -> None:
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
        self.subcutaneous_infusions([r for r in rows if r.kind == "subcutaneous infusion"])
        for start in first_of_each_date(r for r in rows if r.kind == "transfusion"):
            self.bill("36430", start)
        others = [r for r in [*rows, *unbillable] if r.kind != "port flush"]
        dates_served = {day for row in others for day in row.dates}
        for start in first_of_each_date(r for r in rows if r.kind == "port flush"):
            if date_of(start) not in dates_served:
                self.bill("96523", start)

    def subcutaneous_infusions(self, rows: list[Row]) -> None:
        for row in rows[:1]:
            self.bill_first_and_further("96369", "96370", row.ticks)
        for row in rows[1:]:
            self.bill_every_hour("96370", row.ticks)
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
            *(
                f"order   {order.order_id}: {order.drug} {order.duration} min, "
                f"{shown(order.ordered_at)}"
                for order in encounter.orders
            ),
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
        "began elsewhere": given.began_elsewhere,
    }
    return (
        f"{given.administration_id} {given.drug} [{given.drug_class}] {given.route} "
        f"{given.method or '—'} at {given.site or given.line or '—'}: {spans}  "
        + ", ".join(note for note, holds in notes.items() if holds)
    )


def shown(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment:%d %H:%M:%S}{'*' if moment.fold else ''}"


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
