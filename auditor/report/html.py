"""The report as one page that fetches nothing; the PDF is the same page on paper."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.history.store import Reaudit
from auditor.load.ledger import Ledger
from auditor.load.profile import Profile
from auditor.report.capture import capture_of
from auditor.report.example import example_of
from auditor.report.figure import Figure, capture_figure, pareto_figure, trend_figure
from auditor.report.manifest import InputFile, Ruling
from auditor.report.pareto import pareto_of
from auditor.report.received import reasons_of, sheet_name
from auditor.report.settings import setting_rows
from auditor.report.summary import Summary
from auditor.report.templates import environment
from auditor.report.text import count
from auditor.report.trend import METHOD, Trend
from auditor.report.trend_chart import trend_chart
from auditor.report.weight import WEIGHING
from auditor.tables.store import Loaded

_MOST_REASONS = 25
_ONE_OFFSET = "not shown; each encounter keeps one offset from its first to its last time"
_MASKED_SETTINGS = (("Profile", "not shown in a masked audit"),)
_MOST_RANKED = 10  # problem codes and form gaps: the workbook has all


def render_report(
    summary: Summary,
    ledger: Ledger,
    inputs: Sequence[InputFile],
    tables: Sequence[Loaded],
    program: str,
    rules: Ruling,
    *,
    profile: Profile | None,
    privilege: str | None,
    trends: Sequence[Trend] = (),
) -> str:
    """The report; ``privilege`` is the marking on its cover and pages, ``program`` its maker.

    ``trends`` are those of the facilities that have earlier months in the history.
    """
    texts = {text.id: number for number, (text, _) in enumerate(summary.authorities, start=1)}
    pareto = pareto_of(summary.checks)
    capture = capture_of(summary.form_gaps)
    reasons = reasons_of(ledger)
    codes = [code for code in summary.problem_codes if code.differing.hits]
    gaps = [gap for gap in summary.form_gaps if gap.blank and gap.blank.hits]
    settings = _MASKED_SETTINGS if summary.masked else setting_rows(profile)
    return (
        environment()
        .get_template("report.html")
        .render(
            summary=summary,
            privilege=privilege,
            program=program,
            time_zone=_ONE_OFFSET if summary.masked else profile and profile.timezone,
            settings=settings,
            rules=rules,
            inputs=inputs,
            tables=tables,
            texts_of=lambda check: sorted(texts[text.id] for text in check.authorities),
            weighing=WEIGHING,
            sheets=[(sheet_name(sheet), sheet) for sheet in ledger.sheets],
            reasons=reasons[:_MOST_REASONS],
            further_reasons=_further(len(reasons) - _MOST_REASONS, "reason"),
            codes=codes[:_MOST_RANKED],
            further_codes=_further(len(codes) - _MOST_RANKED, "code"),
            gaps=gaps[:_MOST_RANKED],
            further_gaps=_further(len(gaps) - _MOST_RANKED, "row"),
            pareto=pareto and pareto_figure(pareto),
            capture=capture and capture_figure(capture),
            trends=[(trend, _chart(trend)) for trend in trends],
            method_of_trend=METHOD,
            examples=[example_of(case, texts) for case in summary.examples],
        )
    )


def render_trend(trend: Trend, reaudits: Sequence[Reaudit], program: str) -> str:
    """The trend of one facility as a page of its own; ``reaudits`` are its months audited again."""
    return (
        environment()
        .get_template("trend.html")
        .render(trend=trend, chart=_chart(trend), reaudits=reaudits, method=METHOD, program=program)
    )


def _chart(trend: Trend) -> Figure | None:
    chart = trend_chart(trend)
    return trend_figure(chart) if chart else None


def _further(number: int, noun: str) -> str:
    return f"{count(number, f'further {noun}')} in the workbook." if number > 0 else ""
