"""The packets of a records request: due dates, what is argued, the pages, the files."""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import yaml
from openpyxl import Workbook
from pypdf import PdfReader
from typer.testing import CliRunner, Result

import checks
from auditor import Policy
from auditor.authority import authorities
from auditor.check import discover
from auditor.cli import PASSWORD_VARIABLE, app
from auditor.coding import supported
from auditor.report.case import Case, cases_of
from auditor.report.claims import administration_rows
from auditor.report.defence import Statement, defence_of
from auditor.report.documents import wanted_documents
from auditor.report.packet import Letter, packet_of
from auditor.report.packets import render_packet
from auditor.report.pdf import pdf_of
from auditor.run import Audit, run
from auditor.tables.deadlines import deadlines
from tests.cases import encounter as encounter_of
from tests.packet_pages import LETTER, quoted_of, small, write
from tests.pango import needs_pdf
from tests.random_encounters import random_encounter
from tests.report_fixtures import audit_of, billed, encounter, given, plain_month
from tests.report_pages import LONG, sixty_doses, with_every_column
from tests.test_cli import CLAIMS, ENCOUNTERS, FORMULARY, MAR, ORDERS, book
from tests.test_coding_properties import billed_as_supported

HERE = Path(__file__).parent
DUE = yaml.safe_load((HERE / "deadlines.yaml").read_text(encoding="utf-8"))
CASES = yaml.safe_load((HERE / "packet.yaml").read_text(encoding="utf-8"))
SECRET = "correct horse"
EVERY_TEXT = {key: number for number, key in enumerate(authorities(), start=1)}


# -- due dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", DUE, ids=lambda row: f"{row['what']} {row['dated']}")
def test_due_dates(row: dict[str, Any]) -> None:
    (deadline,) = (one for one in deadlines() if one.what.startswith(row["what"]))
    assert deadline.paper == row["paper"]
    assert deadline.due(row["dated"]) == row["due"]
    assert deadline.due(row["dated"] + timedelta(1)) == row["due"] + timedelta(1)


def test_every_due_date_is_in_the_table_and_has_its_text() -> None:
    for deadline in deadlines():
        assert sum(deadline.what.startswith(row["what"]) for row in DUE) >= 2, deadline.what
        assert deadline.authority in authorities()
        assert str(deadline.days) in deadline.rule
        assert deadline.paper_words in deadline.rule


# -- what is argued --------------------------------------------------------------------------------


def case_of(row: dict[str, Any]) -> Case:
    one = encounter_of(row)
    audit = run([one], discover(checks), Policy(), one.supplied, strict=True)
    (case,) = cases_of(audit, {one.encounter_id: supported(one, audit.policy)})
    return case


def code_of(statement: Statement) -> str:
    return re.split(r"[ -]", statement.title)[0]


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_what_is_argued_conceded_and_asked_for(row: dict[str, Any]) -> None:
    case = case_of({**row, "billed": list(map(str, row["billed"]))})
    defence = defence_of(case, Policy(), EVERY_TEXT)
    groups = {
        "supported": defence.supported,
        "conceded": defence.conceded,
        "unsettled": defence.unsettled,
    }
    for name, statements in groups.items():
        assert [code_of(one) for one in statements] == list(map(str, row.get(name, []))), name
    told = [
        text
        for statements in groups.values()
        for one in statements
        for text in (one.title, *one.holds, *one.lacks)
    ]
    for words in row.get("says", ()):
        assert any(words in text for text in told), (words, told)
    documents = [one.document for one in wanted_documents(case, EVERY_TEXT)]
    *asked, notes, nursing, signatures = documents
    assert notes.startswith("Practitioner’s notes") and nursing.startswith("Nursing notes")
    assert signatures.startswith("Signature log")
    assert len(asked) == len(row["documents"]), asked
    for document, begins in zip(asked, row["documents"], strict=True):
        assert document.startswith(begins)


