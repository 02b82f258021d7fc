"""The report as a page and on paper."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
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
from auditor.report import write_audit
from auditor.report.case import cases_of
from auditor.report.lettering import text_width
from auditor.report.manifest import InputFile, ruling
from auditor.report.pdf import PdfUnavailable, write_pdf
from tests.pango import needs_pdf
from tests.report_pages import ACCENTED, ARABIC, HEBREW, LONG, PROFILE, REPORTS, page

PAPER = 504.0  # points between the margins


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
        "Root causes and responsible parties",
        "Problem codes and corrected claims",
        "Form gaps",
        "Worked examples",
        "Corrective action",
        "Method, authorities and policy",
        "Files and hashes",
        "Sign-off",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Privileged &amp; confidential",
        "Harbor Street Hospital · services of 09/03/2026",
        "2 of 4 encounters have at least one deficiency",
        "No dollars: no price table is loaded.",
        "Prepared by Prepared for Date",
        "Time zone America/New_York",
        "not evaluated : no column for order.ordered_at",
        "Supply a sheet of orders with a column for “ordered at”.",
        "Evidence: stop: blank [mar.xlsx · MAR · G2]",
        "Cure: dated late entry by the person who gave it, by nursing. Arose with nursing.",
        "Headers of its own “Chg Cd” of claim lines is hcpcs",
        "Charted actions of its own “Infusing” is NOTE",
        "missing_ stop (changed) push",
        "96365 drug infusion by vein, first hour 3 1 2 0 2 of 2; too few for a rate",
        "Corrected lines, in 3 of 4 encounters with a claim: "
        "4 lines to change, 0 lines to delete and 0 lines to add.",
        "not stated mar.xlsx · MAR infusion stop 2 of 5; too few for a rate",
        "No file has a column for order, dose, staff, credential and rate: nobody can tell",
        "ab" * 32,
        "12,345",
    ],
)
def test_what_the_page_says(said: str, html: str) -> None:
    assert said in words(html)


def test_a_changed_policy_is_marked(html: str) -> None:
    marked = re.findall(r'<tr class="changed differs"><th scope="row">([\w<>]+)', html)
    assert marked == ["missing_<wbr>stop"]


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


def test_what_has_no_room_on_the_page_of_an_example_is_counted() -> None:
    many = tuple(infusion_without_stop(f"drug {n}", "10:00") for n in range(40))
    made = words(page(audit_of(encounter("E-1", many, (billed("96365"),)))))
    told = made.count("Finding F-")
    assert 1 < told < 12
    assert f"Left out for room: {40 - told} further results (its Worklist)." in made
    assert "further rows of 40 on the workbook’s Timeline." in made


class Reading(HTMLParser):
    """What of a page its structure tells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.tables: list[tuple[list[float], list[str]]] = []
        self.nameless: list[str] = []
        self._link: str | None = None
        self._header = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        match tag:
            case "a":
                self.targets.append(str(given["href"]))
                self._link = ""
            case "img":
                self.images.append(given)
            case "table":
                self.tables.append(([], []))
            case "col":
                self.tables[-1][0].append(float(re.findall(r"[\d.]+", str(given["style"]))[0]))
            case "th":
                self._header = given.get("scope") == "col"
                if self._header:
                    self.tables[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            if not self._link.strip():
                self.nameless.append(self.targets[-1])
            self._link = None
        self._header = self._header and tag != "th"

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link += data
        if self._header:
            self.tables[-1][1][-1] += data


@pytest.fixture(scope="module", params=REPORTS)
def reading(request: pytest.FixtureRequest) -> Reading:
    return Reading(REPORTS[request.param]())


def test_every_reference_has_one_place(reading: Reading) -> None:
    assert len(set(reading.ids)) == len(reading.ids)
    inside = {target[1:] for target in reading.targets if target.startswith("#")}
    assert inside <= set(reading.ids)


def test_headings_leave_out_no_level(reading: Reading) -> None:
    assert reading.headings[0] == 1
    assert reading.headings.count(1) == 1
    for above, below in zip(reading.headings, reading.headings[1:], strict=False):
        assert below <= above + 1


def test_what_is_not_text_has_words(reading: Reading) -> None:
    assert all(image.get("alt") for image in reading.images)
    assert reading.nameless == []


def test_no_heading_of_a_table_is_broken_within_a_word(reading: Reading) -> None:
    for widths, headers in reading.tables:
        assert not widths or sum(widths) == 100
        for width, header in zip(widths, headers, strict=False):
            room = PAPER * width / 100 - 6  # the padding of a cell
            for piece in re.split("[ \u00ad]", header):
                assert text_width(piece, 8) * 1.05 <= room, header


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_names_what_its_reader_cannot_look_up(name: str) -> None:
    made = words(REPORTS[name]())
    assert re.findall(r"\((?:[A-Z]-?\d\d?)[,)]", made) == []
    assert "(rule" not in made


def test_no_blank_is_told_of_columns_that_no_file_has() -> None:
    month = (replace(one, supplied=frozenset()) for one in plain_month())
    made = words(page(audit_of(*month)))
    assert "No required element of an administration’s record stands blank." in made


def test_names_in_any_script_are_whole() -> None:
    made = REPORTS["ugly"]()
    for name in (ARABIC, HEBREW, ACCENTED):
        assert f"<bdi>{name}</bdi>" in made
    spans = re.findall(r'<span class="row"[^>]*>(.*?)</span>', made)
    labels = [re.sub("<[^>]+>|\\s", "", span) for span in spans]
    assert [label for label in labels if label.startswith(re.sub(r"\s", "", LONG))]


@pytest.fixture(scope="module", params=["sample", "ugly"])
def paper(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    path = tmp_path_factory.mktemp("paper") / "report.pdf"
    write_pdf(REPORTS[request.param](), path)
    return PdfReader(path)


def places(paper: PdfReader) -> dict[str, int]:
    """The page, from 0, of every bookmark."""
    found: dict[str, int] = {}

    def walk(entries: list[object]) -> Iterator[tuple[str, int]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry)
            else:
                yield entry["/Title"], paper.get_destination_page_number(entry)  # type: ignore[index,arg-type]

    found.update(walk(paper.outline))
    return found


@needs_pdf
def test_cover_summary_and_each_example_take_one_page(paper: PdfReader) -> None:
    found = places(paper)
    assert found["Summary"] == 1
    assert found["Scope and universe"] == 2
    examples = [page for title, page in found.items() if title.startswith("Encounter ")]
    assert len(examples) > 2
    assert [*examples, found["Corrective action"]] == list(
        range(examples[0], examples[0] + len(examples) + 1)
    )


@needs_pdf
def test_no_page_of_the_paper_is_nearly_empty(paper: PdfReader) -> None:
    texts = [sheet.extract_text() for sheet in paper.pages]
    assert min(map(len, texts[:-1])) > 700  # about half a page
    assert "Sign-off" in texts[-1]
    assert "Reservations" in texts[-1]


def test_the_report_and_the_manifest_name_what_rules_by_the_same_hashes(tmp_path: Path) -> None:
    audit = audit_of(*plain_month())
    (tmp_path / "mar.csv").write_text("a,b\n")
    write_audit(
        audit,
        a_ledger(),
        cases_of(audit, supports_of(audit)),
        [tmp_path / "mar.csv"],
        tmp_path / "out",
        profile=PROFILE,
        pdf=False,
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    made = words((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    for digest in (manifest["engine"], manifest["shipped_tables"], manifest["profile"]):
        assert digest in made
    assert manifest["policy"]["sha256"] in made


def test_whatever_rules_on_the_findings_changes_its_hash() -> None:
    checks = (NO_STOP, MODIFIER)
    plain = ruling(Policy(), PROFILE, checks)
    assert plain == ruling(Policy(), PROFILE.model_copy(), checks)
    for field, other in (
        ("profile", ruling(Policy(), PROFILE.model_copy(update={"day_first": True}), checks)),
        ("profile", ruling(Policy(), PROFILE.model_copy(update={"actions": {}}), checks)),
        ("profile", ruling(Policy(), None, checks)),
        ("policy", ruling(Policy(kvo_rate=30), PROFILE, checks)),
        ("checks", ruling(Policy(), PROFILE, checks[:1])),
    ):
        changed = [name for name in plain.__slots__ if getattr(plain, name) != getattr(other, name)]
        assert changed == [field]


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
    assert len(figures) == 3  # the checks, the stops by unit, and the timeline
    assert all(figure["/Alt"] for figure in figures)


@needs_pdf
def test_every_cell_of_the_paper_knows_its_headings(paper: PdfReader) -> None:
    tree = elements(paper.trailer["/Root"]["/StructTreeRoot"])
    tables = [elements(table["/K"]) for table in tree if table["/S"] == "/Table"]
    assert len(tables) > 20
    for cells in tables:
        assert any(cell["/S"] == "/TH" for cell in cells)
        assert all(cell["/A"].get("/Headers") for cell in cells if cell["/S"] == "/TD")  # type: ignore[attr-defined]


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
