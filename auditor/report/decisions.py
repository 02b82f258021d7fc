"""What people decided on earlier worklists, beside the findings of this audit.

Decisions go by finding id, field by field.  Nothing that was typed is dropped: what finds no place
on the worklist stands on a sheet of its own, and where two workbooks differ neither is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from auditor.report.findings import FindingRow
from auditor.report.text import count, listed

Typed = str | int | float | Decimal | date | datetime

NEW, CHANGED, AS_BEFORE, GONE = "new", "changed", "as before", "gone"
CARRIED, REPLACED, CONFLICT, NO_FINDING = "carried", "replaced", "conflict", "no finding"
_CELL = re.compile(r" \[[^\[\]]*\]")  # rows of another export stand elsewhere: no change
_COMPARED = 15_000  # letters; a longer text is cut in the workbook


@dataclass(frozen=True, slots=True)
class Field:
    """A column that people fill in; ``choices`` are those of its drop-down, in letters' order."""

    header: str
    meaning: str
    width: float
    choices: tuple[str, ...] = ()
    is_date: bool = False

    def expects(self, value: Typed) -> bool:
        """Whether the cell's drop-down or date rule would let the value pass."""
        if self.is_date:
            return isinstance(value, date)
        return not self.choices or words(value) in self.choices


DECISION, OUTCOME, AUDITOR, DECIDED_ON, RESPONSE, NOTE, RULING, ROOT_CAUSE = (
    *("Auditor decision", "Review outcome", "Auditor", "Decided on", "Coder response", "Note"),
    *("Manager ruling", "Root cause"),
)
FIELDS = (
    Field(
        DECISION,
        "Whether the auditor agrees with the finding.",
        14,
        ("agree", "disagree", "needs record", "not applicable"),
    ),
    Field(
        OUTCOME,
        "What became of the claim.",
        15,
        ("accepted", "corrected", "partially denied", "denied in full"),
    ),
    Field(AUDITOR, "Who decided.", 14),
    Field(DECIDED_ON, "When.", 11, is_date=True),
    Field(RESPONSE, "The coder's answer.", 14, ("agrees", "disagrees", "needs record")),
    Field(NOTE, "Anything else.", 30),
    Field(RULING, "Where auditor and coder differ.", 14, ("upheld", "overturned", "amended")),
    Field(
        ROOT_CAUSE,
        "Why it happened.",
        18,
        (
            "documentation",
            "form or EHR screen",
            "order",
            "coding",
            "charge set-up",
            "data feed",
            "other",
        ),
    ),
    Field("Education", "Whether teaching follows.", 12, ("not needed", "due", "given")),
    Field(
        "Rebill or refund",
        "What follows for the claim.",
        14,
        ("none", "rebill", "refund", "late charge"),
    ),
    Field("Due", "Until when.", 11, is_date=True),
    Field("Closed", "When it was settled.", 11, is_date=True),
)
_FIELDS = {field.header: field for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Told:
    """What a worklist said of a finding."""

    result: str
    check: str
    encounter: str
    because: str
    evidence: str

    def differences(self, other: Told) -> tuple[str, ...]:
        """In which of result, sentence and evidence the two differ."""
        pairs = (
            ("result", self.result, other.result),
            ("sentence", self.because, other.because),
            ("evidence", _without_cells(self.evidence), _without_cells(other.evidence)),
        )
        return tuple(name for name, one, two in pairs if _compared(one) != _compared(two))


@dataclass(frozen=True, slots=True)
class Decided:
    """One finding on an earlier worklist: what it said, and what was typed, by header.

    ``place`` is its file, sheet and row.  ``state`` is empty on the worklist itself; a row that
    an earlier audit already kept apart says what it was then.
    """

    place: str
    finding_id: str
    told: Told
    typed: Mapping[str, Typed]
    state: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was typed where nothing was asked for: the row or the cell, and its text."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Filled:
    """An earlier workbook, read back.

    ``worklist`` are all its findings, ``kept`` the rows that it kept from audits before it.
    ``removed`` counts the written rows that are gone or changed; ``sealed`` is false where nobody
    can tell what was typed beside the columns for it.
    """

    file: str
    worklist: tuple[Decided, ...]
    kept: tuple[Decided, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    removed: int = 0
    sealed: bool = True

    @property
    def touched(self) -> tuple[str, ...]:
        """The sheets on which somebody typed, now or before an earlier audit."""
        places = [row.place for row in (*self.worklist, *self.kept) if row.typed]
        places += [typed.place for typed in self.elsewhere]
        sheets = dict.fromkeys(place.rsplit(" · ", 2)[-2] for place in places)
        return tuple(sheets) or (("a row that was written is gone",) if self.removed else ())


@dataclass(frozen=True, slots=True)
class Carried:
    """What an audit takes over for one of its findings.

    ``since`` says how the finding stands to the earlier audit, nothing where there was none.
    ``conflicts`` are the columns in which workbooks differ: they stay empty.
    """

    typed: Mapping[str, Typed] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    since: str = ""


NOTHING_CARRIED = Carried()


@dataclass(frozen=True, slots=True)
class Earlier:
    """One row of what was typed before: as it stood, and what became of it."""

    decided: Decided
    became: str
    remark: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of all earlier workbooks, beside the findings of this audit.

    ``carried`` are by finding id.  ``earlier`` is everything that was typed, and each finding that
    is gone; ``elsewhere`` what was typed beside the columns for it.
    """

    files: tuple[str, ...]
    carried: Mapping[str, Carried]
    earlier: tuple[Earlier, ...]
    elsewhere: tuple[Elsewhere, ...]
    unsealed: tuple[str, ...]

    def of(self, finding_id: str) -> Carried:
        """What is taken over for a finding."""
        return self.carried.get(finding_id, NOTHING_CARRIED)

    def count(self, since: str) -> int:
        """How many findings are new, changed, as before, or gone."""
        if since == GONE:
            gone = {row.decided.finding_id for row in self.earlier if row.became == GONE}
            return len(gone)
        return sum(carried.since.startswith(since) for carried in self.carried.values())

    @property
    def conflicts(self) -> int:
        """Findings on which workbooks differ."""
        return sum(bool(carried.conflicts) for carried in self.carried.values())

    @property
    def decided(self) -> int:
        """Findings of this audit with anything typed."""
        return sum(bool(carried.typed) for carried in self.carried.values())

    @property
    def outside(self) -> int:
        """Carried cells that their drop-down or date rule would not let pass."""
        return sum(len(unexpected(carried.typed)) for carried in self.carried.values())

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the command says of them: counts and file names, nothing that was typed."""
        told = [
            f"Decisions of {listed(self.files)}: {count(self.decided, 'finding')} with decisions; "
            f"{self.count(NEW):,} new, {self.count(CHANGED):,} changed, "
            f"{self.count(AS_BEFORE):,} as before, {self.count(GONE):,} gone."
        ]
        if self.conflicts:
            told.append(
                f"Conflicts: the workbooks differ on {count(self.conflicts, 'finding')}; those "
                "cells are empty on the Worklist, and both versions stand on Earlier decisions."
            )
        if self.outside:
            told.append(
                f"Kept as typed: {count(self.outside, 'cell')} outside the drop-downs, marked on "
                "the Worklist and listed on Earlier decisions."
            )
        if self.elsewhere:
            told.append(
                f"Typed beside the yellow columns: {count(len(self.elsewhere), 'row')}, listed on "
                "Earlier decisions."
            )
        told += [
            f"{name} has no seal, so that what was typed beside its yellow columns cannot be told: "
            "keep the file."
            for name in self.unsealed
        ]
        return tuple(told)


def told_of(row: FindingRow) -> Told:
    """What this audit says of a finding."""
    return Told(row.outcome, row.check_title, row.encounter_id, row.because, row.evidence)


def words(value: Typed | None) -> str:
    """A typed value as drop-downs are compared: small letters without outer spaces."""
    return "" if value is None else str(value).strip().casefold()


def unexpected(typed: Mapping[str, Typed]) -> tuple[str, ...]:
    """The columns of the values that their drop-down or date rule would not let pass."""
    return tuple(header for header, value in typed.items() if not _FIELDS[header].expects(value))


def decisions_of(filled: Sequence[Filled], findings: Iterable[FindingRow]) -> Decisions:
    """Join the earlier workbooks with the findings of this audit."""
    versions: dict[str, list[Mapping[str, Typed]]] = {}
    earlier_told: dict[str, list[Told]] = {}
    for book in filled:
        for row in book.worklist:
            if row.finding_id:
                earlier_told.setdefault(row.finding_id, []).append(row.told)
        for row, typed in _speaking(book):
            versions.setdefault(row.finding_id, []).append(typed)
    carried = {}
    for finding in findings:
        key = finding.finding_id
        typed, conflicts = _merged(versions.get(key, ()))
        since = _since(told_of(finding), earlier_told.get(key, ()))
        carried[key] = Carried(typed, conflicts, since)
    return Decisions(
        files=tuple(book.file for book in filled),
        carried=carried,
        earlier=tuple(_earlier(filled, carried)),
        elsewhere=tuple(dict.fromkeys(typed for book in filled for typed in book.elsewhere)),
        unsealed=tuple(book.file for book in filled if not book.sealed),
    )


def _speaking(book: Filled) -> Iterator[tuple[Decided, Mapping[str, Typed]]]:
    """The rows whose values are asked for: the worklist's, and what it could not settle.

    A row kept apart speaks again when its finding comes back, and in the columns of a conflict
    that nobody has settled since.
    """
    worklist = {row.finding_id: row.typed for row in book.worklist}
    for row in book.worklist:
        if row.finding_id and row.typed:
            yield row, row.typed
    for row in book.kept:
        there = worklist.get(row.finding_id)
        if there is None and row.state == GONE:
            yield row, row.typed
        elif there is not None and row.state.startswith(CONFLICT):
            unsettled = [header for header in _conflicts_in(row.state) if header not in there]
            typed = {header: row.typed[header] for header in unsettled if header in row.typed}
            if typed:
                yield row, typed


def _conflicts_in(state: str) -> list[str]:
    return state.removeprefix(f"{CONFLICT}: ").split(", ")


def _merged(versions: Iterable[Mapping[str, Typed]]) -> tuple[dict[str, Typed], tuple[str, ...]]:
    """One value a column, and the columns in which the versions differ."""
    values: dict[str, dict[str, Typed]] = {}
    for typed in versions:
        for header, value in typed.items():
            values.setdefault(header, {}).setdefault(words(value), value)
    conflicts = tuple(header for header in _FIELDS if len(values.get(header, ())) > 1)
    agreed = {h: next(iter(found.values())) for h, found in values.items() if len(found) == 1}
    return agreed, conflicts


def _since(told: Told, earlier: Sequence[Told]) -> str:
    if not earlier:
        return NEW
    differing = [told.differences(before) for before in earlier]
    return AS_BEFORE if () in differing else f"{CHANGED}: {listed(differing[-1])}"


def _earlier(filled: Sequence[Filled], carried: Mapping[str, Carried]) -> Iterator[Earlier]:
    """Everything typed, each version once, and what became of it."""
    seen = set()
    for book in filled:
        speaking = {id(row) for row, _ in _speaking(book)} | {id(row) for row in book.worklist}
        rows = [*book.worklist, *(row for row in book.kept if row.typed)]
        for row in sorted(rows, key=lambda row: id(row) not in speaking):  # stable
            key = (row.finding_id, row.told, tuple(row.typed.items()))
            gone = bool(row.finding_id) and row.finding_id not in carried
            if key not in seen and (row.typed or gone):
                seen.add(key)
                yield _became(row, id(row) in speaking, carried)


def _became(row: Decided, speaks: bool, carried: Mapping[str, Carried]) -> Earlier:
    remarks = []
    now = carried.get(row.finding_id)
    if not row.finding_id:
        became = NO_FINDING
    elif now is None:
        became = GONE if speaks else REPLACED
    else:
        conflicts = [header for header in now.conflicts if header in row.typed]
        same = all(words(now.typed.get(header)) == words(row.typed[header]) for header in row.typed)
        if conflicts and speaks:
            became = f"{CONFLICT}: {', '.join(conflicts)}"
        else:
            became = CARRIED if same else REPLACED
        remarks.append(f"finding {now.since}")
    outside = unexpected(row.typed)
    if outside:
        remarks.append(f"outside the drop-down: {listed(outside)}")
    return Earlier(row, became, "; ".join(remarks))


def _without_cells(text: str) -> str:
    return _CELL.sub("", text)


def _compared(text: str) -> str:
    return " ".join(text.split())[:_COMPARED]
