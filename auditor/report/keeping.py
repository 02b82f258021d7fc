"""An audit and the history: what it shows of earlier months, and what is kept of it.

The history is no part of the audit: where it cannot be used, a sentence says so and that is all.
"""

from __future__ import annotations

from auditor.history.entry import Run
from auditor.history.store import History, HistoryError
from auditor.report.text import count, listed
from auditor.report.trend import Trend, trends_with

_FRINGE = "these files are of another month."


def trends_of(history: History | None, run: Run) -> tuple[tuple[Trend, ...], str | None]:
    """The trends that a run's outputs show, or none and why the history could not be read."""
    if history is None:
        return (), None
    try:
        kept = {month.facility: history.months(month.facility) for month in run.months}
    except HistoryError as error:
        return (), _aside(error)
    return trends_with(kept, run), None


def keep(history: History | None, run: Run) -> tuple[str, ...]:
    """Add a run, and say what became of it; nothing without a history."""
    if history is None:
        return ()
    if not run.months:
        return (
            "Not kept in the history: no encounter has both a facility and a date of service. Name "
            'the facility in the profile: facility = "…".',
        )
    try:
        added = history.add(run)
    except HistoryError as error:
        return (_aside(error),)
    months = [
        f"{month.month:%B %Y} ({count(month.encounters, 'encounter')})" for month in run.months
    ]
    again = ", the same audit as before" if added.again else ""
    return (
        f"Kept in the history{again}: {listed(months)}.",
        *(
            f"{month.month:%B %Y} does not count in the trend with "
            f"{count(month.encounters, 'encounter')}: "
            + (f"an earlier audit has {instead.encounters:,}." if instead else _FRINGE)
            for month, instead in added.not_counted
        ),
        *(
            [
                f"{count(run.left_out, 'encounter has', 'encounters have')} no facility or no date "
                "of service and no place in the history."
            ]
            if run.left_out
            else []
        ),
    )


def _aside(error: HistoryError) -> str:
    return f"{error} The audit is whole without it, and nothing was kept."
