"""Rows of administration records as typed entries: one charted action, or one row start to stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any

from auditor.load.ledger import Problems, counted
from auditor.load.moments import Unread
from auditor.load.rows import OWNERS, RowSet
from auditor.load.values import Quantity, milliliters, per_hour
from auditor.load.vocabulary import (
    ACTION_CLASSES,
    action_tokens,
    actions,
    completions,
    key,
    superseding,
    tokens,
)
from auditor.record import Source
from auditor.tables.drugs import normalise

NAMES = (
    "order_id", "administration_id", "drug", "ndc", "dose", "wasted", "route", "site", "line",
    "bag_id", "volume", "reason", "department", "staff", "credential", "comments", "saved_at",
    "scheduled_at", "complexity_documented", "extra_pump_setup", "began_elsewhere", "sequence",
)  # fmt: skip


_APART = ("action", "rate", "taken_at", "start", "stop")


@dataclass(slots=True, eq=False)
class Entry:
    """One row of an administration record.

    ``at`` is when a charted action was taken, ``start`` and ``stop`` the ends of a row that has
    both; ``action`` is a class of ``actions.toml`` or ``None``; ``rate`` is in mL/h, ``volume`` in
    mL; ``identity`` is the drug as the coding rules compare it.
    """

    encounter_id: str
    rows: RowSet
    place: int
    source: Source
    at: datetime | None
    start: datetime | None
    stop: datetime | None
    action: str | None
    empties: bool
    identity: str | None
    order_id: str | None
    administration_id: str | None
    drug: str | None
    ndc: str | None
    dose: Quantity | None
    wasted: Quantity | None
    route: str | None
    site: str | None
    line: str | None
    bag_id: str | None
    rate: Decimal | None
    volume: Decimal | None
    reason: str | None
    department: str | None
    staff: str | None
    credential: str | None
    comments: str | None
    saved_at: datetime | None
    scheduled_at: datetime | None
    complexity_documented: bool | None
    extra_pump_setup: bool | None
    began_elsewhere: bool | None
    sequence: Decimal | None
    stamp: float = 0.0

    def __post_init__(self) -> None:
        """Note the second at which it was charted to have happened; undated entries stand first."""
        moment = self.at or self.start or self.stop
        self.stamp = moment.timestamp() if moment else 0.0

    def move_to_second_pass(self) -> None:
        """It happened when the wall clock showed its time for the second time."""
        if self.at is not None:
            self.at = self.at.replace(fold=1)
            self.stamp = self.at.timestamp()

    @property
    def content(self) -> tuple[str, ...]:
        """What it says, for comparing entries and for an order that no file order decides."""
        told = (
            self.at, self.start, self.stop, self.action, self.identity, self.order_id,
            self.administration_id, self.dose, self.wasted, self.route, self.site, self.line,
            self.bag_id, self.rate, self.volume, self.reason, self.department, self.staff,
            self.comments, self.saved_at, self.scheduled_at,
        )  # fmt: skip
        return tuple(map(str, told))

    @property
    def fluid_volume(self) -> Decimal | None:
        """The bag in mL: the charted volume, else a dose that is a plain volume."""
        if self.volume is not None or self.dose is None or self.dose.unit is None:
            return self.volume
        volume = milliliters(self.dose)
        return None if isinstance(volume, Unread) else volume

    def supersede(self, reason: str) -> None:
        """Another row takes its place."""
        self.rows.supersede(self.place, reason)


def refuse_unknown_actions(rows: RowSet, known: Mapping[str, str], problems: Problems) -> bool:
    """Reject every row of a sheet that charts an action word that nobody has classed.

    Whether the sheet was refused.
    """
    places = unknown_actions(rows, known)
    if not places:
        return False
    numbers = zip(*(rows.column(name) for name in reversed(OWNERS)), strict=True)
    owners = [next(filter(None, owner), None) for owner in numbers]
    words = [word for word in sorted(places) if is_a_word(word, {owners[p] for p in places[word]})]
    told = [f"{word} ({counted(len(places[word]), 'row')})" for word in words]
    texts = sorted(place for word in places if word not in words for place in places[word])
    if texts:  # what one patient's rows alone say may name the patient
        first = f"{rows.sheet.columns['action']}{rows.numbers[texts[0]]}"
        told.append(f"texts not shown here ({counted(len(texts), 'row')}, first at {first})")
    lines = "; ".join(f'"{word}" = "…"' for word in words) or '"the text" = "…"'
    problems.say(
        f"{rows.tally.name}: these action words are in no table: {', '.join(told)}. The sheet was "
        f"not used; under [actions] in the profile add {lines}, each one of "
        f"{', '.join(ACTION_CLASSES)}."
    )
    for place, word in enumerate(rows.column("action")):
        unknown = isinstance(word, str) and word in places
        reason = "is an action word in no table" if unknown else "stands on a sheet with them"
        rows.reject(
            place, "action", reason, "say in the profile what the action means", mendable=False
        )
    return True


def unknown_actions(rows: RowSet, known: Mapping[str, str]) -> dict[str, list[int]]:
    """The charted action words that nobody has classed, each with the places of its rows."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(rows.column("action")):
        if isinstance(word, str) and key(word) not in known and key(word) not in superseding():
            places.setdefault(word, []).append(place)
    return places


