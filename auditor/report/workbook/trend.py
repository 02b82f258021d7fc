"""Trend: the facility's months side by side, as far as the history on this machine goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.report.rate import Rate
from auditor.report.trend import METHOD, Cell, StopLine, Trend, TrendLine, TrendMonth
from auditor.report.workbook.column import LEGAL, SEVERITY_STYLES, Column, Plan, share
from auditor.report.workbook.sheet import Sheet


@dataclass(frozen=True, slots=True)
class _CheckRow:
    line: TrendLine
    month: TrendMonth
    cell: Cell


@dataclass(frozen=True, slots=True)
class _StopRow:
    line: StopLine
    month: TrendMonth
    rate: Rate


_COLUMNS: tuple[Column[_CheckRow], ...] = (
    Column("Check", "What the check looks for.", 44, lambda r: r.line.title, "wrap"),
    Column(
        "Severity",
        "How grave it is.",
        9,
        lambda r: r.line.severity,
        mark=lambda r: SEVERITY_STYLES.get(r.line.severity),
    ),
    Column("Month", "Month of service.", 11, lambda r: r.month.short),
    Column(
        "Deficient", "Examined and not supported.", 10, lambda r: r.cell.tally.deficient, "count"
    ),
    Column("Met", "Examined and in order.", 8, lambda r: r.cell.tally.met, "count"),
    Column(
        "Undetermined",
        "Examined, and the record given cannot answer.",
        13,
        lambda r: r.cell.tally.undetermined,
        "count",
    ),
    Column("Rate", "Deficient ÷ (deficient + met).", 10, lambda r: _share(r.cell), "share"),
    Column("95% interval", "Wilson score interval.", 13, lambda r: r.cell.rate.interval_words),
    Column(
        "Encounters",
        "Encounters with a deficiency, of those judged: what is compared.",
        14,
        lambda r: f"{r.cell.encounters.hits:,} of {r.cell.encounters.total:,}",
    ),
    Column(
        "Since the month before",
        "Rose or fell only beyond noise; otherwise why there is no arrow.",
        18,
        lambda r: f"{r.cell.arrow} {r.cell.change}".strip(),
        "wrap",
        mark=lambda r: "caution" if r.cell.arrow else None,
    ),
    Column(
        "Own 20th",
        "20th percentile of the facility’s earlier months.",
        9,
        lambda r: r.cell.band and r.cell.band.low,
        "share",
    ),
    Column(
        "Own 80th",
        "80th percentile of the facility’s earlier months.",
        9,
        lambda r: r.cell.band and r.cell.band.high,
        "share",
    ),
    Column("Place", "Where the rate lies beyond them.", 16, lambda r: r.cell.place),
)

_STOP_COLUMNS: tuple[Column[_StopRow], ...] = (
    Column("Unit", "Where it was given.", 44, lambda r: r.line.unit, "wrap"),
    Column("Shift", "By the hour of the charted start.", 9, lambda r: r.line.shift),
    Column("Month", "Month of service.", 11, lambda r: r.month.short),
    Column("Stops", "Infusions with a stop on record.", 10, lambda r: r.rate.hits, "count"),
    Column("Infusions", "Infusions that must have one.", 10, lambda r: r.rate.total, "count"),
    Column("Share", "Stops ÷ infusions.", 13, lambda r: share(r.rate), "share"),
    Column("95% interval", "Wilson score interval.", 13, lambda r: r.rate.interval_words),
)

PLAN = Plan(
    "Trend",
    "month by month, from the history on this machine",
    _COLUMNS,
    paper=LEGAL,
)
_NOTHING = "The history on this machine has no other month of this facility."


def fill_trend(sheet: Sheet, trends: Sequence[Trend]) -> None:
    """Write the tables of each facility, the latest month of each check first."""
    if not trends:
        sheet.line((_NOTHING, "quiet line"))
        return
    for trend in trends:
        sheet.line(
            (f"{trend.facility}, {trend.months[0].words} to {trend.months[-1].words}", "heading")
        )
        for sentence in (trend.sentence, *trend.notes):
            sheet.line((sentence, "plain"))
        sheet.table(_COLUMNS, _check_rows(trend))
        sheet.heading("Stop times on record, by unit and shift")
        sheet.table(_STOP_COLUMNS, _stop_rows(trend))
        sheet.heading("What ruled otherwise")
        for change in trend.changes:
            for sentence in change.sentences:
                sheet.line((f"{change.between}: {sentence}", "plain"))
        if not trend.changes:
            sheet.line(("Nothing, in all months shown.", "plain"))
        sheet.line((None, "plain"))
    for sentence in METHOD:
        sheet.line((sentence, "plain"))


def _check_rows(trend: Trend) -> list[_CheckRow]:
    return [
        _CheckRow(line, month, cell)
        for line in trend.lines
        for month, cell in reversed(list(zip(trend.months, line.cells, strict=True)))
    ]


def _stop_rows(trend: Trend) -> list[_StopRow]:
    return [
        _StopRow(line, month, rate)
        for line in trend.stops
        for month, rate in reversed(list(zip(trend.months, line.rates, strict=True)))
    ]


def _share(cell: Cell) -> str | float | None:
    return cell.words if cell.rate.share is None else cell.rate.share
