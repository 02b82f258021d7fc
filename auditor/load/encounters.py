"""Rows of every kind → encounters: each fact to the encounter that its numbers name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auditor.load.claims import claim_lines
from auditor.load.courses import Course, Drugs, administration, find_missing_stop, mixed
from auditor.load.entries import Entry, entries_of
from auditor.load.events import courses_of_events
from auditor.load.ledger import Orphan, Problems, Tally, counted
from auditor.load.owners import RECORD
from auditor.load.payments import paid
from auditor.load.profile import Profile
from auditor.load.rows import Lost, RowSet
from auditor.load.spans import courses_of_rows
from auditor.load.standing import standing
from auditor.load.vocabulary import key, read_route, tokens, words
from auditor.progress import Step, Tell, silent
from auditor.record import (
    AccessSite,
    Administration,
    ClaimLine,
    DrugClass,
    Encounter,
    Formulary,
    Order,
    OtherEncounter,
    Product,
    RejectedRow,
    Route,
    Source,
)
from auditor.tables.codes import ADMINISTRATION_CODES
from auditor.tables.drug_codes import billing_unit
from auditor.tables.drugs import normalise

_TELLING = 500  # encounters after which it is told how far it is

_STAY = (
    "facility", "mac", "arrived_at", "registered_at", "arrival_mode", "ed_departed_at",
    "observation_start", "observation_end", "inpatient_at", "discharged_at",
)  # fmt: skip


@dataclass(slots=True)
class Folder:
    """Everything that the files say about one encounter, while it is gathered."""

    lines: list[ClaimLine] = field(default_factory=list)
    administrations: list[Administration] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    access_sites: list[AccessSite] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    stay: dict[str, Any] = field(default_factory=dict)
    source: Source | None = None
    elsewhere: dict[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Common:
    """What all encounters have alike, decided once over all rows.

    ``supplied`` are the columns, ``known_actions`` the classes of action words;
    ``ids_are_shared`` says that an administration id is that of several charted actions.
    """

    profile: Profile
    supplied: frozenset[str]
    known_actions: Mapping[str, str]
    drugs: Drugs
    formulary: Formulary
    ids_are_shared: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of whole encounters, with every encounter that bears on one of them.

    ``rejected`` are the rows that are known already to be of no use, by the encounters that they
    may be of; ``accounts`` and ``patients`` are the numbers of the encounters.
    """

    sheets: Sequence[RowSet]
    rejected: Mapping[str, Sequence[RejectedRow]]
    accounts: Mapping[str, str]
    patients: Mapping[str, str]
    common: Common


@dataclass(frozen=True, slots=True)
class Assembled:
    """The encounters of a part by number, and what is to be said of its rows.

    ``lone`` are the encounters without a record or without a claim; ``joined`` counts those with
    both, and ``has_claims`` tells whether any has a claim.  ``fates`` are by sheet those of its
    rows, and ``unread`` by field the rows of which a cell says what could not be read.
    """

    encounters: tuple[Encounter, ...]
    lone: tuple[Orphan, ...]
    joined: int
    has_claims: bool
    problems: Problems
    fates: Sequence[Tally]
    unread: Sequence[Mapping[str, Set[int]]]


