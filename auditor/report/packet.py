"""One encounter's answer to a records request, in the order in which a reviewer reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.authority import Authority, authority
from auditor.load.quote import Quoted
from auditor.policy import Policy
from auditor.record import Encounter, Sheet, Source
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows
from auditor.report.corrected import CorrectedRow, corrected_rows
from auditor.report.defence import Defence, defence_of
from auditor.report.documents import Wanted, document_authorities, wanted_documents
from auditor.report.example import Told, facts_of, money_sentences, numbers_of, told_of
from auditor.report.explained import Explained, Idle, explained_lines, idle_administrations
from auditor.report.figure import Figure, timeline_figure
from auditor.report.findings import worklist_order
from auditor.report.money import effects_of
from auditor.report.text import amount, day, dollars, listed, printable
from auditor.report.timeline import draw
from auditor.tables.deadlines import deadlines

_MOST_COLUMNS = 10  # of a table of rows on a page that lies on its side


@dataclass(frozen=True, slots=True)
class Letter:
    """The dates of the papers that have come: the records request, and perhaps the demand."""

    dated: date
    demand: date | None = None

    @property
    def papers(self) -> dict[str, date]:
        """The known dates by the papers' names in the table of due dates."""
        known = {"letter": self.dated, "demand": self.demand}
        return {paper: on for paper, on in known.items() if on is not None}


@dataclass(frozen=True, slots=True)
class Due:
    """One due date; ``on`` is empty, and ``weekend`` false, where the paper has not come yet."""

    what: str
    rule: str
    on: str
    weekend: bool
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One line of the claim as billed, with what a comparison or a check says of its code."""

    line: str
    code: str
    revenue: str
    units: str
    on: str
    charge: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one sheet as they stand there: headings, then for each row its number and cells.

    A sheet with many columns has several, ``part`` of them all.
    """

    sheet: str
    part: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Packet:
    """All that the packet of one encounter shows; ``number`` is its place among the packets."""

    number: int
    encounter_id: str
    sheet: tuple[tuple[str, str], ...]
    dues: tuple[Due, ...]
    lines: tuple[BilledLine, ...]
    compared: tuple[tuple[ClaimRow, tuple[int, ...]], ...]
    corrected: tuple[CorrectedRow, ...]
    money: tuple[str, ...]
    defence: Defence
    explained: tuple[Explained, ...]
    unsupported: tuple[str, ...]
    idle: tuple[Idle, ...]
    findings: tuple[Told, ...]
    reviews: tuple[str, ...]
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    rows: tuple[Rows, ...]
    unquoted: str
    authorities: tuple[Authority, ...]
    wanted: tuple[Wanted, ...]


def sources_of_packet(encounter: Encounter) -> tuple[Source, ...]:
    """Every row that states something of the encounter: claim, stay, lines, orders, record."""
    facts: list[Source | None] = [line.source for line in encounter.claim_lines]
    facts += [encounter.source, *(source for _, source in encounter.elsewhere)]
    facts += [site.source for site in encounter.access_sites]
    facts += [order.source for order in encounter.orders]
    for given in encounter.administrations:
        facts += given.sources
        facts += [source for _, source in given.elsewhere]
        facts += [row for dose in given.doses for row in (dose.source, dose.waste_source)]
    return tuple(dict.fromkeys(source for source in facts if source is not None))


def dates_of(encounter: Encounter) -> str:
    """The dates of service: of the claim or, where it has none, of what was given."""
    days = {line.service_date for line in encounter.claim_lines if line.service_date is not None}
    days = days or {x.start.date() for x in encounter.administrations if x.start is not None}
    ends = (min(days), max(days)) if days else ()
    return " to ".join(dict.fromkeys(map(day, ends)))


def packet_of(
    number: int,
    case: Case,
    letter: Letter,
    policy: Policy,
    quoted: Mapping[Source, Sequence[Quoted]],
) -> Packet:
    """The packet of an encounter; ``quoted`` has the cells of its rows as they stand."""
    encounter = case.encounter
    texts_cited = _authorities(case)
    texts = {text.id: place for place, text in enumerate(texts_cited, start=1)}
    effects = effects_of([case])
    findings = [
        *worklist_order(case.findings),
        *worklist_order(case.undetermined),
        *worklist_order(case.notes),
    ]
    compared = administration_rows(case)
    sources = sources_of_packet(encounter)
    missing = [source for source in sources if source not in quoted]
    return Packet(
        number=number,
        encounter_id=printable(encounter.encounter_id),
        sheet=_letter_sheet(encounter, letter),
        dues=_dues(letter, texts),
        lines=_billed_lines(case, compared),
        compared=tuple((row, numbers_of(row.authorities, texts)) for row in compared),
        corrected=tuple(row for row in corrected_rows(case) if row.action != "keep"),
        money=money_sentences(case.impact),
        defence=defence_of(case, policy, texts),
        explained=explained_lines(case, texts),
        unsupported=tuple(
            printable(f"{row.code}: billed {row.billed}, supported {row.supported}. {row.cause}")
            for row in compared
            if row.difference > 0
        ),
        idle=idle_administrations(case),
        findings=tuple(told_of(finding, effects, texts) for finding in findings),
        reviews=tuple(dict.fromkeys(printable(review.because) for review in case.support.reviews)),
        figures=tuple(map(timeline_figure, draw(encounter, case.support))),
        facts=facts_of(encounter),
        rows=_rows(sources, quoted),
        unquoted=printable(listed(map(str, missing))),
        authorities=texts_cited,
        wanted=wanted_documents(case, texts),
    )


