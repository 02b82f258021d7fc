"""The report as a page and on paper."""

import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PdfReader
from report_fixtures import (
    MODIFIER,
    NO_STOP,
    a_ledger,
    audit_of,
    billed,
    encounter,
    given,
    infusion_without_stop,
    plain_month,
    supports_of,
)

from auditor import Policy
from auditor.load.ledger import Ledger
from auditor.report.case import cases_of
from auditor.report.html import render_report
from auditor.report.manifest import InputFile
from auditor.report.pdf import PdfUnavailable, write_pdf
from auditor.report.summary import summarise
from auditor.run import Audit
from tests.pango import needs_pdf

PRIVILEGE = "Privileged & confidential"
INPUTS = (InputFile("mar.xlsx", "ab" * 32, 12_345),)


def page(
    audit: Audit,
    ledger: Ledger | None = None,
    inputs: Sequence[InputFile] = INPUTS,
    privilege: str | None = PRIVILEGE,
) -> str:
    ledger = a_ledger() if ledger is None else ledger
    summary = summarise(audit, cases_of(audit, supports_of(audit)), ledger)
    return render_report(summary, ledger, inputs, (), "Infusion Auditor 0", privilege=privilege)


def words(html: str) -> str:
    body = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(body.split())


@pytest.fixture(scope="module")
def html() -> str:
    return page(audit_of(*plain_month(), policy=Policy(missing_stop="push")))


@pytest.fixture(scope="module")
def pdf(html: str, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    write_pdf(html, path)
    return PdfReader(path)


def test_the_chapters_in_their_order(html: str) -> None:
    assert re.findall(r'<h2 id="[\w-]+">([^<]+)</h2>', html) == [
        "Summary",
        "Scope and universe",
        "Data received and its limits",
        "Results by check",
        "Responsible parties",
        "Problem codes and corrected claims",
        "Form gaps",
        "Worked examples",
        "Corrective action",
        "Method, authorities and policy",
        "Sign-off",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Privileged &amp; confidential",
        "Harbor Street Hospital · services of 09/03/2026",
        "2 of 4 encounters have at least one deficiency",
        "No dollars: no price table is loaded.",
        "not evaluated : no column for order.ordered_at",
        "Supply a sheet of orders with a column for “ordered at”.",
        "Evidence: stop: blank [mar.xlsx · MAR · G2]",
        "Cure: dated late entry by the person who gave it.",
        "missing_stop push",
        "96365 drug infusion by vein, first hour 3 1 2 0 2 of 2; too few for a rate",
        "Corrected lines, in 3 of 4 encounters with a claim: "
        "4 lines to change, 0 lines to delete and 0 lines to add.",
        "No required element of an administration’s record stands blank.",
        "ab" * 32,
        "12,345",
    ],
)
def test_what_the_page_says(said: str, html: str) -> None:
    assert said in words(html)


def test_a_changed_policy_is_marked(html: str) -> None:
    marked = re.findall(r'<tr class="changed differs"><th scope="row">(\w+)', html)
    assert marked == ["missing_stop"]


def test_the_page_fetches_nothing(html: str) -> None:
    assert set(re.findall(r'(?:src|srcset)="(\w+):', html)) == {"data"}
    assert "url(" not in html.partition("</style>")[0]
    assert "<script" not in html
    assert "<link" not in html


def test_data_cannot_speak_html() -> None:
    nasty = '"><script>alert(1)</script><img src="http://x/y">'
    hostile = encounter(
        nasty,
        (infusion_without_stop(nasty, "10:00"), given(nasty, "11:00", site=nasty)),
        (billed("96365", 1, "59"),),
        facility=nasty,
        arrival_mode=nasty,
    )
    made = page(audit_of(hostile), inputs=(InputFile(nasty, "0", 1),), privilege=nasty)
    assert "<script" not in made
    assert "http://x" not in re.sub(r"&#34;http://x", "", made)
    assert "&lt;script&gt;" in made


def test_an_audit_without_findings_is_a_page_too() -> None:
    made = words(page(audit_of(plain_month()[-1], checks=(NO_STOP, MODIFIER)), Ledger()))
    assert "No deficiency was found, so there is none to work through." in made
    assert "No corrective action follows from this audit." in made
    assert "No deficiency was found, so none falls to anybody." in made
    assert page(audit_of(), Ledger(), (), None)


def test_many_findings_are_counted_not_listed() -> None:
    many = tuple(infusion_without_stop(f"drug {n}", "10:00") for n in range(20))
    made = words(page(audit_of(encounter("E-1", many, (billed("96365"),)))))
    assert made.count("Finding F-") == 12
    assert "8 further results in the workbook." in made


@needs_pdf
def test_the_paper_has_its_marking_pages_and_bookmarks(pdf: PdfReader) -> None:
    total = len(pdf.pages)
    assert total > 5
    for number, sheet in enumerate(pdf.pages, start=1):
        text = sheet.extract_text()
        assert f"page {number} of {total}" in text
        assert "confidential" in text.lower()
        assert sheet.mediabox.width == 612  # US Letter
    chapters = [entry["/Title"] for entry in pdf.outline[0:] if not isinstance(entry, list)]
    nested = [entry for entry in pdf.outline if isinstance(entry, list)]
    assert chapters == ["Infusion and injection claim audit"]
    assert next(e["/Title"] for e in nested[0] if not isinstance(e, list)) == "Summary"


@needs_pdf
def test_the_paper_is_tagged(pdf: PdfReader) -> None:
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-US"
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Infusion and injection claim audit"
    figures = [e.get_object() for e in elements(root["/StructTreeRoot"]) if e["/S"] == "/Figure"]
    assert len(figures) == 2
    assert all(figure["/Alt"] for figure in figures)


def elements(node: object) -> list[dict[str, object]]:
    """Every structure element under a node of the tag tree."""
    from pypdf.generic import ArrayObject, DictionaryObject

    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, ArrayObject):
        return [found for child in node for found in elements(child)]
    if not isinstance(node, DictionaryObject):
        return []
    own = [node] if "/S" in node else []
    return [*own, *(elements(node["/K"]) if "/K" in node else [])]


@needs_pdf
def test_paper_is_fetched_from_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    with caplog.at_level(logging.ERROR, logger="weasyprint"):
        write_pdf(
            f'<html lang="en"><title>t</title><img alt="x" src="{secret.as_uri()}">',
            tmp_path / "a.pdf",
        )
    assert any("disallowed protocol" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("machine", "release", "line"),
    [
        ("darwin", None, "brew install pango"),
        ("win32", None, "pacman -S mingw-w64-x86_64-pango (in MSYS2)"),
        ("linux", {"ID": "ubuntu", "ID_LIKE": "debian"}, "apt install libpango-1.0-0"),
        ("linux", {"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf install pango"),
        ("linux", {"ID": "arch"}, "brew install pango; "),
        ("linux", None, "brew install pango; "),
    ],
)
def test_without_pango_one_line_says_what_to_install(
    machine: str,
    release: dict[str, str] | None,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def system() -> dict[str, str]:
        if release is None:
            raise OSError
        return release

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(sys, "platform", machine)
    monkeypatch.setattr("platform.freedesktop_os_release", system)
    with pytest.raises(PdfUnavailable) as left_out:
        write_pdf("<p>", tmp_path / "a.pdf")
    assert line in str(left_out.value)
    assert "\n" not in str(left_out.value)
    assert not (tmp_path / "a.pdf").exists()
