"""The report as one page that fetches nothing; the PDF is the same page on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.load.ledger import Ledger
from auditor.money import Impact
from auditor.record import Encounter
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows
from auditor.report.findings import FindingRow, finding_row, worklist_order
from auditor.report.manifest import InputFile
from auditor.report.money import effects_of, price_words
from auditor.report.pareto import pareto_of
from auditor.report.received import reasons_of, sheet_name
from auditor.report.summary import Summary
from auditor.report.templates import environment, svg_uri
from auditor.report.text import count, dollars, moment, printable, sentence_case
from auditor.report.timeline import LINE, Picture, draw
from auditor.tables.store import Loaded

_MOST_FINDINGS = 12  # of one worked example
_MOST_REASONS = 25
_MOST_RANKED = 10  # problem codes and form gaps: the workbook has all


@dataclass(frozen=True, slots=True)
class Label:
    """A name that the page lays over a drawing; ``top`` in percent of the drawing's height."""

    lines: tuple[str, ...]
    top: float
    is_lane: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as a ``data:`` address, with its text alternative.

    Names from data are ``labels`` of the page: WeasyPrint sets the text of a drawing letter by
    letter, which turns right-to-left names round and takes Arabic apart.
    """

    uri: str
    alternative: str
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words; ``texts`` are the numbers of its authorities in the report's table."""

    row: FindingRow
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One encounter as the report works it through."""

    encounter_id: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    rows: tuple[ClaimRow, ...]
    money: tuple[str, ...]
    findings: tuple[Told, ...]
    further: str
    reviews: tuple[str, ...]


def render_report(
    summary: Summary,
    ledger: Ledger,
    inputs: Sequence[InputFile],
    tables: Sequence[Loaded],
    program: str,
    *,
    privilege: str | None,
) -> str:
    """The report; ``privilege`` is the marking on its cover and pages, ``program`` its maker."""
    texts = {text.id: number for number, (text, _) in enumerate(summary.authorities, start=1)}
    pareto = pareto_of(summary.checks)
    reasons = reasons_of(ledger)
    codes = [code for code in summary.problem_codes if code.differing.hits]
    gaps = [gap for gap in summary.form_gaps if gap.blank and gap.blank.hits]
    return (
        environment()
        .get_template("report.html")
        .render(
            summary=summary,
            privilege=privilege,
            program=program,
            inputs=inputs,
            tables=tables,
            sheets=[(sheet_name(sheet), sheet) for sheet in ledger.sheets],
            reasons=reasons[:_MOST_REASONS],
            further_reasons=_further(len(reasons) - _MOST_REASONS, "reason"),
            codes=codes[:_MOST_RANKED],
            further_codes=_further(len(codes) - _MOST_RANKED, "code"),
            gaps=gaps[:_MOST_RANKED],
            further_gaps=_further(len(gaps) - _MOST_RANKED, "row"),
            chart=pareto
            and Figure(
                svg_uri("pareto.svg", chart=pareto), f"{pareto.title}. {pareto.description}"
            ),
            examples=[_example(case, texts) for case in summary.examples],
        )
    )


def _example(case: Case, texts: Mapping[str, int]) -> Example:
    effects = effects_of([case])
    findings = [
        *worklist_order(case.findings),
        *worklist_order(case.undetermined),
        *worklist_order(case.notes),
    ]
    return Example(
        encounter_id=printable(case.encounter.encounter_id),
        facts=_facts(case.encounter),
        figures=tuple(map(_timeline, draw(case.encounter, case.support))),
        rows=administration_rows(case),
        money=_money(case.impact),
        findings=tuple(
            Told(
                finding_row(finding, effects),
                tuple(sorted(texts[authority.id] for authority in finding.check.authorities)),
            )
            for finding in findings[:_MOST_FINDINGS]
        ),
        further=_further(len(findings) - _MOST_FINDINGS, "result"),
        reviews=tuple(dict.fromkeys(printable(review.because) for review in case.support.reviews)),
    )


def _money(impact: Impact) -> tuple[str, ...]:
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


def _timeline(picture: Picture) -> Figure:
    labels = []
    for lane in picture.lanes:
        labels.append(Label(lane.name, _percent(lane.y + 2, picture), is_lane=True))
        for row in lane.rows:
            lowered = (row.height - len(row.label) * LINE) / 2
            labels.append(Label(row.label, _percent(row.y + lowered, picture), is_lane=False))
    return Figure(
        svg_uri("timeline.svg", picture=picture),
        f"{picture.title}. {picture.description}",
        tuple(labels),
        picture.notes,
    )


def _percent(y: float, picture: Picture) -> float:
    return round(100 * y / picture.height, 3)


def _further(number: int, noun: str) -> str:
    return f"{count(number, f'further {noun}')} in the workbook." if number > 0 else ""


def _facts(encounter: Encounter) -> tuple[tuple[str, str], ...]:
    facts = (
        ("Arrival", moment(encounter.arrived_at)),
        ("Mode of arrival", encounter.arrival_mode or ""),
        ("Observation from", moment(encounter.observation_start)),
        ("Observation to", moment(encounter.observation_end)),
        ("Inpatient order", moment(encounter.inpatient_at)),
        ("Discharge", moment(encounter.discharged_at)),
    )
    return tuple((name, printable(value)) for name, value in facts if value)