def test_every_billed_code_is_argued_conceded_or_left_open_and_argued_only_as_supported() -> None:
    groups: Counter[str] = Counter()
    for seed in range(40):
        rng = random.Random(seed)
        one = billed_as_supported(random_encounter(rng), Policy())
        lines = [
            replace(line, units=(line.units or 1) + rng.choice((0, 0, 0, 1)))
            for line in one.claim_lines
        ]
        one = replace(one, claim_lines=tuple(lines))
        audit = run([one], discover(checks), Policy(), one.supplied, strict=True)
        (case,) = cases_of(audit, {one.encounter_id: supported(one, audit.policy)})
        defence = defence_of(case, Policy(), EVERY_TEXT)
        rows = {row.code: row for row in administration_rows(case) if row.lines}
        told = []
        for name in ("supported", "conceded", "unsettled"):
            statements = getattr(defence, name)
            told += map(code_of, statements)
            groups[name] += len(statements)
        assert sorted(told) == sorted(rows) or defence.further, seed
        for statement in defence.supported:
            assert rows[code_of(statement)].difference <= 0, seed
            assert statement.holds, seed
    assert min(groups["supported"], groups["conceded"]) > 10, groups


def test_missing_documents_are_missing_in_the_data_and_never_in_the_record() -> None:
    for row in CASES:
        case = case_of({**row, "billed": list(map(str, row["billed"]))})
        for one in wanted_documents(case, EVERY_TEXT):
            assert one.state.startswith(("not in the data given", "rejected at ")), one
            assert one.texts


# -- the pages -------------------------------------------------------------------------------------


def texts(made: bytes | Path) -> list[str]:
    reader = PdfReader(made if isinstance(made, Path) else BytesIO(made))
    return [" ".join(sheet.extract_text().split()) for sheet in reader.pages]


def squeezed(text: str) -> str:
    """Without spaces and soft hyphens: lines break elsewhere with other fonts."""
    return re.sub(r"[\s\u00ad]+", "", text)


