"""Which kind a sheet is and which column states which field, guessed from names and values.

The name decides; the values only lower the score, and settle which of two fields of the same name
is meant.  What the profile says is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from auditor.load.cells import Cells
from auditor.load.moments import Unread, shape_of
from auditor.load.profile import GUESSED, IGNORED, Profile
from auditor.load.values import Code, hcpcs, looks_like
from auditor.load.vocabulary import Field, Kind, key, kinds, noise, tokens
from auditor.tables.codes import ADMINISTRATION_CODES

LOOKED_AT = 200  # distinct values of a column that are tried
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BOX = re.compile(
    r"(?P<fl>FL[\s.#-]*)?0?(?P<number>\d{1,2}[ab]?)[\s.:#-]+(?=[A-Za-z])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Match:
    """A field that a column may state, with the score from 0 to 1 of name and values together.

    ``weak``: its name alone does not tell.  ``rank`` is the place of the header in the profile,
    where the profile says what it states.
    """

    field: Field
    score: float
    weak: bool = False
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How one table is read: its kind, its score, and for each column number its match.

    ``constants`` are fields that no column needs to state, because the profile does.
    """

    kind: Kind
    score: float
    columns: Mapping[int, Match]
    constants: frozenset[str] = frozenset()

    def of(self, name: str) -> list[int]:
        """The columns that state a field, from left to right."""
        return sorted(n for n, match in self.columns.items() if match.field.name == name)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that some column states, or the profile."""
        return self.constants | {match.field.name for match in self.columns.values()}

    @property
    def missing(self) -> list[tuple[str, ...]]:
        """The groups of required fields of which no column states any."""
        return [group for group in self.kind.requires if not self.fields & set(group)]


class Headers:
    """The headers that the fields are known by, the profile's own first."""

    def __init__(self, profile: Profile) -> None:
        """Take the shipped names and those of ``profile``."""
        self._own = {
            kind: {key(header): field for header, field in headers.items()}
            for kind, headers in profile.columns.items()
        }
        self._own_keys = {header for headers in self._own.values() for header in headers}
        self._constants = {kind: frozenset(fields) for kind, fields in profile.constants.items()}

    def is_name(self, text: str) -> bool:
        """Whether a cell reads like the header of any field."""
        return key(text) in self._own_keys or _is_known(text)

    def constants(self, kind: Kind) -> frozenset[str]:
        """The fields of which the profile says that every row of the kind has the same."""
        return self._constants.get(kind.name, frozenset())

    def matches(self, kind: Kind, header: str) -> list[Match]:
        """The fields that a header may mean in a kind, each with the score of its name."""
        own = self._own.get(kind.name, {})
        field = own.get(key(header), GUESSED)
        if field == IGNORED:
            return []
        if field != GUESSED:
            return [Match(kind.fields[field], 1.0, rank=list(own).index(key(header)))]
        return _matches(kind.name, header)


def map_table(
    headers: Mapping[int, str], columns: Mapping[int, Cells], names: Headers, kind: Kind
) -> Reading:
    """The best reading of a table as ``kind``: each column at most one field, best scores first.

    What the profile says comes first, in its order, whatever the values look like.
    """
    offers = sorted(
        (
            (match.score * _fit(match, columns[number]), number, match.field, match.rank)
            for number, header in headers.items()
            for match in names.matches(kind, header)
            if not match.weak or _bills_administration(columns[number])
        ),
        key=lambda offer: (_place(offer[3]), -offer[0], offer[1], offer[2].name),
    )
    chosen: dict[int, Match] = {}
    stated: dict[str, list[int]] = {}
    for score, number, field, rank in offers:
        others = stated.setdefault(field.name, [])
        parts = field.type == "time" and len(others) == 1
        together = field.many or (parts and are_parts(columns[others[0]], columns[number]))
        if number not in chosen and (not others or together):
            chosen[number] = Match(field, round(score, 2), rank=rank)
            others.append(number)
    named = sum(match.score for match in chosen.values())
    score = round(named / max(1, len(headers)), 2)
    return Reading(kind, score, dict(sorted(chosen.items())), names.constants(kind))


