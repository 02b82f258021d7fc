"""The command ``auditor``: run, code, explain-unit, columns, checks, explain.

Exit statuses: 0 done; 1 done, but a check failed or could not be evaluated, or a sheet could not be
used; 2 the input cannot be used and nothing was written; 3 done except for the PDF, because its
library cannot be loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from auditor.profile_cli import profile_and_ask, save_profile
from auditor.tables_cli import data_folder, tables_app

if TYPE_CHECKING:  # imported where they are used, so that --help is quick
    from auditor.check import Check
    from auditor.coding.support import Support
    from auditor.load import Ledger, Loaded
    from auditor.policy import Policy
    from auditor.report import Written
    from auditor.report.masked import Masking
    from auditor.run import Audit

PASSWORD_VARIABLE = "INFUSION_AUDITOR_PASSWORD"
DONE, INCOMPLETE, UNUSABLE, WITHOUT_PDF = 0, 1, 2, 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts sooner
    help="Audit outpatient injection and infusion claims against the administration record.",
    epilog="Exit status: 0 done; 1 done, but a check failed or was not evaluated; "
    "2 the input cannot be used; 3 done without the PDF.",
)
app.add_typer(tables_app, name="tables")

Files = Annotated[
    list[Path], typer.Argument(help="Spreadsheets of claims, administrations, orders …")
]
ProfileFile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        help="The hospital's settings (TOML), or cerner, eicu, epic, meditech, mimic, rif, ub04.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        help="The judgement calls: a TOML file, or noridian, cgs, cpt-assistant, medlearn.",
    ),
]
TimeZone = Annotated[
    str | None, typer.Option("--timezone", help="The facility's zone, such as America/Chicago.")
]


@app.command()
def run(
    files: Files,
    out: Annotated[Path, typer.Option("--out", help="The folder to write; made if missing.")],
    policy_file: PolicyFile = None,
    profile_file: ProfileFile = None,
    timezone: TimeZone = None,
    decisions: Annotated[
        list[Path] | None,
        typer.Option(
            "--decisions",
            help="A filled workbook whose decisions are taken over; may be given again.",
        ),
    ] = None,
    privilege: Annotated[
        str | None, typer.Option("--privilege", help="A marking for the report's cover and pages.")
    ] = None,
    password: Annotated[
        bool,
        typer.Option(
            "--password",
            help="Protect what is written; the password is asked for, or read from "
            f"{PASSWORD_VARIABLE}.",
        ),
    ] = False,
    mask: Annotated[
        bool,
        typer.Option(
            "--mask",
            help="Pseudonyms for identifiers and shifted dates: to share with others.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first check that fails.")
    ] = False,
) -> None:
    """Audit the files and write workbook, PDF, findings and manifest."""
    import checks
    from auditor.check import discover
    from auditor.coding import supported
    from auditor.load import load
    from auditor.mask import Mask, has_key, kept_key
    from auditor.report import write_audit
    from auditor.run import CheckFailed
    from auditor.run import run as run_checks
    from auditor.tables.attach import attach, editions_of, tables_for
    from auditor.tables.store import Store

    with _one_sentence():
        secret = _password(password)
        key = kept_key(data_folder()) if mask else None
        policy = _policy(policy_file)
        profile, ask = profile_and_ask(profile_file, timezone)
        with _progress("Reading the files", quiet=ask is not None):
            loaded = load(files, profile, ask=ask)
            store = Store(data_folder())
            tables = tables_for(loaded.encounters, store)
        with _progress(f"Judging {len(loaded.encounters):,} encounters"):
            encounters = [attach(encounter, tables) for encounter in loaded.encounters]
            try:
                audit = run_checks(
                    encounters, discover(checks), policy, loaded.supplied, strict=strict
                )
            except CheckFailed as failed:
                typer.echo(f"{failed} Nothing was written, because --strict stops there.", err=True)
                raise typer.Exit(INCOMPLETE) from None
            supports = {e.encounter_id: supported(e, policy) for e in audit.encounters}
            ledger, masking, home = loaded.ledger, None, None
        if key is not None:
            with _progress("Masking the records and judging them again"):
                audit, ledger, supports, masking = _masked(key, audit, loaded, supports, files)
        elif decisions and has_key(data_folder()):
            home = Mask(kept_key(data_folder()))
        with _progress("Writing the reports"):
            written = write_audit(
                audit,
                ledger,
                supports,
                files,
                out,
                tables=editions_of(tables, store),
                profile=profile,
                earlier=decisions or (),
                privilege=privilege,
                password=secret,
                masking=masking,
                mask=home,
            )
    _tell(audit, written)
    for problem in ledger.problems:
        typer.echo(f"  {problem}")
    for gap in ledger.gaps:
        typer.echo(f"Incomplete: {gap}.")
    if not audit.complete or ledger.gaps:
        raise typer.Exit(INCOMPLETE)
    raise typer.Exit(WITHOUT_PDF if written.pdf_left_out else DONE)


@app.command()
def columns(
    files: Files,
    profile_file: ProfileFile = None,
    timezone: TimeZone = None,
    saved: Annotated[
        Path | None,
        typer.Option("--save-profile", help="Keep what was recognised in this file, a new one."),
    ] = None,
) -> None:
    """Show what each sheet and column was recognised as, with sample values."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from auditor.load import load_profile, survey

    with _one_sentence():
        profile, ask = load_profile(profile_file, timezone), None
        if saved is not None:
            profile, ask = profile_and_ask(profile_file, timezone)
        found = survey(files, profile)
        asked: tuple[object, ...] = ()
        while ask is not None and found.points and found.points != asked:
            asked, profile = found.points, ask(found.points)
            found = survey(files, profile)
    console = Console(width=None if sys.stdout.isatty() else 120)
    for sheet in found.sheets:
        where = f"{sheet.file} · {sheet.sheet}" if sheet.sheet else sheet.file
        shape = f" (profile {sheet.shape})" if sheet.shape else ""
        title = f"{where}: {sheet.kind or 'not recognised'}{shape}"
        table = Table(title=title, title_justify="left")
        for heading in ("column", "header", "read as", "score", "sample values"):
            table.add_column(heading)
        for column in sheet.columns:
            table.add_row(
                column.letter,
                Text(column.header),
                column.field or "not used",
                f"{column.score:.2f}" if column.field else "",
                Text(" | ".join(column.samples)),
            )
        console.print(table)
    if saved is not None:
        with _one_sentence():
            typer.echo(save_profile(saved, profile_file, found, profile))