@pytest.fixture(scope="module")
def one_packet(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The pages of the packet of one small encounter."""
    one = encounter(
        "E-1",
        (given("ceftriaxone", "11:00", "11:45"), given("ondansetron", "12:05", row=3)),
        (billed("96365"), billed("96366", number=2), billed("96375", number=3)),
    )
    folder = tmp_path_factory.mktemp("one")
    write(audit_of(one), folder, Letter(date(2026, 11, 2), date(2027, 1, 30)))
    return texts(folder / "packet-1.pdf")


# Chapter by chapter, what the packet of that encounter says.
GOLDEN = {
    "Letter data sheet": """Date of the request 11/02/2026 Reviewer to be filled in
        Number of the request to be filled in Facility Harbor Street Hospital CCN and NPI
        to be filled in Medicare contractor to be filled in Payer Medicare Encounter E-1""",
    "Due dates": """Records requested are with the reviewer; no answer is a denial 45 days after the
        date of the records request Thu 12/17/2026""",
    "(stops recoupment)": """Stops recoupment: redetermination requested, or the amount paid without
        interest day 30, the date of the demand letter being day 1 Sun 02/28/2027 weekend""",
    "(discussion)": """Discussion with the Recovery Auditor requested day 30, the date of the review
        results letter being day 1 to be filled in""",
    "Claim lines": """C-100 line 1 96365 1 09/03/2026 as supported
        C-100 line 2 96366 1 09/03/2026 over by 1 C-100 line 3 96375 1 09/03/2026 as supported""",
    "Defence on one page": """Supported as billed 96365 × 1, drug infusion by vein, first hour: the
        record supports 1""",
    "(concession)": """To concede, or to mend before it is answered 96366 × 1, drug infusion by
        vein, further hour or repeat: the record supports 0""",
    "Explanation": """Each unit that the record supports 96365 × 1 on 09/03/2026, left forearm, drug
        infusion by vein, first hour 45 counted minutes, the initial service here: first hour.
        Rule: coding rules, section 6.1. Authority""",
    "(cells)": """09/03/2026 11:00 to 11:45; charted stop 09/03/2026 11:00 to 11:45 45
        start mar.xlsx · MAR · F2; stop mar.xlsx · MAR · G2 no orders are among the data given""",
    "Timeline": """Arrival: 09/03/2026 08:00 Discharge: 09/03/2026 18:00""",
    "Record rows": f"""claims.xlsx Row E HEADER_OF_HCPCS G HEADER_OF_UNITS 2 {LONG} 2""",
    "Authorities": """What a text says is our paraphrase; quote the text itself.""",
    "Documents to pull": """Whether the record has it, only the record tells.""",
    "How this packet was made": """policy default, from these files:""",
}


@needs_pdf
@pytest.mark.parametrize("chapter", GOLDEN)
def test_a_packet_says(chapter: str, one_packet: list[str]) -> None:
    said = squeezed(" ".join(one_packet))
    assert squeezed(GOLDEN[chapter]) in said
    assert chapter.startswith("(") or squeezed(chapter) in said


@needs_pdf
def test_the_defence_stands_on_a_page_of_its_own(one_packet: list[str]) -> None:
    pages = [page for page in one_packet if "Defence on one page" in page]
    assert len(pages) == 1
    assert "Claim lines" not in pages[0] and "Explanation" not in pages[0]
    total = len(one_packet)
    for number, page in enumerate(one_packet, start=1):
        assert f"packet 1, page {number} of {total}" in page


@needs_pdf
def test_sixty_administrations_with_long_names_have_one_page_of_defence_and_no_name_cut() -> None:
    one = sixty_doses()
    html = page_of(with_every_column(one))
    start = html.rindex("<section", 0, html.index('id="defence"'))
    stop = html.index("</section>", start)
    defence = html[: html.index("<section>")] + html[start:stop] + "</section></main></body></html>"
    (only,) = texts(pdf_of(defence))
    for code in ("96360", "96365", "96366", "96375", "96413"):
        assert code in only
    told = html[html.index('id="explanation"') :]
    for dose in one.administrations:
        assert dose.drugs[0] in told


# -- bound into one --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bound")
    (path,) = write(small(), folder, merged=True).paths
    assert [entry.name for entry in folder.iterdir()] == ["packets.pdf"]
    return path


def structure(tree: Any) -> Iterator[Any]:
    waiting = list(tree.K)
    while waiting:
        element = waiting.pop()
        yield element
        children = element.get("/K")
        if isinstance(children, pikepdf.Dictionary):
            children = [children]
        if isinstance(children, pikepdf.Array | list):
            waiting += [x for x in children if isinstance(x, pikepdf.Dictionary) and "/S" in x]


@needs_pdf
def test_the_index_and_the_bookmarks_lead_to_the_pages_on_which_packets_begin(bound: Path) -> None:
    reader = PdfReader(bound)
    index, *pages = texts(bound)
    begins = [n for n, page in enumerate(pages, start=2) if re.match(r"Packet \d", page)]
    assert len(begins) == 4
    told = re.findall(r"(\d) E-(\d) .*?(\d+)(?= \d E-| Made by)", index)
    assert [(int(number), int(page)) for number, _, page in told] == list(enumerate(begins, 1))
    links = [link.get_object()["/Dest"] for link in reader.pages[0]["/Annots"]]
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages, start=1)}
    assert [numbers[link[0].idnum] for link in links] == begins
    marks = [entry for entry in reader.outline if not isinstance(entry, list)]
    places = [reader.get_destination_page_number(mark) + 1 for mark in marks]
    assert places == [1, *begins]
    below = [mark for mark in reader.outline[-1] if not isinstance(mark, list)]
    assert [mark.title for mark in below[:4]] == [
        *("Letter data sheet", "Due dates", "Claim lines", "Defence on one page"),
    ]
    assert "Defence on one page" in texts(bound)[reader.get_destination_page_number(below[3])]


@needs_pdf
def test_what_is_bound_keeps_its_tags_and_links(bound: Path) -> None:
    with pikepdf.open(bound) as pdf:
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang) == "en-US"
        assert b"pdfuaid" in pdf.Root.Metadata.read_bytes()
        tree = pdf.Root.StructTreeRoot
        elements = list(structure(tree))
        pages = {page.obj.objgen for page in pdf.pages}
        assert {element.Pg.objgen for element in elements if "/Pg" in element} == pages
        named = [str(element.ID) for element in elements if "/ID" in element]
        assert len(set(named)) == len(named)
        tables = [element for element in elements if "/A" in element]
        sought = {str(x) for element in tables for x in element.A.get("/Headers", ())}
        assert sought and sought <= set(named)
        figures = [element for element in elements if element.S == "/Figure"]
        assert len(figures) == 4 and all(str(figure.Alt) for figure in figures)
        keys = [int(page.obj.StructParents) for page in pdf.pages]
        links = [link for page in pdf.pages for link in page.obj.get("/Annots", ())]
        keys += [int(link.StructParent) for link in links]
        assert len(set(keys)) == len(keys)
        numbers = tree.ParentTree.Nums
        tied = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
        assert set(keys) <= set(tied)
        for page in pdf.pages:  # the tags of a page are those of its own part
            for element in tied[int(page.obj.StructParents)]:
                assert "/Pg" not in element or element.Pg.objgen in pages
        targets = pikepdf.NameTree(pdf.Root.Names.Dests)
        for link in links:
            if isinstance(link.get("/Dest"), pikepdf.String):
                assert str(link.Dest) in targets


@needs_pdf
def test_the_same_packets_are_the_same_bytes(tmp_path: Path) -> None:
    clean = audit_of(plain_month()[-1])
    one, two = (
        path.read_bytes()
        for name in ("one", "two")
        for path in write(clean, tmp_path / name, merged=True).paths
    )
    assert one == two


def test_names_of_every_kind_reach_the_page_as_text() -> None:
    hostile = "<script>x</script>\"'=1+1\x00"
    one = encounter(hostile, (given(hostile, "11:00", "11:45", site=hostile),), (billed("96365"),))
    html = page_of(audit_of(one))
    assert "<script" not in html and "\x00" not in html
    assert "&lt;script&gt;" in html


def page_of(audit: Audit) -> str:
    """The packet of the only encounter of an audit, before it is put on paper."""
    supports = {e.encounter_id: supported(e, audit.policy) for e in audit.encounters}
    (case,) = cases_of(audit, supports)
    packet = packet_of(1, case, LETTER, audit.policy, quoted_of(case.encounter))
    return render_packet(packet, LETTER, audit, [], [])


# -- the command -----------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    rows: dict[str, Any] = {"claims": CLAIMS, "mar": MAR, "orders": ORDERS}
    rows |= {"encounters": ENCOUNTERS, "formulary": FORMULARY}
    rows["claims"] = [*CLAIMS, ["C2", "000555", "1", "96374", "1", "09/15/2024"]]
    return [book(tmp_path / f"{name}.xlsx", table, name) for name, table in rows.items()]


def packet(*words: object, **environment: str) -> Result:
    fixed = ["packet", "--timezone", "America/New_York", "--letter-date", "11/01/2024"]
    result = CliRunner().invoke(app, [*fixed, *map(str, words)], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@needs_pdf
def test_one_file_for_each_encounter_whose_names_say_nothing(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = packet("000555", "000123", "000555", *files, "--out", out)
    assert result.exit_code == 0, result.output
    names = ["index.pdf", "packet-1.pdf", "packet-2.pdf"]
    assert sorted(path.name for path in out.iterdir()) == names
    for number in ("000123", "000555"):
        assert number not in result.output
    index = texts(out / "index.pdf")[0]
    assert re.search(r"1 000555 .* 2 000123 ", index)
    said = squeezed(" ".join(texts(out / "packet-2.pdf")))
    for words in (
        "Mon 12/16/2024",
        "ordered 09/15/2024 08:50 [orders.xlsx · orders · D2]",
        "start mar.xlsx · mar · D2; stop mar.xlsx · mar · E2",
        "mar.xlsx · mar Row A Encounter ID B Drug C Route D Start E Stop F Site",
        "2 000123 ceftriaxone IV infusion 09/15/2024 09:00 09/15/2024 09:30",
    ):
        assert squeezed(words) in said, words

    again = packet("000123", *files, "--out", out, "--merged")  # takes the place of all of them
    assert again.exit_code == 0, again.output
    assert [path.name for path in out.iterdir()] == ["packets.pdf"]


@needs_pdf
@pytest.mark.parametrize("kind", ["text", "sheet"])
def test_encounters_from_a_list(kind: str, files: list[Path], tmp_path: Path) -> None:
    if kind == "text":
        listed = tmp_path / "request.txt"
        listed.write_text("000555\n\n000123\n", encoding="utf-8")
    else:
        listed = tmp_path / "request.xlsx"
        workbook = Workbook()
        for row in (["Letter of 11/01"], ["ICN", "Encounter ID"], ["9", "000555"], ["8", "000123"]):
            workbook.active.append(row)  # type: ignore[union-attr]
        workbook.save(listed)
    result = packet(*files, "--encounters", listed, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "2 packets" in result.output


@needs_pdf
def test_packets_and_index_open_with_the_password_alone(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert packet("000123", *files, "--out", out, **{PASSWORD_VARIABLE: SECRET}).exit_code == 0
    for path in out.iterdir():
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(path)
        with pikepdf.open(path, password=SECRET) as pdf:
            assert (pdf.encryption.bits, pdf.encryption.R) == (256, 6)
            assert pdf.Root.MarkInfo.Marked


REFUSED = [
    ("an unknown encounter", ["000123", "4711"], "1 encounter is in none of the files (number 2)"),
    ("no encounter", [], "No encounter was asked for"),
    ("a demand before the request", ["000123", "--demand-date", "2024-10-31"], "dated before"),
    ("a slip of the year", ["000123", "--letter-date", "0204-11-01"], "look at its year"),
    ("no date", ["000123", "--letter-date", "soon"], "soon"),
    ("a file that is not there", ["000123", "nowhere.xlsx"], "nowhere.xlsx"),
]


@pytest.mark.parametrize(("words", "says"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_what_is_refused_writes_nothing_and_shows_no_number(
    words: list[str], says: str, files: list[Path], tmp_path: Path
) -> None:
    result = packet(*words, *files, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert not (tmp_path / "out").exists()
    for number in ("4711", "000123", "000555"):
        assert number not in result.output


def test_an_unknown_encounter_of_a_list_is_told_by_its_cell(
    files: list[Path], tmp_path: Path
) -> None:
    listed = tmp_path / "request.txt"
    listed.write_text("000123\n4711\n", encoding="utf-8")
    result = packet(*files, "--encounters", listed, "--out", tmp_path / "out")
    assert (result.exit_code, "request.txt · A2" in result.output) == (2, True), result.output
    assert "4711" not in result.output
    listed.write_text("name,number\na,b\n", encoding="utf-8")
    result = packet(*files, "--encounters", listed, "--out", tmp_path / "out")
    assert (result.exit_code, "head one “Encounter”" in result.output) == (2, True), result.output


def test_without_the_pdf_library_nothing_is_written(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    result = packet("000123", *files, "--out", tmp_path / "out")
    assert (result.exit_code, "libpango" in result.output) == (2, True), result.output
    assert not (tmp_path / "out").exists()
