"""One folder of outputs, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.coding.support import Support
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
    from auditor.report.masked import Masking

WORKBOOK, REPORT, PDF = "audit.xlsx", "report.html", "report.pdf"
FINDINGS, CORRECTED = "findings.csv", "corrected_lines.csv"
AUDIT, MANIFEST = "audit.json", "manifest.json"
PROTECTED = "protected.zip"  # report, data files and corrected lines, where a password is given
_OURS = (WORKBOOK, MEND, PDF, REPORT, FINDINGS, CORRECTED, AUDIT, PROTECTED, MANIFEST)


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
    supports: Mapping[str, Support],
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
    pdf: bool = True,
) -> Written:
    """Write workbook, report, PDF, data files and manifest into the folder ``out``.

    ``supports`` are by encounter id, ``inputs`` the files that were read, ``tables`` the public
    tables that were asked, ``profile`` the hospital's settings, ``earlier`` the workbooks whose
    decisions are taken over, ``privilege`` a marking for the report's cover and pages.  With a
    ``password`` nothing of a patient is written that it does not open; it opens the earlier
    workbooks, too.  The report and the workbook show the earlier months of ``history``, to which
    the audit is added when everything is in place; a history that cannot be used stops nothing.
    With ``masking`` audit, ledger and supports are masked already, and nothing of ``inputs``,
    ``profile`` and ``earlier`` is written that is not; with ``mask`` the audit is a true one, and
    masked workbooks among ``earlier`` are understood.  Everything is made beside ``out`` and moved
    there at the end; earlier outputs of the same names are replaced, other files are left alone.

    :class:`OutputError` where the folder cannot be written, or where somebody has typed anything
    into an earlier workbook there; :class:`DecisionsError` where one of ``earlier`` cannot be read.
    """
    from auditor.report.case import cases_of
    from auditor.report.data import write_audit_json, write_corrected, write_findings, write_json
    from auditor.report.decisions import decisions_of
    from auditor.report.findings import finding_row, in_order
    from auditor.report.html import render_report
    from auditor.report.keeping import keep, trends_of
    from auditor.report.manifest import input_file, manifest, program, ruling
    from auditor.report.masked import at_home
    from auditor.report.money import effects_of
    from auditor.report.pdf import PdfUnavailable, write_pdf
    from auditor.report.protect import encrypted_pdf, encrypted_workbook, write_zip
    from auditor.report.remembered import run_of
    from auditor.report.summary import summarise
    from auditor.report.workbook import write_workbook
    from auditor.report.workbook.read_back import read_back
    from auditor.report.workbook.rows_to_mend import write_rows_to_mend

    _refuse_what_was_typed(out, password)
    cases = cases_of(audit, supports)
    effects = effects_of(cases)
    decisions = None
    if earlier:
        rows = [finding_row(finding, effects) for finding in in_order(audit)]
        filled = [read_back(path, password) for path in earlier]
        if mask is not None:
            filled = [at_home(workbook, audit, mask, rows) for workbook in filled]
        joined = decisions_of if masking is None else masking.decisions
        decisions = joined(filled, rows)
    summary = summarise(audit, cases, ledger, decisions, masked=masking is not None)
    read = [input_file(path) for path in inputs]
    worked_on = [input_file(path) for path in earlier]
    if masking is not None:
        profile = None
        read = masking.inputs(read)
        worked_on = [masking.workbook(n, file) for n, file in enumerate(worked_on, start=1)]
    rules = ruling(audit.policy, profile, [result.check for result in audit.results])
    run = run_of(audit, cases, rules, read, tables)
    trends, unread = trends_of(history, run)
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
    left_out = None
    with workshop(out) as folder:
        book = BytesIO()
        write_workbook(book, audit, summary, cases, ledger, decisions, trends)
        _keep(folder / WORKBOOK, book, encrypted_workbook, password)
        if ledger.to_mend:
            rows_to_mend = BytesIO()
            write_rows_to_mend(rows_to_mend, ledger.to_mend)
            _keep(folder / MEND, rows_to_mend, encrypted_workbook, password)
        (folder / REPORT).write_text(html, encoding="utf-8", newline="\n")
        if pdf:
            try:
                page = BytesIO()
                write_pdf(html, page)
                _keep(folder / PDF, page, encrypted_pdf, password)
            except PdfUnavailable as unavailable:
                left_out = str(unavailable)
        write_findings(folder / FINDINGS, audit, effects)
        write_corrected(folder / CORRECTED, cases)
        write_audit_json(folder / AUDIT, audit, summary, cases, ledger)
        data = [folder / name for name in (FINDINGS, CORRECTED, AUDIT)]
        write_json(
            folder / MANIFEST,
            manifest(read, tables, audit.policy, rules, data, worked_on, masked=bool(masking)),
        )
        if password is not None:
            write_zip(folder / PROTECTED, [*data, folder / REPORT], password)
        move_into_place(folder, out, _OURS)
    return Written(
        tuple(out / name for name in _OURS if (out / name).exists()),
        left_out,
        decisions.sentences if decisions else (),
        (unread,) if unread else keep(history, run),
    )


def is_output(path: Path) -> bool:
    """Whether a file is of an earlier audit: it has the name, and a manifest of ours beside it."""
    if path.name not in _OURS:
        return False
    try:
        told = json.loads((path.parent / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and str(told.get("program")).startswith(NAME)


def _keep(
    path: Path, made: BytesIO, encrypted: Callable[[BytesIO, str], bytes], password: str | None
) -> None:
    """Write down what was made in memory, encrypted where there is a password."""
    path.write_bytes(made.getvalue() if password is None else encrypted(made, password))


def _refuse_what_was_typed(out: Path, password: str | None) -> None:
    """Stop where an earlier workbook stands in the way and may hold what somebody typed."""
    from auditor.report.workbook.read_back import read_back
    from auditor.report.workbook.rows_to_mend import was_typed_into

    path, list_path = out / WORKBOOK, out / MEND
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