def best_kind(
    headers: Mapping[int, str], columns: Mapping[int, Cells], names: Headers
) -> Reading | None:
    """The kind that has all it requires and recognises most columns.

    Where none has, the one that recognises most if it comes near, to say what it lacks; else
    ``None``.
    """
    readings = [map_table(headers, columns, names, kind) for kind in kinds().values()]
    complete = [reading for reading in readings if not reading.missing]
    if complete:
        read = max(complete, key=lambda reading: reading.score)
        if _has_lost_its_actions(read, columns):
            return next(reading for reading in readings if reading.kind.name == "mar_event")
        return read
    best = max(readings, key=lambda reading: reading.score)
    near = len(best.columns) >= 3 and best.score >= 0.4 and len(best.missing) == 1
    return best if near else None


def _has_lost_its_actions(reading: Reading, columns: Mapping[int, Cells]) -> bool:
    """Whether rows that each would be an administration are actions charted of the same bags.

    Without a column of stops a bag stands in one row; what is charted of it in several rows is its
    start, its rates and its stop, and which is which only the actions tell.
    """
    if reading.kind.name != "administration" or "stop" in reading.fields:
        return False
    for number in reading.of("bag_id"):
        filled = int((~columns[number].blank).sum())
        return len(columns[number].distinct()) < 0.9 * filled
    return False


@lru_cache(maxsize=10_000)
def _is_known(text: str) -> bool:
    return any(_matches(kind, text) for kind in kinds())


@lru_cache(maxsize=10_000)
def _matches(kind: str, header: str) -> list[Match]:
    """The fields of a header, looked up by the whole text first and by its bare words last.

    A trailing number, or a letter after one, counts the columns of a field that has several, such
    as ``Mod 1`` and ``FL 67A``.  A box of the UB-04 may stand before its label: ``42 REV. CD.``.
    """
    without_aside = _ASIDE.sub(" ", header)
    whole = key(without_aside)
    bare = "".join(word for word in tokens(without_aside) if word not in noise())
    known = _known(kind)
    for spelling, score in ((key(header), 1.0), (whole, 0.95), (bare, 0.9)):
        if spelling in known:
            return [
                Match(field, score, spelling in map(key, field.weak)) for field in known[spelling]
            ]
    numbered = known.get(re.sub(r"\d+$|(?<=\d)[a-z]$", "", whole), ())
    return [Match(field, 0.95) for field in numbered if field.many] or _in_a_box(kind, header)


def _in_a_box(kind: str, header: str) -> list[Match]:
    """The fields of a label behind the number of a box; both must agree without ``FL`` before."""
    box = _BOX.match(header)
    if box is None:
        return []
    by_box = {field.name for field in _known(kind).get(key(f"fl{box['number']}"), ())}
    by_label = _matches(kind, header[box.end() :])
    if box["fl"]:
        return by_label or [Match(kinds()[kind].fields[name], 0.9) for name in sorted(by_box)]
    return [match for match in by_label if match.field.name in by_box]


@cache
def _known(kind: str) -> dict[str, tuple[Field, ...]]:
    """The fields of a kind by the keys of their headers."""
    known: dict[str, tuple[Field, ...]] = {}
    for field in kinds()[kind].fields.values():
        for spelling in dict.fromkeys(map(key, (field.name, *field.names, *field.weak))):
            known[spelling] = (*known.get(spelling, ()), field)
    return known


def are_parts(one: Cells, other: Cells) -> bool:
    """Whether one column has only dates and the other only times of day."""
    shapes = {shape_of(column.distinct(LOOKED_AT)) for column in (one, other)}
    return shapes == {"date", "time"}


def _bills_administration(column: Cells) -> bool:
    """Whether all first values read like HCPCS codes, and one is of drug administration.

    The numbers of a hospital's own charge list may read like codes too.
    """
    codes = [hcpcs(value) for value in column.distinct(LOOKED_AT)]
    return not any(isinstance(code, Unread) for code in codes) and any(
        isinstance(code, Code) and code.hcpcs in ADMINISTRATION_CODES for code in codes
    )


def _place(rank: int | None) -> float:
    """What the profile says goes before every guess."""
    return float("inf") if rank is None else rank


def _fit(match: Match, column: Cells) -> float:
    """How far the first values read like the field: 1 all of them or not guessed, ½ none."""
    values = column.distinct(LOOKED_AT) if match.rank is None else []
    if not values:
        return 1.0
    return 0.5 + 0.5 * sum(looks_like(match.field.type, value) for value in values) / len(values)