def _authorities(case: Case) -> tuple[Authority, ...]:
    """Every text that the packet cites, by document and section."""
    keys = {key for line in case.support.lines for key in line.authorities}
    keys |= document_authorities(case)
    keys |= {deadline.authority for deadline in deadlines()}
    cited = {key: authority(key) for key in keys}
    for finding in (*case.findings, *case.undetermined, *case.notes):
        cited |= {text.id: text for text in finding.check.authorities}
    return tuple(sorted(cited.values(), key=lambda text: (text.document, text.section)))


def _letter_sheet(encounter: Encounter, letter: Letter) -> tuple[tuple[str, str], ...]:
    """What a letter asks to have beside the records; a value that is empty is to be filled in."""
    lines = encounter.claim_lines
    return tuple(
        (name, printable(value or ""))
        for name, value in (
            ("Date of the request", day(letter.dated)),
            ("Reviewer", ""),
            ("Number of the request", ""),
            ("Facility", encounter.facility),
            ("CCN and NPI", ""),
            ("Medicare contractor", encounter.mac),
            ("Payer", _said(line.payer for line in lines)),
            ("Encounter", encounter.encounter_id),
            ("Account", encounter.account_id),
            ("Patient number", encounter.patient_id),
            ("Claim number in the data", _said(line.claim_id for line in lines)),
            ("ICN or DCN of the claim", ""),
            ("Type of bill", _said(line.bill_type for line in lines)),
            ("Dates of service", dates_of(encounter)),
            ("Prepared by", ""),
            ("Date sent, and how", ""),
        )
    )


def _said(values: Iterable[str | None]) -> str:
    return ", ".join(dict.fromkeys(value for value in values if value))


def _dues(letter: Letter, texts: Mapping[str, int]) -> tuple[Due, ...]:
    dues = []
    for deadline in deadlines():
        base = letter.papers.get(deadline.paper)
        due = deadline.due(base) if base else None
        on = f"{due:%a %m/%d/%Y}" if due else ""
        weekend = due is not None and due.weekday() >= 5
        cited = numbers_of((deadline.authority,), texts)
        dues.append(Due(deadline.what, deadline.rule, on, weekend, cited))
    return tuple(dues)


def _billed_lines(case: Case, compared: Sequence[ClaimRow]) -> tuple[BilledLine, ...]:
    """The claim line by line, as billed."""
    verdicts = {id(line): row for row in compared for line in row.lines}
    return tuple(
        BilledLine(
            printable(f"{line.claim_id} line {line.line_number}"),
            printable(line.code_with_modifiers),
            printable(line.revenue_code or ""),
            amount(line.units),
            day(line.service_date),
            dollars(line.charge) if line.charge is not None else "",
            _verdict(verdicts.get(id(line))),
        )
        for line in case.encounter.claim_lines
    )


def _verdict(row: ClaimRow | None) -> str:
    if row is None:
        return "bills no drug administration"
    return row.mark or "as supported"


def _rows(sources: Sequence[Source], quoted: Mapping[Source, Sequence[Quoted]]) -> tuple[Rows, ...]:
    """The rows by sheet in the order in which they come, their columns in groups with room."""
    sheets: dict[Sheet, list[Source]] = {}
    for source in sources:
        if source in quoted:
            sheets.setdefault(source.sheet, []).append(source)
    tables = []
    for sheet, of_sheet in sheets.items():
        of_sheet.sort(key=lambda source: source.row)
        cells = [quoted[source] for source in of_sheet]
        filled = [n for n in range(len(cells[0])) if any(row[n].text for row in cells)]
        groups = [filled[at : at + _MOST_COLUMNS] for at in range(0, len(filled), _MOST_COLUMNS)]
        for place, group in enumerate(groups, start=1):
            part = f"columns, part {place} of {len(groups)}" if len(groups) > 1 else ""
            tables.append(
                Rows(
                    printable(str(sheet)),
                    part,
                    tuple((cells[0][n].letter, printable(cells[0][n].header)) for n in group),
                    tuple(
                        (source.row, tuple(printable(row[n].text) for n in group))
                        for source, row in zip(of_sheet, cells, strict=True)
                    ),
                    _widths([cells[0][n].header for n in group], cells, group),
                )
            )
    return tuple(tables)


def _widths(
    headers: Sequence[str], rows: Sequence[Sequence[Quoted]], group: Sequence[int]
) -> tuple[int, ...]:
    """Percent for the number of the row and each column, by what is longest in it."""
    lengths = [
        min(max(9, len(header) // 2, *(len(row[n].text) for row in rows)), 34) + 1
        for header, n in zip(headers, group, strict=True)
    ]
    return (4, *(96 * length // sum(lengths) for length in lengths))