@app.command("code")
def code_lines(
    files: Files,
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write.")],
    policy_file: PolicyFile = None,
    profile_file: ProfileFile = None,
    timezone: TimeZone = None,
) -> None:
    """Write the service lines that the record supports; no claim is needed."""
    from auditor.coding import supported, with_computed_stops
    from auditor.load import load
    from auditor.report import write_supported
    from auditor.report.text import count

    with _one_sentence():
        policy = _policy(policy_file)
        profile, ask = profile_and_ask(profile_file, timezone)
        loaded = load(files, profile, claims=False, ask=ask)
        supports = {e.encounter_id: supported(e, policy) for e in loaded.encounters}
        computed = {e.encounter_id: with_computed_stops(e, policy) for e in loaded.encounters}
        alternatives = {key: support for key, support in computed.items() if support is not None}
        write_supported(out, supports, alternatives, policy)
    lines = [line for support in supports.values() for line in support.lines]
    typer.echo(f"{count(len(supports), 'encounter')}, {count(len(lines), 'supported line')}: {out}")
    for code in sorted({line.code for line in lines}):
        units = sum(line.units for line in lines if line.code == code)
        typer.echo(f"  {code}  {units:6,} {'unit' if units == 1 else 'units'}")
    reviews = sum(len(support.reviews) for support in supports.values())
    if reviews:
        typer.echo(f"  Left to review: {reviews:,}, the rows of kind review.")
    unclassified = sum(len(support.undetermined) for support in supports.values())
    if unclassified:
        given = count(unclassified, "administration")
        does = "supports" if unclassified == 1 else "support"
        typer.echo(f"  {given} of unclassified drugs {does} nothing yet.")
    if alternatives:
        have = count(len(alternatives), "encounter has", "encounters have")
        typer.echo(f"  {have} an alternative with computed stops.")
    for problem in loaded.ledger.problems:
        typer.echo(f"  {problem}")


@app.command("explain-unit")
def explain_unit(
    encounter: Annotated[str, typer.Argument(help="The encounter's number.")],
    code: Annotated[str, typer.Argument(help="The administration code.")],
    files: Files,
    policy_file: PolicyFile = None,
    profile_file: ProfileFile = None,
    timezone: TimeZone = None,
) -> None:
    """Show why the record supports a code: minutes, segments, rows, rule and authority.

    What it shows is the record of the one encounter that was asked for.
    """
    from auditor.coding import explain_units
    from auditor.load import load
    from auditor.tables.codes import ADMINISTRATION_CODES

    if code not in ADMINISTRATION_CODES:
        _refuse(f"{code} is no code that bills the giving of a drug, fluid or blood.")
    with _one_sentence():
        policy = _policy(policy_file)
        profile, ask = profile_and_ask(profile_file, timezone)
        loaded = load(files, profile, claims=False, ask=ask)
    found = next((e for e in loaded.encounters if e.encounter_id == encounter), None)
    if found is None:
        _refuse("No such encounter has administrations in these files.")
    typer.echo("\n".join(explain_units(found, code, policy)))


