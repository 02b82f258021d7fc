"""Why the record supports a unit: minutes, segments, administrations, cells, rule, authority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from auditor.authority import authority
from auditor.coding.claim import in_units
from auditor.coding.encounter import supported
from auditor.coding.support import Course, Support, SupportedLine
from auditor.policy import Policy
from auditor.record import Administration, Encounter, Source, StopEvidence
from auditor.tables.codes import code as code_entry
from auditor.tables.codes import current

COMPUTED = "stops computed from start, charted rate and volume (grade C)"
_TIMES = {"start": "start", "stop": "stop", "taken_at": "time"}  # fields that state one


def explain_units(encounter: Encounter, code: str, policy: Policy) -> list[str]:
    """The lines of text that explain each supported unit of ``code``, in the order coded.

    Where the record supports none, they say of each administration what it supports instead, or
    why it supports nothing.  A deleted code is explained as the one that took its place.
    """
    support = supported(encounter, policy)
    number = current(code)
    lines = _lines(number, support)
    entry = code_entry(number)
    title = f"{number}, {entry.wording}" if entry else number
    replaced = f" (for {code})" if number != code else ""
    text = [f"{title}{replaced}: {in_units(support.units(number))} supported, policy {policy.name}"]
    for line in lines:
        text.extend(_line(line, support))
    if not lines:
        text.extend(_what_there_is(support))
    alternative = with_computed_stops(encounter, policy)
    if alternative is not None:
        text.extend(["", f"Not counted: with {COMPUTED}"])
        text.append(f"{in_units(alternative.units(number))} of {number} would be supported")
        for line in _lines(number, alternative):
            text.extend(_line(line, alternative))
    return text


def with_computed_stops(encounter: Encounter, policy: Policy) -> Support | None:
    """What would be supported if computed stops counted: an alternative, never mixed in (T-14).

    ``None`` where the policy accepts them anyway, or where they would change nothing.
    """
    computed = StopEvidence.COMPUTED
    if computed in policy.accepted_stop_evidence or not any(
        segment.stop_evidence is computed
        for administration in encounter.administrations
        for segment in administration.segments
    ):
        return None
    accepting = replace(policy, accepted_stop_evidence=policy.accepted_stop_evidence | {computed})
    alternative = supported(encounter, accepting)
    same = units_in_words(alternative) == units_in_words(supported(encounter, policy))
    return None if same else alternative


def units_in_words(support: Support) -> str:
    """All supported units by code and modifier, such as ``96365, 96366 × 2``."""
    units: Counter[str] = Counter()
    for line in support.lines:
        units["-".join((line.code, *line.modifiers))] += line.units
    told = (f"{code} × {n}" if n > 1 else code for code, n in sorted(units.items()))
    return ", ".join(told) or "nothing"


def _lines(code: str, support: Support) -> list[SupportedLine]:
    return [line for line in support.lines if line.code == code]


def _line(line: SupportedLine, support: Support) -> Iterator[str]:
    access = support.access_sites[line.access] or "first access, site not documented"
    marked = f", modifier {' '.join(line.modifiers)}" if line.modifiers else ""
    yield ""
    yield f"{in_units(line.units)} on {line.service_date:%m/%d/%Y} at {access}{marked}"
    yield f"  {line.because}"
    for start, stop in line.counted:
        minutes = int(stop.timestamp() - start.timestamp()) // 60
        yield f"  counted {start:%m/%d %H:%M} to {stop:%m/%d %H:%M}, {minutes} min"
    for administration in line.administrations:
        yield from _administration(administration)
    yield f"  rule: coding rules, section {line.rule}"
    for key in line.authorities:
        yield f"  authority: {authority(key).citation}"


def _administration(administration: Administration) -> Iterator[str]:
    """The charted segments with their evidence, and the cells that state them."""
    yield f"  {' + '.join(administration.drugs)} ({administration.drug_class})"
    for segment in administration.segments:
        start = f"{segment.start:%m/%d %H:%M}" if segment.start else "no start"
        stop = f"{segment.stop:%m/%d %H:%M}" if segment.stop else "no stop"
        yield f"    charted {start} to {stop}, stop evidence {segment.stop_evidence}"
    for source in administration.sources:
        yield f"    {_cells(source)}"


def _cells(source: Source) -> str:
    """The cells of a row that state a time, each once, or the row where it has no such column.

    In a sheet of charted actions one cell is the start of one row and the stop of another.
    """
    named = {
        source.cell(name): word for name, word in _TIMES.items() if name in source.sheet.columns
    }
    return ", ".join(f"{word} in {cell}" for cell, word in named.items()) or str(source)


def _what_there_is(support: Support) -> Iterator[str]:
    """Each administration with what it supports instead, or why it supports nothing."""
    for course in support.courses:
        yield ""
        yield from _administration(course.administration)
        yield from _instead(course, support)
        for review in support.reviews:
            if review.administration is course.administration:
                yield f"  review: {review.because} (section {review.rule})"


def _instead(course: Course, support: Support) -> Iterator[str]:
    counts = f"{course.technique}, {course.minutes} min"
    lines = [line for line in support.lines if course.administration in line.administrations]
    for line in lines:
        yield f"  {counts}, supports {line.code}: {line.because}"
        yield f"  rule: coding rules, section {line.rule}"
    if not lines:
        because = course.because or "it earns no unit"
        yield f"  {counts}, supports nothing: {because}"
        yield f"  rule: coding rules, section {course.rule}"
