"""A worked example: one encounter on one page, and in words what the page leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import TypeVar

from auditor.money import Impact
from auditor.record import Encounter
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows
from auditor.report.figure import Figure, timeline_figure
from auditor.report.findings import (
    FindingRow,
    administrations_of,
    evidence_words,
    finding_row,
    worklist_order,
)
from auditor.report.lettering import wrapped
from auditor.report.money import effects_of, price_words
from auditor.report.parties import PARTY_WORDS, mender_of, origin_of
from auditor.report.text import count, dollars, listed, moment, printable, sentence_case
from auditor.report.timeline import draw
from auditor.run import Finding

# What stands on a page, in points, as report.css has it; a line is reckoned too long rather than
# too short, because the fonts differ from machine to machine.
PAGE = 655.0
WIDTH = 500.0
_TABLE, _TABLE_HEAD = 190.0, 40.0  # of the claim's table at most, without and for its heading
_ROWS = 260.0  # pixels, of the timeline's rows at most
_FRAME = 44.0  # the heading of the findings, and the sentence of what is left out
_MOST_FACTS = 6  # of one finding's evidence
_MOST_REVIEWS = 3
_MOST_TITLES = 3  # of what an example shows
SMALL, _LINE = 8.5, 11.7
_POINTS = 0.75  # to a pixel

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words; ``texts`` are the numbers of its authorities in the report's table.

    ``evidence`` has its first facts, ``mender`` who gives the cure.
    """

    row: FindingRow
    evidence: str
    responsible: str
    mender: str
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One encounter as the report works it through.

    ``shows`` are its checks with deficiencies, ``further`` says what has no room.
    """

    encounter_id: str
    shows: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    rows: tuple[tuple[ClaimRow, tuple[int, ...]], ...]
    money: tuple[str, ...]
    findings: tuple[Told, ...]
    reviews: tuple[str, ...]
    further: str


def example_of(case: Case, texts: Mapping[str, int]) -> Example:
    """The page of an encounter; ``texts`` number the authorities by id."""
    findings = [
        *worklist_order(case.findings),
        *worklist_order(case.undetermined),
        *worklist_order(case.notes),
    ]
    concerned = [
        given for finding in case.findings for given in administrations_of(finding.verdict)
    ]
    facts = facts_of(case.encounter)
    pictures = draw(case.encounter, case.support, room=_ROWS, first=concerned)
    figures = tuple(map(timeline_figure, pictures))
    money = money_sentences(case.impact)
    reviews = list(dict.fromkeys(printable(review.because) for review in case.support.reviews))

    free = PAGE - 30 - 15 * ceil(len(facts) / 2)
    free -= sum(
        picture.height * _POINTS + 24 + height_of(" ".join(picture.notes), WIDTH)
        for picture in pictures
    )
    free -= sum(height_of(sentence, WIDTH) + 4 for sentence in money)
    told_reviews = reviews[:_MOST_REVIEWS]
    if reviews:
        free -= 26 + sum(height_of(review, WIDTH - 16) + 4 for review in told_reviews)

    rows = sorted(administration_rows(case), key=lambda row: not row.mark)
    numbered = [(row, numbers_of(row.authorities, texts)) for row in rows]
    if rows:
        free -= _TABLE_HEAD
    room = min(_TABLE, free / 2)
    shown, left = as_many(numbered, room, _row_height)
    free -= room - left
    effects = effects_of([case])
    told = [
        told_of(finding, effects, texts, _MOST_FACTS) for finding in _each_check_first(findings)
    ]
    told_here, _ = as_many(told, free - _FRAME, _told_height)
    return Example(
        encounter_id=printable(case.encounter.encounter_id),
        shows=_titles(case.findings),
        facts=facts,
        figures=figures,
        rows=tuple(sorted(shown, key=lambda entry: entry[0].code)),
        money=money,
        findings=tuple(told_here),
        reviews=tuple(told_reviews),
        further=_further(
            (len(rows) - len(shown), "code", "the workbook’s Claim lines"),
            (len(told) - len(told_here), "result", "its Worklist"),
            (len(reviews) - len(told_reviews), "question", "audit.json"),
        ),
    )


def _titles(findings: Iterable[Finding]) -> str:
    titles = list(dict.fromkeys(finding.check.title for finding in worklist_order(findings)))
    if len(titles) > _MOST_TITLES + 1:  # one more is not worth counting
        titles[_MOST_TITLES:] = [count(len(titles) - _MOST_TITLES, "further check")]
    return "; ".join(titles)


def _each_check_first(findings: Iterable[Finding]) -> list[Finding]:
    """The first finding of every check, then the rest."""
    seen: Counter[str] = Counter()
    ordered = []
    for finding in findings:
        ordered.append((seen[finding.check.id], finding))
        seen[finding.check.id] += 1
    return [finding for _, finding in sorted(ordered, key=lambda entry: min(entry[0], 1))]


def as_many(
    things: Sequence[_T], room: float, height: Callable[[_T], float]
) -> tuple[list[_T], float]:
    """The things that have room in their order, one at least, and the room that is left."""
    kept: list[_T] = []
    for thing in things:
        needed = height(thing)
        if kept and needed > room:
            break
        room -= needed
        kept.append(thing)
    return kept, room


def height_of(text: str, width: float) -> float:
    """What a small text takes of the page, in points."""
    return len(wrapped(text, width, SMALL, 99)) * _LINE


def _row_height(entry: tuple[ClaimRow, tuple[int, ...]]) -> float:
    row, _ = entry
    cells = ((row.billed_as, 0.12), (row.mark, 0.17), (row.cause or row.rule, 0.37))
    return max(height_of(text, share * WIDTH - 6) for text, share in cells) + 6


def _told_height(told: Told) -> float:
    row = told.row
    line = f"Cure: {row.cure}, by {told.mender}. Arose with {told.responsible}. Authority: 00, 00."
    texts = (f"{row.check_title} deficient high", row.because, told.evidence, f"{line} Finding F.")
    return sum(height_of(text, WIDTH - 20) + 2 for text in texts if text) + 8


def told_of(
    finding: Finding,
    effects: Mapping[str, Decimal],
    texts: Mapping[str, int],
    most: int | None = None,
) -> Told:
    """A finding in words, with all its facts or ``most`` of them."""
    facts = [printable(evidence_words(fact)) for fact in finding.verdict.evidence]
    if most is not None and len(facts) > most + 1:  # one more is not worth counting
        facts[most:] = [f"{count(len(facts) - most, 'further fact')} in the workbook"]
    row = finding_row(finding, effects)
    return Told(
        row,
        "; ".join(facts),
        PARTY_WORDS[origin_of(finding)],
        PARTY_WORDS[mender_of(finding)],
        numbers_of((authority.id for authority in finding.check.authorities), texts),
    )


def _further(*left_out: tuple[int, str, str]) -> str:
    """What the page leaves out, and where it stands."""
    told = [
        f"{count(number, f'further {noun}')} ({where})"
        for number, noun, where in left_out
        if number > 0
    ]
    return f"Left out for room: {listed(told)}." if told else ""


def numbers_of(keys: Iterable[str], texts: Mapping[str, int]) -> tuple[int, ...]:
    """The numbers of some authorities in the page's table of them."""
    return tuple(sorted(texts[key] for key in keys))


def money_sentences(impact: Impact) -> tuple[str, ...]:
    """Both prices line by line and their difference; nothing where there are no dollars."""
    if impact.difference is None:
        return ()
    if impact.billed is None or impact.supported is None:
        return (f"{sentence_case(impact.because)}.",)
    return (
        f"As billed {dollars(impact.billed.total)}: {price_words(impact.billed)}.",
        f"As supported {dollars(impact.supported.total)}: {price_words(impact.supported)}.",
        f"Billed less supported: {dollars(impact.difference)}.",
    )


def facts_of(encounter: Encounter) -> tuple[tuple[str, str], ...]:
    """The times of the stay, with their names."""
    facts = (
        ("Arrival", moment(encounter.arrived_at)),
        ("Mode of arrival", encounter.arrival_mode or ""),
        ("Observation from", moment(encounter.observation_start)),
        ("Observation to", moment(encounter.observation_end)),
        ("Inpatient order", moment(encounter.inpatient_at)),
        ("Discharge", moment(encounter.discharged_at)),
    )
    return tuple((name, printable(value)) for name, value in facts if value)
