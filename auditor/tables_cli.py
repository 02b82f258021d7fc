"""The command ``auditor tables``: load CMS's public tables, and list what is loaded.

Exit statuses are those of ``auditor``: 0 done; 2 a file cannot be used and nothing was changed.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:  # imported where they are used, so that --help is quick
    from auditor.tables.cms import Publication
    from auditor.tables.quarter import Quarter
    from auditor.tables.store import Loaded

UNUSABLE = 2
FOLDER_VARIABLE = "INFUSION_AUDITOR_DATA"

tables_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="List the public tables that are loaded, or load CMS's files.",
    epilog=f"They are kept in the user's data folder, or where {FOLDER_VARIABLE} says.",
)


def data_folder() -> Path:
    """Where loaded tables are kept: the folder that the environment names, or the user's own."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named or typer.get_app_dir("infusion-auditor", roaming=False))


@tables_app.callback()
def list_tables(context: typer.Context) -> None:
    """List the public tables that are loaded, or load CMS's files."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from auditor.tables.store import Store, StoreError

    try:
        loaded = Store(data_folder()).loaded()
    except StoreError as error:
        _refuse([str(error)])
    table = Table(box=None, pad_edge=False)
    for heading in ("table", "dates of service", "rows", "file", "SHA-256"):
        table.add_column(heading, justify="right" if heading == "rows" else "left")
    for one in loaded:
        table.add_row(
            str(one.edition),
            _dates(one.edition.quarter),
            f"{one.rows:,}",
            Text("\n".join(file.name for file in one.files)),
            Text("\n".join(file.sha256[:12] for file in one.files)),
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for one in loaded:
        for note in one.notes:
            typer.echo(note)


@tables_app.command()
def add(
    files: Annotated[
        list[Path], typer.Argument(help="Files of CMS; all parts of the PTP edits together.")
    ],
    quarter: Annotated[
        str | None,
        typer.Option("--quarter", help="The quarter, as 2026Q1, of files that do not state it."),
    ] = None,
) -> None:
    """Load PTP and MUE edits, OPPS Addendum B, ASP limits or the NDC-HCPCS crosswalk."""
    from auditor.load.read import UnreadableFile
    from auditor.tables.cms import TableError
    from auditor.tables.store import Store, StoreError

    said = _quarter(quarter)
    publications = []
    problems = []
    for path in files:
        try:
            publications.append((read_table(path, said), _hash(path)))
        except (TableError, UnreadableFile) as error:
            problems.append(str(error))
    if problems:
        _refuse(["Nothing was loaded.", *problems])
    try:
        added = Store(data_folder()).add(publications)
    except (StoreError, TableError) as error:
        _refuse(["Nothing was loaded.", str(error)])
    for one in added:
        again = "" if one.replaced is None else f"; replaces {_names(one.replaced)}"
        typer.echo(
            f"{one.loaded.edition}, dates of service {_dates(one.loaded.edition.quarter)}: "
            f"{one.loaded.rows:,} rows of {_names(one.loaded)}{again}"
        )
        for note in one.loaded.notes:
            typer.echo(f"  {note}")


def read_table(path: Path, said: Quarter | None = None) -> Publication:
    """The table of a file of CMS, on whichever of its sheets it stands first.

    UnreadableFile where it is no spreadsheet, TableError where it is none of the tables.
    """
    from auditor.load.read import read_file
    from auditor.tables.cms import TableError, read_publication

    problems = []
    for sheet in read_file(path):
        cells = sheet.cells.astype(object).where(sheet.cells.notna(), None)
        try:
            return read_publication(path.name, cells.to_numpy().tolist(), said)
        except TableError as error:
            problems.append(error)
    raise problems[0]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _quarter(text: str | None) -> Quarter | None:
    from auditor.tables.quarter import Quarter

    try:
        return None if text is None else Quarter.said(text)
    except ValueError:
        _refuse([f"{text!r} is no quarter; write it as 2026Q1."])


def _dates(quarter: Quarter) -> str:
    return f"{quarter.first:%m/%d/%Y}–{quarter.last:%m/%d/%Y}"


def _names(loaded: Loaded) -> str:
    return ", ".join(file.name for file in loaded.files)


def _refuse(sentences: list[str]) -> NoReturn:
    typer.echo("\n".join(sentences), err=True)
    raise typer.Exit(UNUSABLE)
