"""What only a person can say of the files: changed headers, words, and columns that are wanted.

Each point is settled by lines of the profile.  On a terminal they are asked for; elsewhere the
points are refused with the lines to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from auditor.load.entries import is_a_word, known_actions
from auditor.load.errors import InputError
from auditor.load.profile import IGNORED, Profile
from auditor.load.read import column_letter
from auditor.load.rows import Found
from auditor.load.samples import samples
from auditor.load.shapes import actions_of
from auditor.load.toml_lines import line
from auditor.load.vocabulary import key, kinds, superseding


@dataclass(frozen=True, slots=True)
class Changed:
    """The headers of a kind of sheet are not those of a complete profile.

    ``added`` and ``gone`` hold each header with the field that it states, or with ``"ignore"``.
    """

    where: tuple[str, ...]
    kind: str
    added: Mapping[str, str]
    gone: Mapping[str, str]

    @property
    def section(self) -> str:
        """Where in the profile the lines belong."""
        return f"columns.{self.kind}"

    @property
    def diff(self) -> list[str]:
        """The lines to take out, with a minus, and to write, with a plus."""
        return [
            *(f"- {line(header, field)}" for header, field in self.gone.items()),
            *(f"+ {line(header, field)}" for header, field in self.added.items()),
        ]

    @property
    def sentence(self) -> str:
        """What has changed, and how the profile would say so."""
        lines = "".join(f"\n    {one}" for one in self.diff)
        return (
            f"{', '.join(self.where)}: the headers of {kinds()[self.kind].words} are not those of "
            f"the profile. If the lines with + are right, write them under [{self.section}] and "
            f"take out those with -:{lines}"
        )


@dataclass(frozen=True, slots=True)
class Words:
    """Charted action words of a sheet that nobody has classed, each with its number of rows.

    ``hidden`` rows have a text that may name a patient and is not shown; ``first`` is the cell of
    the first.
    """

    where: str
    counts: Mapping[str, int]
    hidden: int = 0
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sheet looks like a kind, and no column states any of ``group``, of which it needs one.

    ``unused`` are the headers that might, each with sample values.
    """

    where: str
    kind: str
    group: tuple[str, ...]
    unused: Mapping[str, tuple[str, ...]]


Point = Changed | Words | Wanted
Ask = Callable[[Sequence[Point]], Profile]


def open_points(tables: Sequence[tuple[Found, Profile]], profile: Profile) -> list[Point]:
    """Everything that a person should say before the tables are read, sheet by sheet."""
    known = known_actions(actions_of([profile, *(shaped for _, shaped in tables)]))
    points: list[Point] = [*changed([found for found, _ in tables], profile)]
    for found, shaped in tables:
        points += _wanted(found)
        points += _words(found, shaped, known)
    return points


def refuse_changes(points: Iterable[Point]) -> None:
    """InputError where headers have changed and nobody can be asked."""
    changes = [point.sentence for point in points if isinstance(point, Changed)]
    if changes:
        raise InputError(changes)


def name_of(found: Found) -> str:
    """File and sheet, as a source prints them."""
    raw = found.raw
    return f"{raw.file} · {raw.sheet}" if raw.sheet else raw.file


@dataclass(slots=True)
class _Seen:
    """The headers of one kind in all its sheets: the field of each, by its key."""

    where: list[str] = field(default_factory=list)
    headers: dict[str, tuple[str, str]] = field(default_factory=dict)


def changed(tables: Sequence[Found], profile: Profile) -> list[Changed]:
    """The kinds of which some header is new, or some header of the profile is nowhere.

    A kind that no file of this month has is no change.
    """
    if not profile.complete:
        return []
    seen: dict[str, _Seen] = {}
    for found in tables:
        if found.reading is None:
            continue
        of_kind = seen.setdefault(found.reading.kind.name, _Seen())
        of_kind.where.append(name_of(found))
        for place, header in found.table.headers.items():
            match = found.reading.columns.get(place)
            of_kind.headers.setdefault(
                key(header), (header, match.field.name if match else IGNORED)
            )
    changes = []
    for kind, of_kind in seen.items():
        own = {key(header): (header, said) for header, said in profile.own_columns[kind].items()} \
            if kind in profile.own_columns else {}  # fmt: skip
        added = dict(of_kind.headers[name] for name in of_kind.headers if name not in own)
        gone = dict(own[name] for name in own if name not in of_kind.headers)
        if added or gone:
            changes.append(Changed(tuple(of_kind.where), kind, added, gone))
    return changes


def _wanted(found: Found) -> list[Wanted]:
    reading = found.reading
    if reading is None:
        return []
    unused = {
        header: samples(found.columns[place], None)
        for place, header in found.table.headers.items()
        if place not in reading.columns
    }
    return [Wanted(name_of(found), reading.kind.name, group, unused) for group in reading.missing]


def _words(found: Found, shaped: Profile, known: Mapping[str, str]) -> list[Words]:
    """The action words that are in no table, most frequent first."""
    reading = found.reading
    if reading is None or reading.missing:
        return []
    said = shaped.values.get(reading.kind.name, {}).get("action", {})
    fine = {*known, *superseding(), *map(key, said)}
    rows: dict[str, list[int]] = {}
    for place in reading.of("action"):
        cells = found.columns[place]
        for row in np.flatnonzero(cells.where(lambda text: key(text) not in fine)).tolist():
            rows.setdefault(str(cells.at(row)), []).append(row)
    owners = _owners(found)
    shown = {
        text: len(of) for text, of in rows.items() if is_a_word(text, {owners(row) for row in of})
    }
    hidden = sorted(row for text, of in rows.items() if text not in shown for row in of)
    in_order = dict(sorted(shown.items(), key=lambda one: (-one[1], one[0])))
    if not rows:
        return []
    first = None
    if hidden:
        letter = column_letter(reading.of("action")[0])
        first = f"{letter}{int(found.table.records[hidden[0]]) + 1}"
    return [Words(name_of(found), in_order, len(hidden), first)]


def _owners(found: Found) -> Callable[[int], object]:
    """Whose a row is, by the first number that it has."""
    assert found.reading is not None
    places = [
        place for name in ("patient_id", "account_id", "encounter_id")
        for place in found.reading.of(name)
    ]  # fmt: skip
    columns = [found.columns[place] for place in places]
    return lambda row: next(filter(None, (cells.at(row) for cells in columns)), None)
