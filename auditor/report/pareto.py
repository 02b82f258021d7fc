"""Which checks account for the deficiencies: bars with the share that they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.report.lettering import wrapped
from auditor.report.rate import Hidden
from auditor.report.summary import CheckLine
from auditor.report.text import count

_WIDTH, _LEFT, _RIGHT = 672.0, 292.0, 560.0
_ROW, _LETTERS, _LINE = 20.0, 10.0, 11.0
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class ParetoBar:
    """One check: its bar, its deficiencies, and the share of all up to and including it."""

    y: float
    height: float
    width: float
    label: tuple[str, ...]
    found: str
    cumulative: str
    severity: str


@dataclass(frozen=True, slots=True)
class Pareto:
    """The chart with its text alternative."""

    width: float
    height: float
    left: float
    bars: tuple[ParetoBar, ...]
    title: str
    description: str


def pareto_of(checks: Iterable[CheckLine]) -> Pareto | None:
    """The checks with most deficiencies first; ``None`` where there is none, or one is hidden."""
    found = sorted(
        (line for line in checks if line.result.deficient),
        key=lambda line: (-line.result.deficient, line.check.id),
    )
    if not found or any(isinstance(line.result.deficient, Hidden) for line in found):
        return None
    total = sum(line.result.deficient for line in found)
    most = found[0].result.deficient
    bars = []
    so_far = 0
    y = 16.0
    for line in found[:_MOST_BARS]:
        deficient = line.result.deficient
        so_far += deficient
        label = wrapped(line.check.title, _LEFT - 12, _LETTERS, 3)
        height = max(_ROW, len(label) * _LINE + 4)
        bars.append(
            ParetoBar(
                y=y,
                height=height,
                width=round((_RIGHT - _LEFT) * deficient / most, 1),
                label=label,
                found=f"{deficient:,}",
                cumulative=f"{so_far / total:.0%}",
                severity=line.check.severity,
            )
        )
        y += height
    words = (f"{line.check.title}: {line.result.deficient:,}" for line in found[:_MOST_BARS])
    return Pareto(
        _WIDTH,
        y + 4,
        _LEFT,
        tuple(bars),
        f"{count(total, 'deficiency', 'deficiencies')} by check",
        "; ".join(words) + ".",
    )
