"""The trend as small charts, one a check: rates with intervals, arrows and the own range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.report.lettering import wrapped
from auditor.report.trend import UNLIKE, Cell, Change, Trend, TrendLine, TrendMonth

_WIDTH, _GAP, _TOP = 672.0, 24.0, 14.0
_AXIS, _PLOT = 30.0, 52.0  # room for the scale's numbers; height of a plot
_TITLE, _LINE = 9.0, 10.5
_ROW = 106.0
_MOST = 10
_SCALES = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """One month: its rate with the ends of the interval, and an arrow or nothing beside it."""

    x: float
    y: float
    high: float
    low: float
    change: str
    is_outside: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One check.  ``breaks`` are where its rules changed, ``few`` the months too small for a rate.

    ``band`` has the upper and lower edge of the facility's own range in the last month.
    """

    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    title: tuple[str, ...]
    scale: str
    points: tuple[Point, ...]
    few: tuple[float, ...]
    breaks: tuple[float, ...]
    band: tuple[float, float] | None
    labels: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True, slots=True)
class TrendChart:
    """The chart with its text alternative; ``further`` counts checks that are not drawn."""

    width: float
    height: float
    panels: tuple[Panel, ...]
    further: int
    title: str
    description: str


def trend_chart(trend: Trend) -> TrendChart | None:
    """The checks with most deficiencies among the gravest; ``None`` where nothing has a rate."""
    lines = [
        line for line in trend.found if any(cell.rate.share is not None for cell in line.cells)
    ]
    if not lines:
        return None
    drawn = lines[:_MOST]
    panels = tuple(_panel(place, line, trend.months) for place, line in enumerate(drawn))
    return TrendChart(
        _WIDTH,
        _TOP + _ROW * ((len(drawn) + 1) // 2),
        panels,
        len(trend.found) - len(drawn),
        f"Deficient of those judged, {trend.months[0].words} to {trend.months[-1].words}",
        " ".join(_told(line, trend.months) for line in drawn),
    )


def _panel(place: int, line: TrendLine, months: Sequence[TrendMonth]) -> Panel:
    width = (_WIDTH - _GAP) / 2
    x = (place % 2) * (width + _GAP)
    y = _TOP + (place // 2) * _ROW
    left, right = x + _AXIS, x + width - 8
    top = y + 2 * _LINE + 12  # arrows stand between title and plot
    bottom = top + _PLOT
    across = _places(months, left + 8, right - 8)
    ceiling = _ceiling(line.cells)

    def height(share: float) -> float:
        return round(bottom - _PLOT * min(share / ceiling, 1), 1)

    points = [
        Point(
            at,
            height(cell.rate.share),
            height(cell.rate.interval[1]),
            height(cell.rate.interval[0]),
            cell.change.value if cell.arrow else "",
            bool(cell.place),
        )
        for at, cell in zip(across, line.cells, strict=True)
        if cell.rate.share is not None and cell.rate.interval is not None
    ]
    band = next((cell.band for cell in reversed(line.cells) if cell.band), None)
    return Panel(
        x=x,
        y=y,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        title=wrapped(line.title, width - 4, _TITLE, 2),
        scale=f"{ceiling:.0%}",
        points=tuple(points),
        few=tuple(
            at
            for at, cell in zip(across, line.cells, strict=True)
            if cell.rate.share is None and cell.rate.total
        ),
        breaks=tuple(
            round((across[n - 1] + across[n]) / 2, 1)
            for n, cell in enumerate(line.cells)
            if n and cell.change in UNLIKE
        ),
        band=band and (height(band.high), height(band.low)),
        labels=_labels(across, months),
    )


def _places(months: Sequence[TrendMonth], left: float, right: float) -> list[float]:
    """Months by the calendar, so that a missing one leaves its room."""
    numbers = [12 * month.month.year + month.month.month for month in months]
    span = numbers[-1] - numbers[0] or 1
    return [round(left + (right - left) * (n - numbers[0]) / span, 1) for n in numbers]


def _ceiling(cells: Sequence[Cell]) -> float:
    most = max(cell.rate.interval[1] for cell in cells if cell.rate.interval is not None)
    return next((scale for scale in _SCALES if scale >= most), 1.0)


def _labels(
    across: Sequence[float], months: Sequence[TrendMonth]
) -> tuple[tuple[float, str, str], ...]:
    """Under the first month and the last, where each ends on its side."""
    if len(months) == 1:
        return ((across[0], months[0].short, "start"),)
    return ((across[0], months[0].short, "start"), (across[-1], months[-1].short, "end"))


def _told(line: TrendLine, months: Sequence[TrendMonth]) -> str:
    cells = [
        f"{month.short} {cell.words}{_moved(cell)}"
        for month, cell in zip(months, line.cells, strict=True)
    ]
    return f"{line.title}: {', '.join(cells)}."


def _moved(cell: Cell) -> str:
    moved = cell.change in (Change.ROSE, Change.FELL)
    return f" ({cell.change})" if moved or cell.change in UNLIKE else ""