def assemble(part: Part, tell: Tell = silent) -> Assembled:
    """The encounters of a part, by encounter number; the fate of each of its rows is known then."""
    common, problems = part.common, Problems()
    by_kind: dict[str, list[RowSet]] = {}
    for rows in part.sheets:
        by_kind.setdefault(rows.kind, []).append(rows)
    folders: dict[str, Folder] = {}

    def folder(encounter: str) -> Folder:
        return folders.setdefault(encounter, Folder())

    claimed = claim_lines(by_kind.get("claim_line", []))
    for billed in paid(standing(claimed, problems), by_kind.get("payment", []), problems):
        folder(billed.encounter_id).lines.append(billed.line)
    entries = _entries(by_kind, common.known_actions, problems)
    for encounter, order in _orders(by_kind.get("order", [])):
        folder(encounter).orders.append(order)
    for encounter, site in _access_sites(by_kind.get("access", [])):
        folder(encounter).access_sites.append(site)
    _stays(by_kind.get("encounter", []), folder, problems)
    for number, (encounter, listed) in enumerate(entries.items()):
        if number % _TELLING == 0:
            tell(Step.ASSEMBLE, number, len(entries))
        home = folder(encounter)
        orders = {order.order_id: order for order in home.orders}
        events = [entry for entry in listed if entry.rows.kind == "mar_event"]
        courses = courses_of_events(events, common.ids_are_shared)
        courses += courses_of_rows([e for e in listed if e.rows.kind == "administration"])
        home.administrations = _administrations(courses, common.drugs, orders)
    _say_unknown_routes(entries, problems)
    _say_assumed_pushes(entries, problems)
    for name, home in folders.items():
        home.rejected += part.rejected.get(name, ())
    for rows in part.sheets:
        for lost in rows.lost:
            if lost.home in folders and (row := rejected_row(rows, lost, common.known_actions)):
                folders[lost.home].rejected.append(row)
    neighbours = _neighbours(folders, part.patients)
    encounters = tuple(
        _encounter(name, folders[name], part, neighbours.get(name, ())) for name in sorted(folders)
    )
    return Assembled(
        encounters,
        tuple(_lone(encounters)),
        sum(bool(e.claim_lines and e.administrations) for e in encounters),
        any(encounter.claim_lines for encounter in encounters),
        problems,
        [rows.tally for rows in part.sheets],
        [rows.unread for rows in part.sheets],
    )


# ── administrations ───────────────────────────────────────────────────────────────────────────


def _entries(
    by_kind: Mapping[str, Sequence[RowSet]], known: Mapping[str, str], problems: Problems
) -> dict[str, list[Entry]]:
    """The entries of both shapes of administration records by encounter."""
    found: dict[str, list[Entry]] = {}
    for kind in RECORD:
        for rows in by_kind.get(kind, []):
            for entry in entries_of(rows, known, problems):
                found.setdefault(entry.encounter_id, []).append(entry)
    return found


def _administrations(
    courses: Sequence[Course], drugs: Drugs, orders: Mapping[str, Order]
) -> list[Administration]:
    """The administrations of one encounter in time, each with an id that a re-run keeps."""
    for course in courses:
        find_missing_stop(course)
    ordered = sorted(mixed(courses), key=lambda parts: _place_in_time(parts[0]))
    taken: dict[str, int] = {}
    made = []
    for parts in ordered:
        order = parts[0].told.order_id
        name = _identifier(parts[0])
        taken[name] = taken.get(name, 0) + 1
        identifier = name if taken[name] == 1 else f"{name} ({taken[name]})"
        made.append(administration(parts, drugs, orders.get(order or ""), identifier))
    return made


def _place_in_time(course: Course) -> tuple[float | str, ...]:
    first, last = course.first, course.runs[-1].stop
    told = course.told
    return (
        first.timestamp() if first is not None else float("inf"),
        last.timestamp() if last is not None else float("inf"),
        told.identity or "",
        told.order_id or "",
        told.administration_id or "",
        told.bag_id or "",
    )


def _identifier(course: Course) -> str:
    """The file's own id, else order or drug with the first time: never a row number."""
    told = course.told
    if told.administration_id is not None:
        return told.administration_id
    what = told.order_id or told.drug or "drug not named"
    first = course.first
    return f"{what} {first.isoformat(' ')[:16]}" if first is not None else f"{what} without a time"


def _say_unknown_routes(entries: Mapping[str, Sequence[Entry]], problems: Problems) -> None:
    for listed in entries.values():
        for entry in listed:
            if entry.route and read_route(entry.route) == (None, None):
                what = "routes in words that are not known, taken for neither vein nor injection"
                entry.rows.count(problems, what, entry.place, "route")