def is_a_word(text: str, owners: set[object]) -> bool:
    """Whether it can be shown: a short text of several patients, or one of known words alone."""
    short = len(text) <= 40 and len(text.split()) <= 3 and not any(map(str.isdigit, text))
    return short and (len(owners) > 1 or action_tokens().issuperset(tokens(text)))


def known_actions(own: Mapping[str, str]) -> dict[str, str]:
    """The class of each action word by its key, the profile's own words first."""
    return {**actions(), **{key(word): action for word, action in own.items()}}


def entries_of(rows: RowSet, known: Mapping[str, str], problems: Problems) -> Iterator[Entry]:
    """The entries of one sheet, whose rows have their encounters."""
    columns = (rows.column(name) for name in (*_APART, *NAMES))
    for place, (encounter, *values) in enumerate(zip(rows.homes, *columns, strict=True)):
        (word, rate, at, start, stop), named = values[:5], values[5:]
        told: dict[str, Any] = dict(zip(NAMES, named, strict=True))
        if rows.stop_without_date and start and stop and stop < start:
            stop += timedelta(days=1)  # the date column is the start's
            rows.count(problems, _ROLLED, place, "stop")
        flow = None if rate is None else per_hour(rate)
        if rate is not None and flow is None:
            rows.note_unread(place, "rate")  # charted in another unit, or in one that nobody says
        yield Entry(
            encounter_id=encounter,
            rows=rows,
            place=place,
            source=rows.source(place),
            at=at,
            start=start,
            stop=stop,
            action=known.get(key(word)) if word else None,
            empties=bool(word) and key(word) in completions(),
            identity=_identity(told["drug"]),
            rate=flow,
            **told,
        )


_ROLLED = (
    "stop times without a date of their own, earlier than the start beside them, read as the next "
    "day"
)


@lru_cache(maxsize=10_000)
def _identity(drug: str | None) -> str | None:
    return None if drug is None else normalise(drug)


# What a row must have, by the field that is blank.
_BLANK = {
    "taken_at": Unread("has no time", "give the time at which the action was taken"),
    "action": Unread("has no action", "give the charted action"),
    "drug": Unread("names neither drug nor order", "give the drug or the order number"),
}


def fate_of(
    status: object,
    word: object,
    drug: object,
    order: object,
    at: object,
    known: Mapping[str, str],
    *,
    is_event: bool,
) -> str | tuple[str, Unread] | None:
    """Why a row of a record is none: its own mark, or the field that is blank; else ``None``."""
    for mark, classed in ((word, known), (status, {})):
        if isinstance(mark, str) and key(mark) in superseding() and key(mark) not in classed:
            return f"the record marks it “{mark}”"
    lacks = None
    if is_event and at is None:
        lacks = "taken_at"
    elif is_event and word is None:
        lacks = "action"
    elif drug is None and (not is_event or order is None):
        lacks = "drug"
    return None if lacks is None else (lacks, _BLANK[lacks])


def drop_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """The entries in time, those of one moment by content; rows that say the same count once."""
    kept: list[Entry] = []
    for tied in by_time(entries):
        if len(tied) == 1:
            kept += tied
            continue
        first: dict[tuple[str, ...], Entry] = {}
        for entry in tied:
            earlier = first.setdefault(entry.content, entry)
            if earlier is not entry:
                entry.supersede(f"repeats {earlier.source}")
        kept += (first[content] for content in sorted(first))
    return kept


def by_time(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries of each moment together, in time."""
    in_time = sorted(entries, key=lambda entry: entry.stamp)
    return (list(tied) for _, tied in groupby(in_time, key=lambda entry: entry.stamp))


def latest(entries: Sequence[Entry]) -> Entry:
    """Of several versions of one entry the last one saved; the others are superseded."""
    *others, last = sorted(entries, key=lambda e: (_when_saved(e), e.content))
    for earlier in others:
        earlier.supersede(f"corrected by {last.source}, which was saved later")
    return last


def _when_saved(entry: Entry) -> float:
    return entry.saved_at.timestamp() if entry.saved_at else 0.0


def were_saved_apart(entries: Sequence[Entry]) -> bool:
    """Whether each has its own time of saving, so that the last one is known."""
    saved = {entry.saved_at.timestamp() for entry in entries if entry.saved_at}
    return len(saved) == len(entries) > 1
