"""One folder of outputs, whole or not at all."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.history.store import History
from auditor.load.ledger import Ledger
from auditor.load.profile import Profile
from auditor.report.errors import DecisionsError, OutputError
from auditor.report.manifest import NAME
from auditor.report.text import listed
from auditor.run import Audit
from auditor.tables.store import Loaded

MEND = "rows_to_mend.xlsx"
if TYPE_CHECKING:  # imported where it is used, so that --help is quick
    from auditor.mask import Mask
    from auditor.report.case import Case
    from auditor.report.decisions import Decisions
    from auditor.report.masked import Masking
    from auditor.report.part import DataPart
    from auditor.report.summary import Summary
    from auditor.report.trend import Trend

WORKBOOK, REPORT, PDF = "audit.xlsx", "report.html", "report.pdf"
FINDINGS, CORRECTED = "findings.csv", "corrected_lines.csv"
AUDIT, MANIFEST = "audit.json", "manifest.json"
PROTECTED = "protected.zip"  # report, data files and corrected lines, where a password is given
_DATA = (FINDINGS, CORRECTED, AUDIT, PROTECTED, MANIFEST)
_OURS = (WORKBOOK, MEND, PDF, REPORT, *_DATA)


@dataclass(frozen=True, slots=True)
class Written:
    """The files in place, why the PDF was left out, what became of earlier decisions.

    ``history`` says what was kept in the history, or why nothing was.
    """

    paths: tuple[Path, ...]
    pdf_left_out: str | None
    decisions: tuple[str, ...] = ()
    history: tuple[str, ...] = ()


def write_audit(
    audit: Audit,
    ledger: Ledger,
    cases: Sequence[Case],
    inputs: Sequence[Path],
    out: Path,
    *,
    tables: Sequence[Loaded] = (),
    profile: Profile | None = None,
    earlier: Sequence[Path] = (),
    privilege: str | None = None,
    password: str | None = None,
    history: History | None = None,
    masking: Masking | None = None,
    mask: Mask | None = None,
    data_only: bool = False,
    pdf: bool = True,
) -> Written:
    """Write workbook, report, PDF, data files and manifest into the folder ``out``.

    ``cases`` are the audit's encounters in its order, ``inputs`` the files that were read,
    ``tables`` the public tables that were asked, ``profile`` the hospital's settings, ``earlier``
    the workbooks whose decisions are taken over, ``privilege`` a marking for the report's cover and
    pages.  With a ``password`` nothing of a patient is written that it does not open; it opens the
    earlier workbooks, too.  The report and the workbook show the earlier months of ``history``, to
    which the audit is added when everything is in place; a history that cannot be used stops
    nothing.  With ``masking`` audit, ledger and cases are masked already, and nothing of
    ``inputs``, ``profile`` and ``earlier`` is written that is not; with ``mask`` the audit is a
    true one, and masked workbooks among ``earlier`` are understood.  Everything is made beside
    ``out`` and moved there at the end; earlier outputs are replaced, other files are left alone.
    With ``data_only`` data files and manifest are all that is written, and replaced.

    :class:`OutputError` where the folder cannot be written, or where somebody has typed anything
    into an earlier workbook there; :class:`DecisionsError` where one of ``earlier`` cannot be read.
    """
    from auditor.processes import meanwhile
    from auditor.report.data import write_json
    from auditor.report.decisions import decisions_of
    from auditor.report.findings import finding_row, in_order
    from auditor.report.keeping import keep, trends_of
    from auditor.report.manifest import hashes, input_file, manifest, program, ruling
    from auditor.report.masked import at_home
    from auditor.report.money import effects_of
    from auditor.report.part import part_of
    from auditor.report.protect import write_zip
    from auditor.report.remembered import run_of
    from auditor.report.summary import summarise

    ours = _DATA if data_only else _OURS
    if not data_only:
        _refuse_what_was_typed(out, password)
    decisions = None
    if earlier:
        from auditor.report.workbook.read_back import read_back

        effects = effects_of(cases)
        rows = [finding_row(finding, effects) for finding in in_order(audit)]
        filled = [read_back(path, password) for path in earlier]
        if mask is not None:
            filled = [at_home(workbook, audit, mask, rows) for workbook in filled]
        joined = decisions_of if masking is None else masking.decisions
        decisions = joined(filled, rows)
    summary = None
    if decisions is not None or masking is not None or not data_only:
        summary = summarise(audit, cases, ledger, decisions, masked=masking is not None)
    read = [input_file(path) for path in inputs]
    worked_on = [input_file(path) for path in earlier]
    if masking is not None:
        profile = None
        read = masking.inputs(read)
        worked_on = [masking.workbook(n, file) for n, file in enumerate(worked_on, start=1)]
    rules = ruling(audit.policy, profile, [result.check for result in audit.results])
    part = part_of(audit, cases)
    run = run_of(audit.policy, audit.results, part.counts.months, rules, read, tables)
    trends, unread = ((), None) if data_only else trends_of(history, run)
    left_out = None
    with workshop(out) as folder:
        data = _write_data(folder, part, ledger, summary)
        told = manifest(
            read,
            tables,
            audit.policy,
            rules,
            hashes(data),
            worked_on,
            masked=bool(masking),
        )
        write_json(folder / MANIFEST, told)
        if summary is not None and not data_only:
            from auditor.report.html import render_report

            html = render_report(
                summary,
                ledger,
                read,
                tables,
                program(),
                rules,
                profile=profile,
                privilege=privilege,
                trends=trends,
            )
            (folder / REPORT).write_text(html, encoding="utf-8", newline="\n")
            data.append(folder / REPORT)
            made = (
                meanwhile(_write_pdf, folder / PDF, html, password) if pdf else nullcontext(_no_pdf)
            )
            with made as pdf_made:
                _write_workbooks(
                    folder, audit, summary, cases, ledger, decisions, trends, password=password
                )
                left_out = pdf_made()
        if password is not None:
            write_zip(folder / PROTECTED, data, password)
        with undisturbed():
            move_into_place(folder, out, ours)
            kept = (unread,) if unread else keep(history, run)
    return Written(
        tuple(out / name for name in ours if (out / name).exists()),
        left_out,
        decisions.sentences if decisions else (),
        kept,
    )


def write_data(
    part: DataPart,
    ledger: Ledger,
    inputs: Sequence[Path],
    out: Path,
    *,
    tables: Sequence[Loaded] = (),
    profile: Profile | None = None,
    password: str | None = None,
    history: History | None = None,
) -> Written:
    """Write what :func:`write_audit` writes with ``data_only``, of a whole audit as one part."""
    from auditor.report.data import write_json
    from auditor.report.keeping import keep
    from auditor.report.manifest import hashes, input_file, manifest, ruling
    from auditor.report.protect import write_zip
    from auditor.report.remembered import run_of

    read = [input_file(path) for path in inputs]
    rules = ruling(part.policy, profile, [result.check for result in part.results])
    run = run_of(part.policy, part.results, part.counts.months, rules, read, tables)
    with workshop(out) as folder:
        data = _write_data(folder, part, ledger)
        write_json(folder / MANIFEST, manifest(read, tables, part.policy, rules, hashes(data)))
        if password is not None:
            write_zip(folder / PROTECTED, data, password)
        with undisturbed():
            move_into_place(folder, out, _DATA)
            kept = keep(history, run)
    paths = tuple(out / name for name in _DATA if (out / name).exists())
    return Written(paths, None, (), kept)


def _write_data(
    folder: Path, part: DataPart, ledger: Ledger, summary: Summary | None = None
) -> list[Path]:
    """Write the data files; the files written."""
    from auditor.report.data import write_audit_json, write_corrected, write_findings

    write_findings(folder / FINDINGS, part.findings)
    write_corrected(
        folder / CORRECTED,
        chain.from_iterable(encounter.corrected for encounter in part.encounters),
    )
    write_audit_json(
        folder / AUDIT,
        part.policy,
        part.results,
        part.counts,
        part.findings,
        (encounter.json for encounter in part.encounters),
        ledger,
        summary,
    )
    return [folder / name for name in (FINDINGS, CORRECTED, AUDIT)]


def is_output(path: Path) -> bool:
    """Whether a file is of an earlier audit: it has the name, and a manifest of ours beside it."""
    if path.name not in _OURS:
        return False
    try:
        told = json.loads((path.parent / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and str(told.get("program")).startswith(NAME)


def _write_workbooks(
    folder: Path,
    audit: Audit,
    summary: Summary,
    cases: Sequence[Case],
    ledger: Ledger,
    decisions: Decisions | None,
    trends: Sequence[Trend],
    *,
    password: str | None,
) -> None:
    """Write the workbook and, where a row can be mended, the list of such rows."""
    from auditor.report.protect import encrypted_workbook
    from auditor.report.workbook import write_workbook
    from auditor.report.workbook.rows_to_mend import write_rows_to_mend

    book = BytesIO()
    write_workbook(book, audit, summary, cases, ledger, decisions, trends)
    _keep(folder / WORKBOOK, book, encrypted_workbook, password)
    if ledger.to_mend:
        rows_to_mend = BytesIO()
        write_rows_to_mend(rows_to_mend, ledger.to_mend)
        _keep(folder / MEND, rows_to_mend, encrypted_workbook, password)


def _no_pdf() -> None:
    """What making no PDF leaves to say."""


def _write_pdf(path: Path, html: str, password: str | None) -> str | None:
    """Write the report as PDF, or say why it is left out."""
    from auditor.report.pdf import PdfUnavailable, write_pdf
    from auditor.report.protect import encrypted_pdf

    page = BytesIO()
    try:
        write_pdf(html, page)
    except PdfUnavailable as unavailable:
        return str(unavailable)
    _keep(path, page, encrypted_pdf, password)
    return None


def _keep(
    path: Path, made: BytesIO, encrypted: Callable[[BytesIO, str], bytes], password: str | None
) -> None:
    """Write down what was made in memory, encrypted where there is a password."""
    path.write_bytes(made.getvalue() if password is None else encrypted(made, password))


def _refuse_what_was_typed(out: Path, password: str | None) -> None:
    """Stop where an earlier workbook stands in the way and may hold what somebody typed."""
    path, list_path = out / WORKBOOK, out / MEND
    if not path.exists() and not list_path.exists():
        return
    from auditor.report.workbook.read_back import read_back
    from auditor.report.workbook.rows_to_mend import was_typed_into

    try:
        touched = read_back(path, password).touched if path.exists() else ()
        mended = list_path.exists() and was_typed_into(list_path, password)
    except DecisionsError as error:
        raise OutputError(
            f"{error} It may hold what somebody typed: move it away, or give another folder."
        ) from None
    if touched:
        raise OutputError(
            f"{path} holds what somebody typed ({listed(touched)}), and nothing typed is ever "
            "overwritten: move it away, or give another folder; --decisions reads it back."
        )
    if mended:
        raise OutputError(
            f"{list_path} holds what somebody typed, and nothing typed is ever overwritten: move "
            "it away, or give another folder; --mended reads it back."
        )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no Ctrl-C come between the outputs that are put in place together."""
    if threading.current_thread() is not threading.main_thread():  # it comes to none other
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def workshop(out: Path) -> Iterator[Path]:
    """A folder on the disk of ``out`` that is gone afterwards: in it, or beside it if missing."""
    folder, usual = None, tempfile.tempdir
    try:
        if not out.is_dir():
            out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".auditor-", dir=out if out.is_dir() else out.parent))
        tempfile.tempdir = str(folder)  # openpyxl streams sheets there: they must go with it
        yield folder
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}).") from None
    finally:
        tempfile.tempdir = usual
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def move_into_place(made: Path, out: Path, names: Sequence[str]) -> None:
    """Replace earlier outputs of these names; where one cannot be, put all of them back."""
    with undisturbed():
        _exchange(made, out, names)


def _exchange(made: Path, out: Path, names: Sequence[str]) -> None:
    earlier = made / "earlier"
    earlier.mkdir()
    out.mkdir(exist_ok=True)
    placed = []
    try:
        for name in names:
            if (out / name).exists():
                (out / name).rename(earlier / name)
        for name in names:
            if (made / name).exists():
                (made / name).rename(out / name)
                placed.append(name)
    except OSError as error:
        for name in placed:
            (out / name).unlink()
        for path in earlier.iterdir():
            path.rename(out / path.name)
        raise OutputError(
            f"{out}: the earlier outputs cannot be replaced ({error.strerror}). "
            "Close the workbook if it is open, then run again."
        ) from None