_ASSUMED = (
    "drugs charted as given by vein, with nothing that tells push from infusion, taken for pushes: "
    "a route such as IVPB, a rate, a volume or a stop would tell"
)


def _say_assumed_pushes(entries: Mapping[str, Sequence[Entry]], problems: Problems) -> None:
    for listed in entries.values():
        for entry in listed:
            if entry.action != "POINT" or entry.at is None or entry.route is None:
                continue
            said = (entry.route, entry.rows.shown["action"].at(entry.place) or "")
            told = any(read_route(word)[1] or "bolus" in tokens(word) for word in said)
            by_vein = read_route(entry.route)[0] is Route.IV
            if by_vein and not told and entry.rate is None and entry.fluid_volume is None:
                entry.rows.count(problems, _ASSUMED, entry.place, "route")


def formulary_of(
    sheets: Sequence[RowSet], problems: Problems
) -> tuple[dict[str, DrugClass], Formulary]:
    """The pharmacy's classes by drug identity, and its products.

    A row with a class that nobody knows is rejected.
    """
    classes: dict[str, DrugClass] = {}
    products: list[Product] = []
    names = ("drug", "class", "hcpcs", "dose_per_unit", "container", "container_amount")
    for rows in sheets:
        columns = zip(*(rows.column(name) for name in names), strict=True)
        for place, (drug, word, hcpcs, dosage, container, holds) in enumerate(columns):
            if not isinstance(drug, str):
                continue
            drug_class = words().drug_classes.get(key(word)) if isinstance(word, str) else None
            if isinstance(word, str) and drug_class is None:
                rows.reject(place, "class", "is no class of drugs", _CLASSES)
                what = "rows rejected, because the class is not known"
                rows.count(problems, what, place, "class")
                continue
            identity = normalise(drug)
            if drug_class is not None:  # else the shipped table may know it
                classes[identity] = drug_class
            amount, unit = billing_unit(dosage or "") or (None, None)
            contents, contents_unit = billing_unit(holds or "") or (None, None)
            products.append(
                Product(
                    drug=identity,
                    hcpcs=hcpcs.upper() if hcpcs else None,
                    amount=amount,
                    unit=unit,
                    single_dose=_is_single_dose(container),
                    contents=contents,
                    contents_unit=contents_unit,
                    source=rows.source(place),
                )
            )
    return classes, Formulary(products)


def _is_single_dose(container: str | None) -> bool | None:
    if container is None:
        return None
    if words().several_doses.search(container):
        return False
    return True if words().single_dose.search(container) else None


_CLASSES = "use one of " + ", ".join(drug_class.value for drug_class in DrugClass)


# ── orders, access sites, stays ───────────────────────────────────────────────────────────────


