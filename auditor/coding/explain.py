"""Why the record supports a unit: minutes, segments, administrations, cells, rule, authority."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.authority import authority
from auditor.coding.encounter import supported
from auditor.coding.support import Support, SupportedLine
from auditor.policy import Policy
from auditor.record import Administration, Encounter
from auditor.tables.codes import code as code_entry


def explain_units(encounter: Encounter, code: str, policy: Policy) -> list[str]:
    """The lines of text that explain each supported unit of ``code``, in the order coded.

    Where the record supports none, they say of each administration why it counts as it does.
    """
    support = supported(encounter, policy)
    lines = [line for line in support.lines if line.code == code]
    entry = code_entry(code)
    title = f"{code}, {entry.wording}" if entry else code
    text = [f"{title}: {_units(sum(line.units for line in lines))} supported"]
    for line in lines:
        text.extend(_line(line, support))
    if not lines:
        text.extend(_what_there_is(support))
    return text


def _line(line: SupportedLine, support: Support) -> Iterator[str]:
    access = support.access_sites[line.access] or "first access, site not documented"
    marked = f", modifier {' '.join(line.modifiers)}" if line.modifiers else ""
    yield ""
    yield f"{_units(line.units)} on {line.service_date:%m/%d/%Y} at {access}{marked}"
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
    """The charted segments with their evidence, and the rows that state them."""
    yield f"  {' + '.join(administration.drugs)} ({administration.drug_class})"
    for segment in administration.segments:
        start = f"{segment.start:%m/%d %H:%M}" if segment.start else "no start"
        stop = f"{segment.stop:%m/%d %H:%M}" if segment.stop else "no stop"
        yield f"    charted {start} to {stop}, stop evidence {segment.stop_evidence}"
    for source in administration.sources:
        yield f"    {source}"


def _what_there_is(support: Support) -> Iterator[str]:
    for course in support.courses:
        because = f": {course.because}" if course.because else ""
        yield f"  {course.administration.drug}, {course.technique}, {course.minutes} min{because}"
    for review in support.reviews:
        yield f"  review: {review.administration.drug}: {review.because}"


def _units(count: int) -> str:
    return "1 unit" if count == 1 else f"{count} units"
