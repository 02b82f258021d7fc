"""The command ``auditor trend``: the audits kept on this machine, month by month.

Exit statuses are those of ``auditor``: 0 done; 2 the history has nothing to show, or cannot be
read; 3 done except for the PDF.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from auditor.tables_cli import data_folder

if TYPE_CHECKING:  # imported where they are used, so that --help is quick
    from auditor.history.store import History
    from auditor.report.trend import Trend

DONE, UNUSABLE, WITHOUT_PDF = 0, 2, 3
_TITLE, _MONTH, _PIPED = 44, 10, 160  # columns of text


def trend(
    months: Annotated[int, typer.Option("--months", min=1, help="How many months, the last.")] = 12,
    facility: Annotated[
        str | None, typer.Option("--facility", help="Which, where the history has several.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for trend.pdf, trend.html, trend.csv and trend.json."),
    ] = None,
) -> None:
    """Show the audited months side by side, and what changed beyond noise."""
    from auditor.history.store import History, HistoryError
    from auditor.report import OutputError
    from auditor.report.trend import trend_of

    history = History(data_folder())
    try:
        name = _facility(history, facility)
        found = trend_of(history.months(name), months)
        if found is None:
            _refuse(f"The history has no month of {name}.")
        _print(found)
        if out is None:
            return
        from auditor.report.trend_write import write_trend

        written = write_trend(found, history.reaudits(name), out)
    except (HistoryError, OutputError) as error:
        _refuse(str(error))
    for path in written.paths:
        typer.echo(f"  {path}")
    if written.pdf_left_out:
        typer.echo(written.pdf_left_out)
        raise typer.Exit(WITHOUT_PDF)


def _facility(history: History, asked: str | None) -> str:
    """The facility that is meant: the one asked for, or the only one."""
    names = history.facilities()
    if not names:
        _refuse("The history is empty: every `auditor run` of a named facility adds its months.")
    if asked is None:
        if len(names) > 1:
            _refuse(
                f"The history has several facilities; name one with --facility: {_said(names)}."
            )
        return names[0]
    found = next((name for name in names if name.casefold() == asked.casefold()), None)
    if found is None:
        _refuse(f"The history has no such facility; it has {_said(names)}.")
    return found


def _said(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _print(found: Trend) -> None:
    """The rates of the months that the terminal has room for, the latest last."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else _PIPED)
    room = max(1, (console.width - _TITLE) // _MONTH)
    shown = found.months[-room:]
    typer.echo(f"{found.facility}: deficient of those judged")
    table = Table(box=None, pad_edge=False)
    table.add_column("check", max_width=_TITLE - 2)
    for month in shown:
        table.add_column(f"{month.short}", justify="right", no_wrap=True)
    for line in found.found:
        cells = (Text(f"{cell.arrow} {cell.words}".strip()) for cell in line.cells[-len(shown) :])
        table.add_row(Text(line.title), *cells)
    table.add_row(Text("encounters", style="dim"), *(f"{month.encounters:,}" for month in shown))
    console.print(table)
    typer.echo(found.sentence)
    for note in found.notes:
        typer.echo(note)
    for change in found.changes:
        for sentence in change.sentences:
            typer.echo(f"Between {change.between}: {sentence}")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(UNUSABLE)
