"""HL7 version 2 messages → administrations (RAS) and pharmacy orders (RDE, RDS, OMP).

Which element states which field stands in ``standards.toml``.  Messages come one after another,
plain or wrapped for transport (MLLP), their segments ended by carriage returns or line feeds; the
signs that separate elements stand in the MSH segment of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.load.grid import Grid, standards
from auditor.load.layout import Left
from auditor.load.ledger import Problems
from auditor.load.read import RawSheet, UnreadableFile
from auditor.load.vocabulary import words

_LONGEST = 1_048_576  # characters of a segment: more is a document that somebody wrapped
_ENDS = re.compile(r"[\r\n\x0b\x1c]+")
_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.\d+)?([+-]\d{4})?")
_ZONE = re.compile(r"[+-]\d{4}")


@dataclass(frozen=True, slots=True)
class Signs:
    """What separates fields, components, repetitions and subcomponents, and what escapes them."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment by its number in the file; ``fields`` begin with its name."""

    number: int
    fields: list[str]
    signs: Signs
    _read: dict[int, list[list[str]]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Its name, such as ``RXA``."""
        return self.fields[0]

    def repeats(self, place: int) -> list[list[str]]:
        """The repetitions of a field, each with its components, escapes undone."""
        if place not in self._read:
            index = place - 1 if self.name == "MSH" else place  # MSH-1 is the sign itself
            text = self.fields[index] if index < len(self.fields) else ""
            text = "" if text == '""' else text  # the standard's way to say: blank
            self._read[place] = [
                [self._plain(part) for part in repeat.split(self.signs.component)]
                for repeat in text.split(self.signs.repetition)
                if repeat
            ]
        return self._read[place]

    def at(self, place: int, component: int = 1) -> str | None:
        """A component of the first repetition of a field, ``None`` where it is blank."""
        return next((_part(found, component) for found in self.repeats(place)), None)

    def _plain(self, part: str) -> str:
        """A component as text: its first subcomponent, with what was escaped put back."""
        escape = self.signs.escape
        first = part.split(self.signs.subcomponent, 1)[0] if self.signs.subcomponent else part
        if not escape or escape not in first:
            return first.strip()
        sign = re.escape(escape)
        return re.sub(rf"{sign}([^{sign}]*){sign}", self._escaped, first).strip()

    def _escaped(self, found: re.Match[str]) -> str:
        signs, code = self.signs, found[1]
        meant = {"F": signs.field, "S": signs.component, "R": signs.repetition}
        meant |= {"E": signs.escape, "T": signs.subcomponent}
        if code in meant:
            return meant[code]
        if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
            return bytes.fromhex(code[1:]).decode("utf-8", errors="replace")
        return " " if code.startswith(".") else ""


def read_hl7(name: str, text: str, problems: Problems) -> list[RawSheet]:
    """The administrations and orders of a file, a sheet of each kind.

    Raises:
        UnreadableFile: its segments cannot be told apart.
    """
    file = _File(name, problems)
    for segment in segments(name, text):
        file.take(segment)
    file.close()
    return file.sheets()


def segments(name: str, text: str) -> Iterator[Segment]:
    """The segments of all messages, numbered from 1; UnreadableFile where one does not end."""
    signs = Signs()
    number = at = 0
    while at < len(text):
        ended = _ENDS.search(text, at)
        end, after = ended.span() if ended else (len(text), len(text))
        number += end > at
        if end - at > _LONGEST:
            raise UnreadableFile(
                f"{name}: segment {number} does not end; export the messages again, each segment "
                "on a line of its own."
            )
        line = text[at:end].strip("\ufeff ")
        at = after
        if not line:
            continue
        if line[:3] in ("MSH", "FHS", "BHS"):
            signs = _signs(name, number, line)
        yield Segment(number, line.split(signs.field), signs)


def _signs(name: str, number: int, line: str) -> Signs:
    """The separators that the head of a message names."""
    between = line[3:4]
    others = line[4:].split(between, 1)[0] if between else ""
    if not between or between.isalnum() or not others or others[0].isalnum():
        raise UnreadableFile(
            f"{name}: segment {number}, the head of a message, is cut off or damaged, so that its "
            "elements cannot be told apart; export it again."
        )
    component, repetition, escape, subcomponent = (*others[:4], *"^~\\&"[len(others) :])
    return Signs(between, component, repetition, escape, subcomponent)


class _File:
    """Gathers the segments of each message by order, and makes rows of the orders."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.name = name
        self.problems = problems
        self.table = standards()["hl7"]
        self.given = _Given(self.table)
        self.orders = _Orders(self.table)
        self.kind: str | None = None
        self.zone = ""
        self.above: dict[str, Segment] = {}
        self.group: list[Segment] = []
        self.passed: dict[str, int] = {}

    def take(self, segment: Segment) -> None:
        name = segment.name
        if name in ("MSH", "FHS", "BHS", "FTS", "BTS"):
            self._flush()
            self.kind, self.above = None, {}
            if name == "MSH":
                self._begin(segment)
        elif self.kind is None:
            return
        elif name not in self.table["read"]:
            named = name if name in self.table["known"] else "others"
            self.passed[named] = self.passed.get(named, 0) + 1
        elif name in ("PID", "PV1"):
            self.above[name] = segment
        else:
            if name == "ORC":
                self._flush()
            self.group.append(segment)

    def close(self) -> None:
        """The file has ended."""
        self._flush()
        if self.passed:
            told = ", ".join(f"{name} ({count:,})" for name, count in sorted(self.passed.items()))
            self.problems.say(
                f"{self.name}: segments that are not needed were passed over: {told}."
            )

    def sheets(self) -> list[RawSheet]:
        """A sheet of each kind that the file has."""
        grids = {"RXA segments": self.given.grid, "ORC segments": self.orders.grid}
        return [grid.sheet(self.name, name) for name, grid in grids.items() if len(grid)]

    def _begin(self, head: Segment) -> None:
        kind, version = head.at(9) or "", head.at(12) or ""
        where = f"segment {head.number}"
        if kind not in (*self.table["administrations"], *self.table["orders"]):
            told = kind if kind in self.table["known"] else "other"
            self.problems.count(self.name, f"{told} messages, which are not needed", where)
            return
        self.kind = kind
        if version not in self.table["versions"]:
            self.problems.count(
                self.name, "messages of an unknown version, read as the known ones are", where
            )
        zone = _ZONE.search(head.at(7) or "")
        self.zone = zone[0] if zone else ""

    def _flush(self) -> None:
        """The order that was begun, with what stands under it, is complete."""
        group, self.group = self.group, []
        if not group or self.kind is None:
            return
        context: dict[str, Segment] = dict(self.above)
        given: list[_Administered] = []
        for segment in group:
            match segment.name:
                case "RXA":
                    given.append(_Administered(segment))
                case "RXR" if given:
                    for one in given:
                        one.route = one.route or segment
                case "RXR":
                    context.setdefault("RXR", segment)
                case "NTE" if given:
                    given[-1].notes.append(segment)
                case "RXE":  # what the pharmacy made of the request
                    context.pop("RXR", None)
                    context["RXE"] = segment
                case name:
                    context[name] = segment
        for one in given:
            self.given.add(one, context, self.zone)
        if self.kind in self.table["orders"] and group[0].name == "ORC":
            self.orders.add(context, self.zone)


@dataclass(slots=True)
class _Administered:
    """One administration with the route and the notes that follow it."""

    segment: Segment
    route: Segment | None = None
    notes: list[Segment] = field(default_factory=list)


class _Given:
    """The administrations of a file, of which later messages may correct or delete earlier ones."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.grid = Grid("administration", _places(table["administration"]))
        self._standing: dict[tuple[str, ...], dict[int, str | None]] = {}

    def add(self, one: _Administered, context: Mapping[str, Segment], zone: str) -> None:
        segment = one.segment
        found = {**context, "RXA": segment, **({"RXR": one.route} if one.route else {})}
        told = _told(self.table["administration"], found, zone, one.notes)
        if told["stop"] == told["start"]:  # RXA-4 repeats RXA-3 where nobody charted an end
            told["stop"] = None
        row = self.grid.add(segment.number, told)
        standing = self._standing.setdefault(_name(told, segment), {})
        earlier = self._earlier(standing, told["start"], segment)
        refusal = self.table["not_given"].get(segment.at(20))
        if segment.at(21) == self.table["deletes"]:
            reason = f"deleted by segment {segment.number}"
            self.grid.leave(row, Left("superseded", "deletes an administration"))
        elif refusal is not None:
            reason = f"segment {segment.number} says that it was {refusal}"
            self.grid.leave(row, Left("superseded", f"the record says that it was {refusal}"))
        else:
            reason = f"said anew by segment {segment.number}"
            standing[row] = told["start"]
        for one_row in earlier:
            self.grid.leave(one_row, Left("superseded", reason))
            del standing[one_row]

    def _earlier(
        self, standing: Mapping[int, str | None], start: str | None, segment: Segment
    ) -> list[int]:
        """Of the rows of the same order, counter and drug those of the same start.

        A correction or deletion may give another start where only one row can be meant.
        """
        same = [row for row, begun in standing.items() if begun == start]
        corrects = segment.at(21) in (self.table["corrects"], self.table["deletes"])
        return list(standing) if not same and corrects and len(standing) == 1 else same


def _name(told: Mapping[str, str | None], segment: Segment) -> tuple[str, ...]:
    """What tells administrations apart besides their start; without an order each is its own."""
    order = told["order_id"]
    parts = (order or f"segment {segment.number}", segment.at(2), segment.at(5))
    return tuple(part or "" for part in parts)


class _Orders:
    """The orders of a file; messages about an order that is known say nothing new of it."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.grid = Grid("order", _places(table["order"]))
        self._rows: dict[str, list[int]] = {}

    def add(self, context: Mapping[str, Segment], zone: str) -> None:
        segment = context["ORC"]
        told = _told(self.table["order"], context, zone, ())
        row = self.grid.add(segment.number, told)
        order, control = told["order_id"], segment.at(1)
        earlier = self._rows.setdefault(order, []) if order else []
        if control in self.table["cancels"]:
            for one in earlier:
                reason = f"cancelled by segment {segment.number}"
                self.grid.leave(one, Left("superseded", reason))
            self.grid.leave(row, Left("superseded", "cancels the order"))
        elif earlier and control not in self.table["changes"]:
            first = self.grid.numbers[earlier[0]]
            self.grid.leave(row, Left("superseded", f"is of the order of segment {first}"))
        earlier.append(row)


# ── elements ──────────────────────────────────────────────────────────────────────────────────


def _places(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: entry["from"][0] for name, entry in table.items()}


def _told(
    table: Mapping[str, Any], found: Mapping[str, Segment], zone: str, notes: Sequence[Segment]
) -> dict[str, str | None]:
    """What the segments say of each field of a table."""
    told: dict[str, str | None] = {}
    for name, entry in table.items():
        places = []
        for place in entry["from"]:
            segment, _, number = place.partition("-")
            if segment in found:
                places.append((found[segment], int(number)))
        told[name] = _READERS[entry["as"]](places, zone)
    if notes:
        remarks = [note.at(3) for note in notes]
        told["comments"] = "; ".join(filter(None, [told.get("comments"), *remarks])) or None
    return told


_Places = Sequence[tuple[Segment, int]]


def _number(places: _Places, zone: str = "", component: int = 1) -> str | None:
    stated = (segment.at(place, component) for segment, place in places)
    return next(filter(None, stated), None)


def _words(places: _Places, zone: str = "") -> str | None:
    """The text of a coded element, of any of the places, before the code of any."""
    stated = (_number(places, zone, component) for component in (2, 5, 9, 1))
    return next(filter(None, stated), None)


def _record_number(places: _Places, zone: str) -> str | None:
    """Of several numbers of a patient the one of the record."""
    numbers = [repeat for segment, place in places for repeat in segment.repeats(place)]
    kinds = standards()["hl7"]["record_numbers"]
    best = [_part(repeat, 1) for kind in kinds for repeat in numbers if _part(repeat, 5) == kind]
    return next(filter(None, [*best, *(_part(repeat, 1) for repeat in numbers)]), None)


def _ndc(places: _Places, zone: str) -> str | None:
    for segment, place in places:
        for code, system in ((1, 3), (4, 6)):
            if segment.at(place, system) == "NDC" and segment.at(place, code):
                return segment.at(place, code)
    return None


def _unit(places: _Places, zone: str) -> str | None:
    """A unit by its sign, or by its name where the sign is a bare number."""
    sign = _number(places)
    return sign if sign and any(map(str.isalpha, sign)) else _words(places) or sign


def _route(places: _Places, zone: str) -> str | None:
    """The route with the way of giving it (RXR-4), where that is said."""
    said = (_words([(segment, number)]) for segment, place in places for number in (place, 4))
    return " ".join(filter(None, said)) or None


def _time(places: _Places, zone: str) -> str | None:
    """A time with its offset, which is that of the message where it names none itself."""
    stated = _number(places)
    found = _TIME.fullmatch(stated or "")
    if not found:
        return stated
    year, month, day, hour, minute, second, offset = found.groups()
    return f"{year}-{month}-{day} {hour}:{minute}:{second or '00'}{offset or zone}"


def _degree(places: _Places, zone: str) -> str | None:
    return _number(places, zone, 7) or _number(places, zone, 21)


def _remarks(places: _Places, zone: str) -> str | None:
    repeats = (repeat for segment, place in places for repeat in segment.repeats(place))
    return "; ".join(filter(None, (_part(r, 2) or _part(r, 1) for r in repeats))) or None


def _rate(places: _Places, zone: str) -> str | None:
    """An ordered rate with its unit, which stands in the next element."""
    rate = _number(places)
    unit = _unit([(segment, place + 1) for segment, place in places], zone)
    return " ".join(filter(None, (rate, unit))) if rate else None


def _volume(places: _Places, zone: str) -> str | None:
    """An ordered amount whose unit, two elements on, is one of volume."""
    unit = _unit([(segment, place + 2) for segment, place in places], zone) or ""
    amount = _number(places)
    return f"{amount} {unit}" if amount and unit.casefold() in words().volume_units else None


def _part(repeat: Sequence[str], component: int) -> str | None:
    return (repeat[component - 1] if component <= len(repeat) else "") or None


_READERS: dict[str, Callable[[_Places, str], str | None]] = {
    "number": _number,
    "words": _words,
    "record number": _record_number,
    "NDC": _ndc,
    "unit": _unit,
    "route": _route,
    "time": _time,
    "degree": _degree,
    "remarks": _remarks,
    "rate": _rate,
    "volume": _volume,
}
