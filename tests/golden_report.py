"""The small month's report and workbook as they should be: ``python -m tests.golden_report``.

The command writes them; read the difference before it is kept.  What changes with every release,
the hashes of the program and its version, is left out.
"""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import openpyxl

from auditor import Policy
from auditor.report.case import cases_of
from auditor.report.summary import summarise
from auditor.report.workbook import write_workbook
from tests.report_fixtures import a_ledger, audit_of, plain_month, supports_of
from tests.report_pages import small

GOLDEN = Path(__file__).parent / "golden"
_DRAWING = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def page() -> str:
    """The report's HTML with its drawings as text, and without its style."""
    html = re.sub(r"<style>.*?</style>", "<style></style>", small(), flags=re.DOTALL)
    html = _DRAWING.sub(lambda drawn: b64decode(drawn[1]).decode(), html)
    return _HASH.sub("(hash)", "\n".join(filter(None, map(str.strip, html.splitlines()))))


def cells() -> str:
    """Every cell of the workbook with a value, its links and formulas included, by address."""
    audit = audit_of(*plain_month(), policy=Policy(missing_stop="push"))
    cases = cases_of(audit, supports_of(audit))
    book = BytesIO()
    write_workbook(book, audit, summarise(audit, cases, a_ledger()), cases, a_ledger())
    lines = []
    for sheet in openpyxl.load_workbook(book).worksheets:
        if sheet.sheet_state != "visible":  # the seal, which other tests hold
            continue
        lines.append(f"== {sheet.title}")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    link = cell.hyperlink.location if cell.hyperlink else None
                    lines.append(f"{cell.coordinate}\t{cell.value!r}{f' → {link}' if link else ''}")
    return _HASH.sub("(hash)", "\n".join(lines))


def files() -> dict[Path, str]:
    """Each golden file and its text."""
    return {GOLDEN / "report.html": page() + "\n", GOLDEN / "workbook.txt": cells() + "\n"}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8", newline="\n")
