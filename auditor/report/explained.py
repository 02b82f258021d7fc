"""Each supported unit led back to its cells: minutes, segments, administrations, order, rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.coding.support import SupportedLine
from auditor.record import Administration, Encounter
from auditor.report.case import Case
from auditor.report.defence import order_words
from auditor.report.example import numbers_of
from auditor.report.findings import drug_words, rows_words
from auditor.report.segments import SegmentRow, segment_rows
from auditor.report.text import day, moment, printable, sentence_case
from auditor.tables.codes import code as code_entry
from auditor.verdict import cell_of


@dataclass(frozen=True, slots=True)
class Stretch:
    """One charted segment beside what counts of it, its cells and its order.

    A push has no minutes.
    """

    drug: str
    charted: str
    evidence: str
    counted: str
    minutes: str
    left_out: str
    cells: str
    order: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Supported lines of one code and one reason: why, by which rule and texts, from what."""

    title: str
    because: str
    rule: str
    texts: tuple[int, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Idle:
    """What was given and stands behind no unit, and why."""

    given: str
    because: str
    rule: str
    rows: str


def explained_lines(case: Case, texts: Mapping[str, int]) -> tuple[Explained, ...]:
    """Every supported unit in the order of the hierarchy; ``texts`` number the authorities.

    Lines that differ in nothing but what was given stand together.
    """
    alike: dict[tuple[object, ...], list[SupportedLine]] = {}
    for line in case.support.lines:
        key = (line.code, line.modifiers, line.access, line.service_date, line.because, line.rule)
        alike.setdefault(key, []).append(line)
    segments = segment_rows(case)
    return tuple(_explained(lines, case, segments, texts) for lines in alike.values())


def idle_administrations(case: Case) -> tuple[Idle, ...]:
    """The administrations behind no supported line."""
    support = case.support
    behind = {id(given) for line in support.lines for given in line.administrations}
    idle = []
    for course in support.courses:
        given = course.administration
        if id(given) in behind:
            continue
        because = course.because or f"counted as {course.technique}, it earns no unit of its own"
        if given in support.undetermined:
            because = "nobody has classified the drug, so what it supports is not known"
        when = _charted(moment(given.start), moment(given.stop))
        idle.append(
            Idle(
                printable(f"{drug_words(given)}, {when}"),
                printable(sentence_case(because)),
                course.rule,
                rows_words(given.sources),
            )
        )
    return tuple(idle)


def _explained(
    lines: Sequence[SupportedLine],
    case: Case,
    segments: Iterable[SegmentRow],
    texts: Mapping[str, int],
) -> Explained:
    line = lines[0]
    entry = code_entry(line.code)
    code = "-".join((line.code, *line.modifiers))
    service = f", {entry.wording}" if entry else ""
    access = case.support.access_sites[line.access] or "first access, site not in the data given"
    mine = {id(given) for one in lines for given in one.administrations}
    units = sum(one.units for one in lines)
    return Explained(
        printable(f"{code} × {units} on {day(line.service_date)}, {access}{service}"),
        printable(sentence_case(line.because)),
        line.rule,
        numbers_of(line.authorities, texts),
        tuple(
            _stretch(row, case.encounter)
            for row in segments
            if id(row.course.administration) in mine
        ),
    )


def _stretch(row: SegmentRow, encounter: Encounter) -> Stretch:
    given, segment = row.course.administration, row.segment
    pointed = segment.start is not None and segment.stop is None
    counted = ""
    if row.counted_from is not None:
        counted = _charted(moment(row.counted_from), moment(row.counted_to))
    return Stretch(
        printable(f"{drug_words(given)} ({given.drug_class})"),
        _charted(moment(segment.start), moment(segment.stop)),
        row.course.technique if pointed else segment.stop_evidence.words,
        counted,
        str(row.counted_minutes) if counted else "",
        printable(row.clipped),
        printable(_cells(given)),
        printable(order_words(given, encounter)),
    )


def _cells(given: Administration) -> str:
    """The cells of start and stop, or the rows where no cell states them."""
    named = {
        cell_of(given, name): word
        for name, word, at in (("stop", "stop", given.stop), ("start", "start", given.start))
        if at is not None
    }
    told = [f"{word} {cell}" for cell, word in reversed(named.items()) if cell]
    return "; ".join(told) or rows_words(given.sources)


def _charted(start: str, stop: str) -> str:
    if not stop:
        return start or "no charted time"
    return f"{start or 'no start'} to {stop[11:] if start and start[:10] == stop[:10] else stop}"