@app.command("checks")
def list_checks() -> None:
    """List the checks of the battery."""
    for check in _battery():
        typer.echo(f"{check.id:40} {check.title}")


@app.command()
def explain(check_id: Annotated[str, typer.Argument(metavar="CHECK")]) -> None:
    """Explain one check: what it judges, what it needs and the authority behind it."""
    from auditor.report.check_page import check_page

    found = {check.id: check for check in _battery()}.get(check_id)
    if found is None:
        _refuse(f"There is no check {check_id!r}; `auditor checks` lists them.")
    typer.echo(check_page(found))


def _masked(
    key: bytes,
    audit: Audit,
    loaded: Loaded,
    supports: Mapping[str, Support],
    files: Sequence[Path],
) -> tuple[Audit, Ledger, dict[str, Support], Masking]:
    """The same audit of the masked records; a record that it judges otherwise is told of."""
    from auditor.coding import supported
    from auditor.mask import Mask, judged_otherwise
    from auditor.report.masked import Masking
    from auditor.run import run as run_checks

    mask = Mask(key, [path.name for path in files])
    policy = mask.policy(audit.policy)
    records = [mask.encounter(encounter) for encounter in audit.encounters]
    masked = run_checks(records, [r.check for r in audit.results], policy, loaded.supplied)
    shown = {e.encounter_id: supported(e, policy) for e in masked.encounters}
    ledger = mask.ledger(loaded.ledger)
    if otherwise := judged_otherwise(audit, masked, mask, supports, shown):
        names = ", ".join(otherwise)
        problem = f"Masked, these encounters are judged otherwise than in the true audit: {names}."
        ledger = replace(ledger, problems=(*ledger.problems, problem))
    return masked, ledger, shown, Masking(mask, audit)


def _battery() -> tuple[Check, ...]:
    import checks
    from auditor.check import discover

    return discover(checks)


def _policy(path: Path | None) -> Policy:
    from auditor.policy import PolicyError, load_policy, require_known_checks

    policy = load_policy(path)
    if path is not None and policy.skip:
        try:
            require_known_checks(policy, [check.id for check in _battery()])
        except PolicyError as error:
            raise PolicyError(f"{path.name}: {error}") from None
    return policy


def _password(asked: bool) -> str | None:
    """The password of the environment, or the one typed here; never an argument others can see."""
    from auditor.report import checked_password

    password = os.environ.get(PASSWORD_VARIABLE)
    if not password and not asked:
        return None
    if not password:
        try:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        except typer.Abort:
            _refuse(f"No password was given: type it, or set {PASSWORD_VARIABLE}.")
    return checked_password(password)


def _tell(audit: Audit, written: Written) -> None:
    """Counts and places only: nothing of a patient reaches the terminal."""
    from auditor.report.text import count

    typer.echo(
        f"{count(len(audit.encounters), 'encounter')}, {count(len(audit.results), 'check')}: "
        f"{count(len(audit.findings), 'deficiency', 'deficiencies')}, "
        f"{len(audit.undetermined):,} undetermined."
    )
    for result in audit.results:
        line = f"  {result.check.id:38}"
        if result.examined:
            line += (
                f" {result.deficient:5,} deficient of {result.examined:,} examined, "
                f"{result.undetermined:,} undetermined"
            )
        else:
            line += f" {result.status}"
        if result.missing:
            line += ": no column for " + ", ".join(result.missing)
        if result.unevaluated:
            line += f"; {result.unevaluated.total():,} without " + ", ".join(result.unevaluated)
        if result.failed_encounters:
            failed = len(result.failed_encounters)
            line += f"; FAILED on {count(failed, 'encounter')}: {result.crash}"
        typer.echo(line)
    for path in written.paths:
        typer.echo(f"  {path}")
    for sentence in written.decisions:
        typer.echo(sentence)
    if written.pdf_left_out:
        typer.echo(written.pdf_left_out)


@contextmanager
def _progress(doing: str, *, quiet: bool = False) -> Iterator[None]:
    """A spinner on a terminal, silence otherwise and where a question may come."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


@contextmanager
def _one_sentence() -> Iterator[None]:
    """A user's mistake ends with its sentences and status 2, never with a traceback."""
    from auditor.load import InputError, ProfileError
    from auditor.mask import MaskKeyError
    from auditor.policy import PolicyError
    from auditor.report import DecisionsError, OutputError, PasswordError
    from auditor.tables.store import StoreError

    mistakes = (
        *(DecisionsError, InputError, MaskKeyError, OutputError, PasswordError),
        *(PolicyError, ProfileError, StoreError),
    )
    try:
        yield
    except mistakes as error:
        _refuse(str(error))


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(UNUSABLE)


def main() -> None:
    """The entry point of the command."""
    app(prog_name="auditor")
