"""Drawings as a page holds them: ``data:`` addresses with their text alternatives."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.capture import Capture
from auditor.report.pareto import Pareto
from auditor.report.templates import svg_uri
from auditor.report.timeline import LINE, Picture
from auditor.report.trend_chart import TrendChart


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


def pareto_figure(chart: Pareto) -> Figure:
    """The bars of the checks."""
    return Figure(svg_uri("pareto.svg", chart=chart), f"{chart.title}. {chart.description}")


def capture_figure(chart: Capture) -> Figure:
    """The bars of the units."""
    labels = tuple(
        Label(bar.label, _percent(_middle(bar.y, bar.height, bar.label), chart.height), False)
        for bar in chart.bars
    )
    uri = svg_uri("capture.svg", chart=chart)
    return Figure(uri, f"{chart.title}. {chart.description}", labels)


def trend_figure(chart: TrendChart) -> Figure:
    """Small charts of the checks, month by month."""
    return Figure(svg_uri("trend.svg", chart=chart), f"{chart.title}. {chart.description}")


def timeline_figure(picture: Picture) -> Figure:
    """One encounter against the clock."""
    labels = []
    for lane in picture.lanes:
        labels.append(Label(lane.name, _percent(lane.y + 2, picture.height), True))
        for row in lane.rows:
            top = _middle(row.y, row.height, row.label)
            labels.append(Label(row.label, _percent(top, picture.height), False))
    return Figure(
        svg_uri("timeline.svg", picture=picture),
        f"{picture.title}. {picture.description}",
        tuple(labels),
        picture.notes,
    )


def _middle(y: float, height: float, lines: tuple[str, ...]) -> float:
    """Where the lines of a name begin so that they stand in the middle of its row."""
    return y + (height - len(lines) * LINE) / 2


def _percent(y: float, height: float) -> float:
    return round(100 * y / height, 3)
