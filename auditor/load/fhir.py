"""FHIR R4 files → administrations, orders, encounters and claim lines.

The resources may be of any types, mixed and over several files; what others refer to is looked up
once all files are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditor.load.fhir_json import Resource, entries
from auditor.load.fhir_paths import Link, Told, first, first_node, target
from auditor.load.fhir_rows import KINDS, Facts, Row, facts, left
from auditor.load.grid import Grid, standards
from auditor.load.layout import Left
from auditor.load.ledger import Problems
from auditor.load.read import RawSheet, UnreadableFile

_DEEPEST = 8  # references from one resource to the next


@dataclass(slots=True)
class _Held:
    """The rows that one resource makes, until all files are read."""

    place: str
    kind: str
    numbers: list[int]
    rows: list[Row]
    updated: str
    left: Left | None


class FhirFiles:
    """All FHIR files of a load: a sheet for each type of resource in each file."""

    def __init__(self, problems: Problems) -> None:
        """No file yet; what is passed over goes to ``problems``."""
        self.problems = problems
        self._facts: dict[str, Facts] = {}
        self._names: dict[str, str] = {}
        self._files: dict[tuple[str, str], list[_Held]] = {}
        self._versions: dict[str, list[_Held]] = {}
        self._explained: dict[str, str] = {}
        self._items: dict[tuple[str, str], int] = {}

    def read(self, name: str, text: str) -> None:
        """Take the resources of one file; UnreadableFile where there are none."""
        found = False
        for number, url, resource in entries(name, text, self.problems):
            found = True
            kind = resource["resourceType"]
            identity = f"{kind}/{first(resource, 'id') or f'{name} {number}'}"
            if url is not None:
                self._names[target({"reference": url}) or url] = identity
            if kind in KINDS:
                self._hold(name, number, identity, resource)
            if kind in KINDS or kind in standards()["fhir"]["referred_to"]:
                self._facts[identity] = facts(resource)
            else:
                told = kind if kind in standards()["fhir"]["known"] else "other"
                self.problems.count(
                    name, f"{told} resources, which are not needed", f"entry {number}"
                )
        if not found:
            raise UnreadableFile(f"{name}: is JSON, but no FHIR resource (resourceType) is in it.")

    def sheets(self) -> list[RawSheet]:
        """The sheets, with every reference followed and earlier versions told apart."""
        for versions in self._versions.values():
            *earlier, last = sorted(versions, key=lambda held: held.updated)
            for held in earlier:
                held.left = held.left or Left("superseded", f"a later version is {last.place}")
        for identity, place in self._explained.items():
            for held in self._versions.get(self._names.get(identity, identity), ()):
                held.left = held.left or Left("superseded", f"said again with payment by {place}")
        sheets = []
        for (file, kind), resources in self._files.items():
            grid = Grid(KINDS[kind].rows, standards()["fhir"][KINDS[kind].rows])
            for held in resources:
                for number, row in zip(held.numbers, held.rows, strict=True):
                    at = grid.add(number, {name: self._said(told) for name, told in row.items()})
                    if held.left is not None:
                        grid.leave(at, held.left)
            if len(grid):
                sheets.append(grid.sheet(file, f"{kind} items" if KINDS[kind].many else kind))
        return sheets

    def _hold(self, name: str, number: int, identity: str, resource: Resource) -> None:
        kind = resource["resourceType"]
        listed = self._files.setdefault((name, kind), [])
        rows = list(KINDS[kind].read(resource))
        numbers = [number]
        if KINDS[kind].many:  # several rows of one entry: the items are counted through the file
            before = self._items.get((name, kind), 0)
            self._items[name, kind] = before + len(rows)
            numbers = [before + place for place in range(1, len(rows) + 1)]
        updated = first(resource, "meta.lastUpdated") or ""
        held = _Held(
            f"{name} · {kind} · entry {number}", kind, numbers, rows, updated, left(resource)
        )
        listed.append(held)
        self._versions.setdefault(identity, []).append(held)
        explained = target(first_node(resource, "claim"))
        if kind == "ExplanationOfBenefit" and explained and held.left is None:
            self._explained[explained] = held.place

    def _said(self, told: Told, depth: int = 0) -> str | None:
        """What a field says, with its references followed."""
        if not isinstance(told, Link):
            return told
        known = self._facts.get(self._names.get(told.target, told.target))
        if known is None or depth == _DEEPEST:
            return told.otherwise
        fact: Told = _place_at(known, told.at) if told.fact == "place" else known.get(told.fact)
        return self._said(fact, depth + 1) or told.otherwise


def _place_at(known: Facts, at: str | None) -> Told:
    """Where a patient was at a time, by the places of the stay."""
    places: list[tuple[str | None, str | None, Told]] = known.get("places", [])
    moment = _instant(at)
    for start, end, name in places if moment else ():
        begun, ended = _instant(start), _instant(end)
        if begun and moment and begun <= moment and (ended is None or moment < ended):
            return name
    return places[0][2] if len(places) == 1 and not places[0][0] else None


def _instant(text: str | None) -> datetime | None:
    """A time that names its offset."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
