"""The trend of one facility as a page, on paper and as data: a folder of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from auditor.history.entry import Sums
from auditor.history.store import Reaudit
from auditor.report.data import as_text, write_json
from auditor.report.html import render_trend
from auditor.report.manifest import program
from auditor.report.pdf import PdfUnavailable, write_pdf
from auditor.report.rate import Rate
from auditor.report.trend import Cell, Trend
from auditor.report.write import Written, move_into_place, workshop

PAGE, PAPER, TABLE, DATA = "trend.html", "trend.pdf", "trend.csv", "trend.json"
_OURS = (PAPER, PAGE, TABLE, DATA)
_COLUMNS = (
    *("facility", "month", "check_id", "check_title", "severity", "status", "deficient", "met"),
    *("undetermined", "examined", "not_evaluated", "rate", "interval_low", "interval_high"),
    *("deficient_encounters", "encounters", "change", "p_value", "own_20th", "own_80th", "place"),
)


def write_trend(trend: Trend, reaudits: Sequence[Reaudit], out: Path) -> Written:
    """Write trend.pdf, trend.html, trend.csv and trend.json into ``out``, whole or not at all.

    :class:`OutputError` where the folder cannot be written.
    """
    html = render_trend(trend, reaudits, program())
    left_out = None
    with workshop(out) as folder:
        (folder / PAGE).write_text(html, encoding="utf-8", newline="\n")
        try:
            write_pdf(html, folder / PAPER)
        except PdfUnavailable as unavailable:
            left_out = str(unavailable)
        _write_table(folder / TABLE, trend)
        write_json(folder / DATA, _content(trend, reaudits))
        move_into_place(folder, out, _OURS)
    return Written(tuple(out / name for name in _OURS if (out / name).exists()), left_out)


def _write_table(path: Path, trend: Trend) -> None:
    """One row a check and month, in the form of findings.csv."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(_COLUMNS)
        for row in _rows(trend):
            table.writerow(as_text(_words(row[column])) for column in _COLUMNS)


def _words(value: object) -> str:
    return "" if value is None else str(value)


def _rows(trend: Trend) -> Iterator[dict[str, object]]:
    for line in trend.lines:
        for month, cell in zip(trend.months, line.cells, strict=True):
            yield {
                "facility": trend.facility,
                "month": f"{month.month:%Y-%m}",
                "check_id": line.check_id,
                "check_title": line.title,
                "severity": line.severity,
                **_cell(cell),
            }


def _cell(cell: Cell) -> dict[str, object]:
    tally, rate, band = cell.tally, cell.rate, cell.band
    return {
        "status": str(cell.status),
        "deficient": tally.deficient,
        "met": tally.met,
        "undetermined": tally.undetermined,
        "examined": tally.examined,
        "not_evaluated": tally.unevaluated,
        **_shares(rate),
        "deficient_encounters": tally.deficient_encounters,
        "encounters": tally.encounters,
        "change": str(cell.change),
        "p_value": None if cell.p is None else float(f"{cell.p:.4g}"),
        "own_20th": band and round(band.low, 6),
        "own_80th": band and round(band.high, 6),
        "place": cell.place,
    }


def _shares(rate: Rate) -> dict[str, object]:
    low, high = rate.interval or (None, None)
    return {
        "rate": None if rate.share is None else round(rate.share, 6),
        "interval_low": None if low is None else round(low, 6),
        "interval_high": None if high is None else round(high, 6),
    }


def _content(trend: Trend, reaudits: Sequence[Reaudit]) -> dict[str, object]:
    return {
        "program": program(),
        "facility": trend.facility,
        "summary": trend.sentence,
        "months": [
            {
                "month": f"{month.month:%Y-%m}",
                "encounters": month.encounters,
                "audits": month.audits,
                "money": month.money and _money(month.money),
            }
            for month in trend.months
        ],
        "checks": list(_rows(trend)),
        "stops": [
            {
                "unit": line.unit,
                "shift": line.shift,
                "month": f"{month.month:%Y-%m}",
                "stops_on_record": rate.hits,
                "infusions": rate.total,
                **_shares(rate),
            }
            for line in trend.stops
            for month, rate in zip(trend.months, line.rates, strict=True)
        ],
        "changed_rules": [asdict(change) for change in trend.changes],
        "audited_again": [
            {
                "month": f"{one.month:%Y-%m}",
                "audits": one.audits,
                "deficiencies_before": one.before,
                "deficiencies_now": one.now,
                "in_both": one.both,
            }
            for one in reaudits
        ],
    }


def _money(sums: Sums) -> dict[str, object]:
    return {
        "encounters_priced": sums.priced,
        "billed_too_much": f"{sums.too_much:.2f}",
        "billed_too_little": f"{sums.too_little:.2f}",
        "net": f"{sums.net:.2f}",
    }
