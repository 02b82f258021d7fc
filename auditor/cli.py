"""The command ``auditor``: run, trend, packet, code, explain-unit, columns, checks, explain.

Exit statuses: 0 done; 1 done, but a check failed or could not be evaluated, or a sheet could not be
used; 2 the input cannot be used and nothing was written; 3 done except for the PDF, because its
library cannot be loaded; 4 a cluster left something undone, and nothing was written; 130 stopped by
Ctrl-C, and nothing was written.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from auditor.inputs_cli import expand
from auditor.profile_cli import is_terminal, profile_and_ask, save_profile
from auditor.tables_cli import data_folder, tables_app
from auditor.terminal import progress, working
from auditor.trend_cli import trend

if TYPE_CHECKING:  # imported where they are used, so that --help is quick
    from auditor.check import Check
    from auditor.judge import Judged
    from auditor.load import Ledger, Loaded
    from auditor.load.asked import Asked
    from auditor.policy import Policy
    from auditor.report import Written
    from auditor.report.masked import Masking
    from auditor.run import CheckResult

_DATES = ["%Y-%m-%d", "%m/%d/%Y"]
_NAMED = 10  # unknown encounters told one by one
_FIRST_YEAR, _LAST_YEAR = 2000, 2099  # of a letter: another year is a slip of the hand
PASSWORD_VARIABLE = "INFUSION_AUDITOR_PASSWORD"
DONE, INCOMPLETE, UNUSABLE, WITHOUT_PDF, UNFINISHED, STOPPED = 0, 1, 2, 3, 4, 130
_STOPPED = (
    "Stopped. Nothing was written, and what an earlier run wrote is as it was. To go on, run the "
    "same command again."
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts sooner
    help="Audit outpatient injection and infusion claims against the administration record.",
    epilog="Exit status: 0 done; 1 done, but a check failed or was not evaluated; "
    "2 the input cannot be used; 3 done without the PDF; 4 a cluster left something undone; "
    "130 stopped by Ctrl-C.",
)
app.add_typer(tables_app, name="tables")
app.command()(trend)

_FILES = typer.Argument(
    help="Spreadsheets of claims, administrations, orders …, or folders of them; "
    'patterns such as "exports/*.xlsx" too.'
)
Files = Annotated[list[Path], _FILES]
FilesOrUrls = Annotated[list[str], _FILES]
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
Password = Annotated[
    bool,
    typer.Option(
        "--password",
        help="Protect what is written; the password is asked for, or read from "
        f"{PASSWORD_VARIABLE}.",
    ),
]


MendedFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--mended",
        help="The list of rows to mend that an audit of these files wrote, filled in; may be given "
        "again.",
    ),
]


@app.command()
def run(
    files: FilesOrUrls,
    out_folder: Annotated[str, typer.Option("--out", help="The folder to write; made if missing.")],
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
    mended: MendedFiles = None,
    privilege: Annotated[
        str | None, typer.Option("--privilege", help="A marking for the report's cover and pages.")
    ] = None,
    password: Password = False,
    no_history: Annotated[
        bool,
        typer.Option("--no-history", help="Keep nothing of this audit for trends, and show none."),
    ] = False,
    mask: Annotated[
        bool,
        typer.Option(
            "--mask",
            help="Pseudonyms for identifiers and shifted dates: to share with others.",
        ),
    ] = False,
    data_only: Annotated[
        bool,
        typer.Option(
            "--data-only",
            help="Write findings.csv, corrected_lines.csv, audit.json and manifest.json alone, for "
            "other programs; neither workbook nor report.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first check that fails.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS|local",
            help="Audit on the workers of a Dask scheduler, or on this machine's as a cluster; "
            "writes tables of Parquet and a summary.  Files and folder may be addresses that "
            "fsspec knows, such as s3://….",
        ),
    ] = None,
) -> None:
    """Audit the files and write workbook, PDF, findings and manifest."""
    if cluster is not None:
        beside = {
            "--decisions": decisions,
            "--mended": mended,
            "--privilege": privilege,
            "--password": password or os.environ.get(PASSWORD_VARIABLE),
            "--mask": mask,
            "--strict": strict,
        }
        refused = [name for name, given in beside.items() if given]
        _run_on_cluster(
            cluster, files, out_folder, policy_file, profile_file, timezone, refused, no_history
        )
    import gc

    import checks
    from auditor.audit_rows import audit_rows, parts_of
    from auditor.check import discover
    from auditor.history.store import History
    from auditor.judge import Rules, judge
    from auditor.load import ledger_of, put_together, receive
    from auditor.load.files import shown_names
    from auditor.mask import Mask, has_key, kept_key
    from auditor.report import MEND, write_audit, write_data
    from auditor.report.text import count
    from auditor.run import CheckFailed
    from auditor.tables.attach import attach, editions_of, tables_for, tables_on
    from auditor.tables.quarter import Quarter
    from auditor.tables.store import Store

    with _one_sentence():
        secret = _password(password)
        key = kept_key(data_folder()) if mask else None
        policy = _policy(policy_file)
        out, paths = Path(out_folder), _expanded([Path(named) for named in files])
        profile, ask = profile_and_ask(profile_file, timezone)
        with progress(quiet=ask is not None) as tell:
            listed = _mended(mended, secret)
            for_data = data_only and not mask and not decisions
            received = receive(
                paths,
                profile,
                ask=ask,
                mended=listed,
                unlock=_unlock(secret),
                lists=not data_only,
                tell=tell,
            )
            store = Store(data_folder())
            rules = Rules(discover(checks), policy, received.supplied, strict)
            data = judged = masking = home = None
            try:
                if for_data:  # no record is wanted any more
                    extract = received.extract
                    tables = tables_on(extract.days(), extract.codes(), store)
                    gc.freeze()  # the rows stay to the end: no collector need walk them
                    alone = 1 if extract.has_mended else None
                    with parts_of(extract, out, tell) as kept:
                        data, parts = audit_rows(kept, rules, tables, processes=alone, tell=tell)
                    ledger = ledger_of(received, [part.assembled for part in parts])
                    quarters = frozenset[Quarter]().union(*(part.quarters for part in parts))
                    asked = editions_of(tables, store, quarters)
                else:
                    loaded = put_together(received, tell)
                    tables = tables_for(loaded.encounters, store)
                    gc.freeze()  # the records stay to the end
                    encounters = [attach(encounter, tables) for encounter in loaded.encounters]
                    judged = judge(encounters, rules, tell=tell)
                    ledger, asked = loaded.ledger, editions_of(tables, store)
            except CheckFailed as failed:
                typer.echo(f"{failed} Nothing was written, because --strict stops there.", err=True)
                raise typer.Exit(INCOMPLETE) from None
        if judged is not None and key is not None:
            with working("Masking the records and judging them again"):
                names = [*shown_names(paths), *(path.name for path in mended or ())]
                judged, ledger, masking = _masked(key, judged, loaded, names)
        elif decisions and has_key(data_folder()):
            home = Mask(kept_key(data_folder()))
        history = None if no_history or mask else History(data_folder())
        inputs = [*paths, *(mended or ())]
        with working("Writing the reports"):
            if data is not None:
                results, encounter_count = data.results, len(data.encounters)
                written = write_data(
                    data,
                    ledger,
                    inputs,
                    out,
                    tables=asked,
                    profile=profile,
                    password=secret,
                    history=history,
                )
            elif judged is not None:
                results, encounter_count = judged.audit.results, len(judged.cases)
                written = write_audit(
                    judged.audit,
                    ledger,
                    judged.cases,
                    inputs,
                    out,
                    tables=asked,
                    profile=profile,
                    earlier=decisions or (),
                    privilege=privilege,
                    password=secret,
                    history=history,
                    masking=masking,
                    mask=home,
                    data_only=data_only,
                )
    _tell(results, encounter_count, written)
    _tell_problems(ledger)
    wrong = sum(bool(row.faults) for sheet in ledger.to_mend for row in sheet.rows)
    if wrong and not data_only:
        typer.echo(
            f"{count(wrong, 'row')} with a cell that cannot be used: correct the yellow cells in "
            f"{out / MEND}, and run again on the same files with --mended and its name."
        )
    _end(results, ledger, WITHOUT_PDF if written.pdf_left_out else DONE)


def _run_on_cluster(
    address: str,
    files: list[str],
    out: str,
    policy_file: Path | None,
    profile_file: Path | None,
    timezone: str | None,
    refused: Sequence[str],
    no_history: bool,
) -> NoReturn:
    """Audit on a cluster, which nobody can be asked from; what was written is data alone."""
    from auditor.cluster_cli import run_on_cluster
    from auditor.load import load_profile
    from auditor.report import Written
    from auditor.report.text import listed

    if refused:
        _refuse(f"{listed(refused)} cannot be had with --cluster, which writes data alone.")
    with _one_sentence():
        profile, policy = load_profile(profile_file, timezone), _policy(policy_file)
        done, paths = run_on_cluster(
            address, files, out, profile, policy, _battery(), history=not no_history
        )
    written = Written((), None, history=done.history)
    _tell(done.results, done.encounters, written, paths)
    _tell_problems(done.ledger)
    _end(done.results, done.ledger, DONE)


def _end(results: Sequence[CheckResult], ledger: Ledger, status: int) -> NoReturn:
    """Say why an audit is incomplete, if it is; else with a status."""
    from auditor.run import is_complete

    for gap in ledger.gaps:
        typer.echo(f"Incomplete: {gap}.")
    raise typer.Exit(status if is_complete(results) and not ledger.gaps else INCOMPLETE)


@app.command()
def packet(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[ENCOUNTER]... FILES...",
            help="The encounters' numbers, then the files that `auditor run` takes.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder to write; made if missing.")],
    letter_date: Annotated[
        datetime,
        typer.Option(
            "--letter-date", formats=_DATES, help="The date of the request: due dates run from it."
        ),
    ],
    demand_date: Annotated[
        datetime | None,
        typer.Option("--demand-date", formats=_DATES, help="The demand letter's, once it is here."),
    ] = None,
    encounters: Annotated[
        Path | None,
        typer.Option(
            "--encounters", help="A list of encounter numbers: text, or a column of a spreadsheet."
        ),
    ] = None,
    merged: Annotated[
        bool, typer.Option("--merged", help="One PDF with an index instead of one PDF each.")
    ] = False,
    policy_file: PolicyFile = None,
    profile_file: ProfileFile = None,
    timezone: TimeZone = None,
    password: Password = False,
) -> None:
    """Write the answer to a records request: one PDF for each encounter.

    A word that names a file is a file, any other an encounter's number.
    """
    import checks
    from auditor.check import discover
    from auditor.load import load
    from auditor.load.asked import Asked, asked_in
    from auditor.load.quote import quote
    from auditor.report import Letter, sources_of_packet, write_packets
    from auditor.report.text import count
    from auditor.run import run as run_checks
    from auditor.tables.attach import attach, tables_for
    from auditor.tables.store import Store

    letter = Letter(_letter_date(letter_date), demand_date and _letter_date(demand_date))
    if letter.demand is not None and letter.demand < letter.dated:
        _refuse("The demand letter is dated before the records request: give each its date.")
    named = [Path(word) for word in words if _is_file(word)]
    numbers = [word for word in words if not _is_file(word)]
    asked = [Asked(number, f"number {n}") for n, number in enumerate(numbers, start=1)]
    with _one_sentence():
        secret = _password(password)
        policy = _policy(policy_file)
        if encounters is not None:
            asked += asked_in(encounters)
        if not asked:
            _refuse("No encounter was asked for: give their numbers, or a list by --encounters.")
        files, unlock = _expanded(named), _unlock(secret)
        profile, ask = profile_and_ask(profile_file, timezone)
        with working("Reading the files", quiet=ask is not None):
            loaded = load(files, profile, ask=ask, unlock=unlock)
        by_number = {encounter.encounter_id: encounter for encounter in loaded.encounters}
        _refuse_unknown([one for one in asked if one.number not in by_number])
        order = list(dict.fromkeys(one.number for one in asked))
        chosen = [by_number[number] for number in order]
        with working(f"Judging {count(len(chosen), 'encounter')}"):
            tables = tables_for(chosen, Store(data_folder()))
            judged = [attach(encounter, tables) for encounter in chosen]
            audit = run_checks(judged, discover(checks), policy, loaded.supplied)
        with working("Writing the packets"):
            sources = [source for encounter in chosen for source in sources_of_packet(encounter)]
            quoted = quote(files, loaded.ledger, sources, unlock)
            written = write_packets(
                audit, order, files, out, letter, quoted, merged=merged, password=secret
            )
    typer.echo(f"{count(len(order), 'packet')}, {count(written.pages, 'page')}:")
    for path in written.paths:
        typer.echo(f"  {path}")
    for gap in loaded.ledger.gaps:
        typer.echo(f"Incomplete: {gap}.")
    if not audit.complete:
        typer.echo("Some checks could not look; each packet names them.")
    raise typer.Exit(DONE if audit.complete and not loaded.ledger.gaps else INCOMPLETE)


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
        files = _expanded(files)
        profile, ask = load_profile(profile_file, timezone), None
        if saved is not None:
            profile, ask = profile_and_ask(profile_file, timezone)
        unlock = _unlock()
        found = survey(files, profile, unlock)
        asked: tuple[object, ...] = ()
        while ask is not None and found.points and found.points != asked:
            asked, profile = found.points, ask(found.points)
            found = survey(files, profile, unlock)
    console = Console(width=None if sys.stdout.isatty() else 120)
    for sheet in found.sheets:
        where = f"{sheet.file} · {sheet.sheet}" if sheet.sheet else sheet.file
        shape = f" (profile {sheet.shape})" if sheet.shape else ""
        unread = "hidden, not read" if sheet.hidden else "not recognised"
        title = f"{where}: {sheet.kind or unread}{shape}"
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
    mended: MendedFiles = None,
) -> None:
    """Write the service lines that the record supports; no claim is needed."""
    from auditor.coding import supported, with_computed_stops
    from auditor.load import load
    from auditor.report import write_supported
    from auditor.report.text import count

    with _one_sentence():
        policy = _policy(policy_file)
        files = _expanded(files)
        profile, ask = profile_and_ask(profile_file, timezone)
        listed = _mended(mended, _password(asked=False))
        loaded = load(files, profile, claims=False, ask=ask, mended=listed, unlock=_unlock())
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
    _tell_problems(loaded.ledger)


@app.command("explain-unit")
def explain_unit(
    encounter: Annotated[str, typer.Argument(help="The encounter's number.")],
    code: Annotated[str, typer.Argument(help="The administration code.")],
    files: Files,
    policy_file: PolicyFile = None,
    profile_file: ProfileFile = None,
    timezone: TimeZone = None,
    mended: MendedFiles = None,
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
        files = _expanded(files)
        profile, ask = profile_and_ask(profile_file, timezone)
        listed = _mended(mended, _password(asked=False))
        loaded = load(files, profile, claims=False, ask=ask, mended=listed, unlock=_unlock())
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
    """Explain one check: what it judges and needs, the authority behind it, and cases."""
    from auditor.report.check_page import cases_of_page, check_page

    found = {check.id: check for check in _battery()}.get(check_id)
    if found is None:
        _refuse(f"There is no check {check_id!r}; `auditor checks` lists them.")
    typer.echo(check_page(found) + cases_of_page(found))


def _is_file(word: str) -> bool:
    """Whether a word of the command is a file, folder or pattern: it exists, or looks like one."""
    named = re.fullmatch(r"\.[A-Za-z]\w{2,}", Path(word).suffix) is not None
    return named or os.path.exists(word)  # which bears words that no path can be


def _letter_date(given: datetime) -> date:
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        _refuse(f"{given:%m/%d/}{given.year:04} is no date of a letter: look at its year.")
    return given.date()


def _refuse_unknown(unknown: Sequence[Asked]) -> None:
    """Stop where an encounter is in no file; where it was asked for is said, never its number."""
    if not unknown:
        return
    told = ", ".join(one.where for one in unknown[:_NAMED])
    more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
    are = "encounter is" if len(unknown) == 1 else "encounters are"
    _refuse(
        f"{len(unknown):,} {are} in none of the files ({told}{more}): look at the numbers, or give "
        "the files that hold them. Nothing was written."
    )


def _expanded(named: list[Path]) -> list[Path]:
    """The files that are meant; what of a folder is passed over is said."""
    files, told = expand(named)
    for sentence in told:
        typer.echo(sentence, err=True)
    return files


def _mended(paths: list[Path] | None, password: str | None) -> dict[Path, bytes]:
    """The lists of mended rows with their content, of protected ones what the password opens."""
    from auditor.load import InputError
    from auditor.report import opened

    try:
        contents = {}
        for path in paths or ():
            with opened(path, password) as file:
                contents[path] = file.read()
        return contents
    except OSError as error:
        raise InputError([f"{path.name}: cannot be read ({error.strerror})."]) from None


def _masked(
    key: bytes, judged: Judged, loaded: Loaded, files: Sequence[str]
) -> tuple[Judged, Ledger, Masking]:
    """The same audit of the masked records; a record that it judges otherwise is told of."""
    from auditor.judge import Rules, judge
    from auditor.mask import Mask, judged_otherwise
    from auditor.report.masked import Masking

    audit, mask = judged.audit, Mask(key, files)
    records = [mask.encounter(encounter) for encounter in audit.encounters]
    checks = tuple(result.check for result in audit.results)
    shown = judge(records, Rules(checks, mask.policy(audit.policy), loaded.supplied))
    ledger = mask.ledger(loaded.ledger)
    if otherwise := judged_otherwise(audit, shown.audit, mask, judged.supports, shown.supports):
        names = ", ".join(otherwise)
        problem = f"Masked, these encounters are judged otherwise than in the true audit: {names}."
        ledger = replace(ledger, problems=(*ledger.problems, problem))
    return shown, ledger, Masking(mask, audit, tuple(files))


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


def _unlock(known: str | None = None) -> Callable[[str, int], str | None]:
    """What opens a protected input: the known password, the environment's, or one typed here.

    Whatever opened a file is tried on the next one before anybody is asked again.
    """
    tried: dict[str, set[str]] = {}
    said = list(filter(None, [known, os.environ.get(PASSWORD_VARIABLE)]))

    def unlock(name: str, attempt: int) -> str | None:
        if not attempt:  # a file may be read again
            tried[name] = set()
        before = tried[name]
        password = next((one for one in said if one not in before), None)
        if password is None and is_terminal():
            if attempt:
                typer.echo(f"{name}: that is not its password.", err=True)
            try:
                password = typer.prompt(f"Password of {name}", hide_input=True, err=True)
            except typer.Abort:
                return None
            said.insert(0, password)
        before.add(password or "")
        return password

    return unlock


def _tell_problems(ledger: Ledger) -> None:
    for problem in ledger.problems:
        typer.echo(f"  {problem}")


def _tell(
    results: Sequence[CheckResult],
    encounters: int,
    written: Written,
    places: Sequence[object] = (),
) -> None:
    """Counts and places only: nothing of a patient reaches the terminal."""
    from auditor.report.text import count

    deficient = sum(result.deficient for result in results)
    typer.echo(
        f"{count(encounters, 'encounter')}, {count(len(results), 'check')}: "
        f"{count(deficient, 'deficiency', 'deficiencies')}, "
        f"{sum(result.undetermined for result in results):,} undetermined."
    )
    longest = max((len(result.check.id) for result in results), default=0)
    for result in results:
        line = f"  {result.check.id:{longest}}"
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
    for path in (*written.paths, *places):
        typer.echo(f"  {path}")
    for sentence in (*written.decisions, *written.history):
        typer.echo(sentence)
    if written.pdf_left_out:
        typer.echo(written.pdf_left_out)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """A user's mistake ends with its sentences and status 2, never with a traceback."""
    from auditor.cluster.errors import ClusterError, Unfinished
    from auditor.load import InputError, ProfileError
    from auditor.mask import MaskKeyError
    from auditor.policy import PolicyError
    from auditor.report import DecisionsError, OutputError, PasswordError, PdfUnavailable
    from auditor.tables.store import StoreError

    mistakes = (
        *(ClusterError, DecisionsError, InputError, MaskKeyError, OutputError, PasswordError),
        *(PdfUnavailable, PolicyError, ProfileError, StoreError),
    )
    try:
        yield
    except mistakes as error:
        _refuse(str(error))
    except Unfinished as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNFINISHED) from None
    except KeyboardInterrupt:
        typer.echo(_STOPPED, err=True)
        raise typer.Exit(STOPPED) from None


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(UNUSABLE)


def main() -> None:
    """The entry point of the command."""
    app(prog_name="auditor")
