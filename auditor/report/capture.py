"""How many stop times each unit gets onto the record: bars with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.report.gaps import FormGap
from auditor.report.lettering import wrapped
from auditor.report.rate import Rate
from auditor.report.text import count

_WIDTH, _LEFT, _RIGHT = 672.0, 200.0, 500.0
_ROW, _LETTERS, _LINE = 20.0, 10.0, 11.0
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class CaptureBar:
    """One unit: the share of stops on record from the left, its interval where there is one."""

    y: float
    height: float
    width: float
    label: tuple[str, ...]
    interval: tuple[float, float] | None
    words: str


@dataclass(frozen=True, slots=True)
class Capture:
    """The chart with its text alternative."""

    width: float
    height: float
    left: float
    right: float
    bars: tuple[CaptureBar, ...]
    title: str
    description: str


def capture_of(gaps: Iterable[FormGap]) -> Capture | None:
    """The units with most stops missing first; ``None`` where no file tells of stops."""
    required, blank = Counter[str](), Counter[str]()
    for gap in gaps:
        if gap.element == "stop" and gap.blank is not None and not gap.blank.is_hidden:
            required[gap.unit] += gap.blank.total
            blank[gap.unit] += gap.blank.hits
    if not required:
        return None
    units = sorted(required, key=lambda unit: (-blank[unit], -required[unit], unit))
    rates = {unit: Rate(required[unit] - blank[unit], required[unit]) for unit in units}
    bars = []
    y = 16.0
    for unit in units[:_MOST_BARS]:
        label = wrapped(unit, _LEFT - 12, _LETTERS, 4)
        height = max(_ROW, len(label) * _LINE + 4)
        bars.append(_bar(y, height, label, rates[unit]))
        y += height
    told = [f"{unit}: {rates[unit].words}" for unit in units[:_MOST_BARS]]
    if len(units) > _MOST_BARS:
        told.append(f"{count(len(units) - _MOST_BARS, 'further unit')} not drawn")
    return Capture(
        _WIDTH,
        y + 4,
        _LEFT,
        _RIGHT,
        tuple(bars),
        "Infusions with a stop on record, by unit",
        "; ".join(told) + ".",
    )


def _bar(y: float, height: float, label: tuple[str, ...], rate: Rate) -> CaptureBar:
    interval = rate.interval
    words = f"{rate.hits:,} of {rate.total:,}"
    return CaptureBar(
        y=y,
        height=height,
        width=_across(rate.hits / rate.total),
        label=label,
        interval=interval and (_LEFT + _across(interval[0]), _LEFT + _across(interval[1])),
        words=f"{words}, {rate.share_words}",
    )


def _across(share: float) -> float:
    return round((_RIGHT - _LEFT) * share, 1)