def _told(rows: RowSet, names: Sequence[str]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each row's encounter, place and values."""
    columns = (rows.column(name) for name in names)
    for place, (home, *values) in enumerate(zip(rows.homes, *columns, strict=True)):
        yield home, place, dict(zip(names, values, strict=True))


_ORDER = (
    "order_id", "drug", "ordered_at", "provider", "authenticated_at", "basis", "indication",
    "route", "rate", "volume", "duration", "mode",
)  # fmt: skip
_ACCESS = ("access_id", "description", "site", "placed_at", "removed_at", "placed_by", "reason")


def _orders(sheets: Sequence[RowSet]) -> Iterator[tuple[str, Order]]:
    for rows in sheets:
        for encounter, place, told in _told(rows, _ORDER):
            at = told["ordered_at"]
            when = f"{at:%Y-%m-%d %H:%M}" if at else "without a time"
            told["order_id"] = told["order_id"] or f"{told['drug'] or 'order'} {when}"
            yield encounter, Order(**told, source=rows.source(place))


def _access_sites(sheets: Sequence[RowSet]) -> Iterator[tuple[str, AccessSite]]:
    for rows in sheets:
        for encounter, place, told in _told(rows, _ACCESS):
            removed = told["removed_at"]
            if removed is not None and removed.year >= words().still_in_year:
                told["removed_at"] = None
            told["access_id"] = told["access_id"] or f"{told['site'] or told['description']}"
            yield encounter, AccessSite(**told, source=rows.source(place))


def _stays(sheets: Sequence[RowSet], folder: Any, problems: Problems) -> None:
    """Add what encounter sheets say; several rows of one encounter must not contradict."""
    for rows in sheets:
        for encounter, place, told in _told(rows, _STAY):
            home: Folder = folder(encounter)
            said = {name: told[name] for name in _STAY if told[name] is not None}
            differing = [n for n, value in said.items() if home.stay.get(n, value) != value]
            if differing:
                rows.reject(
                    place,
                    differing[0],
                    f"contradicts {home.source}, which is of the same encounter",
                    "keep one row for each encounter",
                )
                what = "rows rejected, because an earlier row of the same encounter says otherwise"
                rows.count(problems, what, place, differing[0])
                continue
            home.source = home.source or rows.source(place)
            if home.source != rows.source(place):
                new = (name for name in said if name not in home.stay)
                home.elsewhere |= dict.fromkeys(new, rows.source(place))
            home.stay.update(said)


# ── what was rejected ─────────────────────────────────────────────────────────────────────────

# Which ends of an administration a charted action may state; one that is not here states neither
# and tells of no administration.
_MAY_STATE = {
    "START": frozenset({"start", "stop"}),
    "RESUME": frozenset({"start", "stop"}),
    "POINT": frozenset({"start"}),
    "PAUSE": frozenset({"stop"}),
    "STOP": frozenset({"stop"}),
    None: frozenset({"start", "stop"}),
}


def rejected_row(rows: RowSet, lost: Lost, known: Mapping[str, str]) -> RejectedRow | None:
    """What a rejected row may have said; ``None`` of an action that tells of no administration."""
    of_record = rows.kind in RECORD
    word, drug, order = (lost.told.get(name) for name in ("action", "drug", "order_id"))
    action = known.get(key(word)) if isinstance(word, str) else None
    if of_record and action not in _MAY_STATE:
        return None
    return RejectedRow(
        kind="administration" if of_record else rows.kind,
        cell=lost.source.cell(lost.field or ""),
        order_id=order if isinstance(order, str) else None,
        drug=normalise(drug) if isinstance(drug, str) else None,
        may_state=_MAY_STATE[action] if of_record else frozenset(),
    )


# ── encounters ────────────────────────────────────────────────────────────────────────────────


def _encounter(
    name: str,
    home: Folder,
    part: Part,
    others: Sequence[OtherEncounter],
) -> Encounter:
    common, profile = part.common, part.common.profile
    stay = {"facility": profile.facility, "mac": profile.mac, **home.stay}
    return Encounter(
        encounter_id=name,
        claim_lines=tuple(home.lines),
        administrations=tuple(home.administrations),
        orders=tuple(sorted(home.orders, key=_order_place)),
        access_sites=tuple(sorted(home.access_sites, key=_access_place)),
        account_id=part.accounts.get(name),
        patient_id=part.patients.get(name),
        other_encounters=tuple(others),
        rejected=tuple(dict.fromkeys(home.rejected)),
        supplied=common.supplied,
        formulary=common.formulary,
        source=home.source,
        elsewhere=tuple(home.elsewhere.items()),
        **stay,
    )


def _order_place(order: Order) -> tuple[float, str]:
    return order.ordered_at.timestamp() if order.ordered_at else 0.0, order.order_id


def _access_place(site: AccessSite) -> tuple[float, str]:
    return site.placed_at.timestamp() if site.placed_at else 0.0, site.access_id


def _neighbours(
    folders: Mapping[str, Folder], patients: Mapping[str, str]
) -> dict[str, tuple[OtherEncounter, ...]]:
    """The other encounters of the same patient that share a date of service."""
    on_day: dict[tuple[str, date], list[str]] = {}
    for name in sorted(folders):
        patient = patients.get(name)
        for day in sorted(_service_days(folders[name])) if patient else ():
            on_day.setdefault((patient or "", day), []).append(name)
    sharing: dict[str, dict[str, None]] = {}
    for names in on_day.values():
        for name in names if len(names) > 1 else ():
            sharing.setdefault(name, {}).update(dict.fromkeys(o for o in names if o != name))
    return {
        name: tuple(
            OtherEncounter(
                other,
                folders[other].stay.get("arrived_at") or folders[other].stay.get("registered_at"),
                folders[other].stay.get("discharged_at"),
                _gave_drugs(folders[other]),
                bool(folders[other].lines),
            )
            for other in sorted(others)
        )
        for name, others in sharing.items()
    }


def _gave_drugs(home: Folder) -> bool | None:
    """Whether a drug administration is charted or billed; ``None`` where nothing tells."""
    if home.administrations or any(line.hcpcs in ADMINISTRATION_CODES for line in home.lines):
        return True
    return False if home.lines else None


def _service_days(home: Folder) -> set[date]:
    days = {line.service_date for line in home.lines if line.service_date is not None}
    arrived = home.stay.get("arrived_at") or home.stay.get("registered_at")
    return days | {arrived.date()} if arrived else days


NO_RECORD, NO_CLAIM = "administration record", "claim"  # what an orphan is without
_UNRECORDED = (
    "encounters billed that have no record: add the record of the unit that treated them, or the "
    "numbers that tie their accounts to it"
)
_UNBILLED = (
    "encounters with a record that are not billed: add their claims, or the numbers that tie their "
    "accounts to them"
)


def _lone(encounters: Iterable[Encounter]) -> Iterator[Orphan]:
    """Encounters that have claim lines and no record, or a record and no claim line."""
    for encounter in encounters:
        if encounter.claim_lines and not encounter.administrations:
            source, field_name = encounter.claim_lines[0].source, "account_id"
            missing = NO_RECORD
        elif encounter.administrations and not encounter.claim_lines:
            source, field_name = encounter.administrations[0].sources[0], "encounter_id"
            missing = NO_CLAIM
        else:
            continue
        assert source is not None
        names = (field_name, "encounter_id", "account_id", "claim_id", "patient_id")
        known = (name for name in names if name in source.sheet.columns)
        cell = next(map(source.cell, known), str(source))
        yield Orphan(encounter.encounter_id, missing, cell)


def orphans_of(parts: Sequence[Assembled], problems: Problems) -> tuple[Orphan, ...]:
    """The lone encounters of all parts; where nobody supplied claims, no claim is missing."""
    has_claims = any(part.has_claims for part in parts)
    lone = (orphan for part in parts for orphan in part.lone)
    orphans = sorted(
        (orphan for orphan in lone if has_claims or orphan.missing != NO_CLAIM),
        key=lambda orphan: orphan.encounter_id,
    )
    for orphan in orphans:
        where, _, at = orphan.cell.rpartition(" · ")
        problems.count(where, _UNRECORDED if orphan.missing == NO_RECORD else _UNBILLED, at)
    _say_lost_zeros(orphans, problems)
    return tuple(orphans)


def _say_lost_zeros(orphans: Sequence[Orphan], problems: Problems) -> None:
    """Numbers of the two sides that differ in leading zeros only: one file has lost them."""
    sides: dict[str, set[str]] = {}
    for orphan in orphans:
        sides.setdefault(orphan.encounter_id.lstrip("0"), set()).add(orphan.missing)
    alike = sum(len(missing) > 1 for missing in sides.values())
    if alike:
        problems.say(
            f"{counted(alike, 'encounter number')} of the claims and of the record differ in "
            "leading zeros only: one of the files has lost them; export its numbers as text."
        )
