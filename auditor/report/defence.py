"""What can be said for each line that was billed, and what must be conceded: one page.

Nothing is argued that the record given does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from auditor.coding import Cover, covering, drug_services
from auditor.coding.support import SupportedLine
from auditor.policy import Policy
from auditor.record import Administration, Encounter
from auditor.report.case import Case
from auditor.report.claims import ClaimRow, administration_rows, other_rows
from auditor.report.example import PAGE, SMALL, WIDTH, as_many, height_of, numbers_of
from auditor.report.findings import administrations_of, claim_lines_of, drug_words
from auditor.report.lettering import shortened
from auditor.report.text import amount, count, moment, printable, sentence_case
from auditor.run import Finding
from auditor.tables.codes import code as code_entry
from auditor.verdict import Cure, cell_of

_HEADING = 150.0  # points: the heading of the page, its lead, and the headings of the groups
_AMPLE, _SCANT = (2, 3), (1, 2)  # sentences of one code, and lines of each, by the room there is
_INDENT = 26.0
_COVERS = {
    Cover.WRITTEN: "",
    Cover.AUTHENTICATED: ", verbal, authenticated",
    Cover.NOT_TOLD: ", verbal; the data given do not say whether it was authenticated",
    Cover.AFTER_THE_END: ", written after it had ended",
    Cover.UNAUTHENTICATED: ", verbal, and not authenticated in the data given",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One billed code: what the record given ``holds`` of it, and what it ``lacks``.

    ``texts`` are the numbers of its authorities in the packet's table.
    """

    title: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Defence:
    """The billed codes by what can be said of them; ``further`` says what has no room."""

    supported: tuple[Statement, ...]
    conceded: tuple[Statement, ...]
    unsettled: tuple[Statement, ...]
    further: str


def defence_of(case: Case, policy: Policy, texts: Mapping[str, int]) -> Defence:
    """The page of an encounter; ``texts`` number the authorities by id.

    Conceded is what the record supports otherwise than billed, or what a deficiency concerns;
    unsettled is what an undetermined result could still turn.
    """
    told = [*_administrations(case, texts), *_others(case, policy, texts)]
    for most, lines in (_AMPLE, _SCANT):
        groups = {
            name: [_short(statement, most, lines) for group, statement in told if group == name]
            for name in ("conceded", "supported", "unsettled")
        }
        room, left_out = PAGE - _HEADING, 0
        kept = {}
        for name, statements in groups.items():  # what must be conceded has its room first
            kept[name], room = as_many(statements, room, _height)
            left_out += len(statements) - len(kept[name])
        if not left_out and room >= 0:
            break
    further = f"{count(left_out, 'further code')} under Explanation." if left_out else ""
    return Defence(
        tuple(kept["supported"]), tuple(kept["conceded"]), tuple(kept["unsettled"]), further
    )


def order_words(given: Administration, encounter: Encounter) -> str:
    """The order that covers an administration, with its cell, or that there is none."""
    if "order.drug" not in encounter.supplied:
        return "no orders are among the data given"
    found = covering(given, encounter)
    if found is None:
        return "no order for it is in the data given"
    order = found.order
    at = f" {moment(order.ordered_at)}" if order.ordered_at else ", time not in the data given"
    by = f" by {order.provider}" if order.provider else ""
    cell = cell_of(order, "ordered_at")
    return f"ordered{at}{by}{_COVERS[found.cover]}{f' [{cell}]' if cell else ''}"


def cited_times(given: Administration) -> str:
    """The charted start and stop, each with its cell."""
    ends = []
    for name, at in (("start", given.start), ("stop", given.stop)):
        cell = cell_of(given, name) if at is not None else None
        ends.append(f"{moment(at)}{f' [{cell}]' if cell else ''}" if at else "")
    start, stop = ends
    if not stop:
        return start or "without a charted time"
    return f"{start or 'no start'} to {stop}"


def _administrations(case: Case, texts: Mapping[str, int]) -> Iterator[tuple[str, Statement]]:
    for row in administration_rows(case):
        if not row.lines:
            continue
        behind = [line for line in case.support.lines if line.code == row.code]
        against = [f for f in case.findings if _concerns(f, row, behind)]
        unsure = [f for f in case.undetermined if f.check.payment and _concerns(f, row, behind)]
        variances = [v for v in case.variances if row.code in (v.billed, v.supported)]
        differs = bool(row.mark) and any(v.kind != "under" for v in variances)
        open_question = any(v.undetermined for v in variances) or bool(unsure)
        if against or (differs and not any(v.undetermined for v in variances)):
            group = "conceded"
        elif differs or open_question:
            group = "unsettled"
        else:
            group = "supported"
        entry = code_entry(row.code)
        service = f", {entry.wording}" if entry else ""
        title = f"{row.billed_as} × {row.billed}{service}: the record supports {row.supported}"
        told = against if group == "conceded" else unsure if group == "unsettled" else []
        lacks = [_told(finding) for finding in told]
        lacks += [row.cause] if differs and row.cause else []
        if group == "supported" and row.difference < 0:
            lacks.append(f"Billed {-row.difference} fewer than the record supports.")
        holds = [_held(line, case.encounter) for line in behind]
        if not behind:
            concerned = (one for f in told for one in administrations_of(f.verdict))
            holds = [_charted(given, case.encounter) for given in concerned]
        keys = {*row.authorities, *(a.id for f in told for a in f.check.authorities)}
        statement = Statement(
            printable(title), tuple(holds), tuple(map(printable, lacks)), numbers_of(keys, texts)
        )
        yield group, statement


def _others(
    case: Case, policy: Policy, texts: Mapping[str, int]
) -> Iterator[tuple[str, Statement]]:
    """The lines of drugs and other services: those that a check speaks of, and agreeing doses."""
    services = {
        id(line): service for service in drug_services(case.encounter) for line in service.lines
    }
    for row in other_rows(case):
        (line,) = row.lines
        against = [f for f in case.findings if line in claim_lines_of(f.verdict)]
        unsure = [f for f in case.undetermined if line in claim_lines_of(f.verdict)]
        title = f"{row.billed_as} × {amount(line.units) or 1}"
        told = against or unsure
        if told:
            keys = {a.id for f in told for a in f.check.authorities}
            lacks = tuple(map(_told, told))
            statement = Statement(printable(title), (), lacks, numbers_of(keys, texts))
            yield "conceded" if against else "unsettled", statement
            continue
        service = services.get(id(line))
        if service is None or service.shares_doses or not service.doses:
            continue
        if service.expected(policy) == service.units and service.unit.amount is not None:
            doses = (
                f"{drug_words(given)} {amount(dose.amount)} {dose.unit} "
                f"[{cell_of(dose, 'dose') or 'several rows'}], {cited_times(given)}."
                for given, dose in service.doses
            )
            unit = f"One unit is {amount(service.unit.amount)} {service.unit.unit}"
            holds = (*map(printable, doses), printable(f"{unit} ({service.unit.told})."))
            of_day = f": the doses charted that day are {count(service.units, 'unit')}"
            yield "supported", Statement(printable(title + of_day), holds, (), ())


def _concerns(finding: Finding, row: ClaimRow, behind: Iterable[SupportedLine]) -> bool:
    """Whether a result speaks of a code's lines, or denies what stands behind them.

    One that speaks of lines of several codes is of those that differ from the record.
    """
    concerned = claim_lines_of(finding.verdict)
    mine = [line for line in concerned if line in row.lines]
    if mine and (not row.agrees or len(mine) == len(concerned)):
        return True
    if finding.check.payment != "denied" and finding.verdict.cure is not Cure.ORDER:
        return False
    given = {one.administration_id for one in administrations_of(finding.verdict)}
    return any(one.administration_id in given for line in behind for one in line.administrations)


def _held(line: SupportedLine, encounter: Encounter) -> str:
    """The record behind a supported line, in one sentence."""
    first, *others = line.administrations
    more = f"With {count(len(others), 'further administration')}. " if others else ""
    because = printable(sentence_case(line.because.rstrip(".")))
    return f"{_charted(first, encounter)} {more}{because}."


def _charted(given: Administration, encounter: Encounter) -> str:
    """What was given and when, with its cells, and its order."""
    ordered = order_words(given, encounter)
    return printable(f"{drug_words(given)} {cited_times(given)}; {ordered}.")


def _told(finding: Finding) -> str:
    verdict = finding.verdict
    cure = f" What would mend it: {verdict.cure.value}." if verdict.cure else ""
    return printable(f"{sentence_case(verdict.because)}{cure}")


def _short(statement: Statement, most: int, lines: int) -> Statement:
    return replace(
        statement,
        holds=_some(statement.holds, most, lines),
        lacks=_some(statement.lacks, most, lines),
    )


def _some(sentences: Iterable[str], most: int, lines: int) -> tuple[str, ...]:
    """The first sentences, each as far as it has room, and how many more there are."""
    width = lines * (WIDTH - _INDENT - 40)
    told = list(dict.fromkeys(shortened(sentence, width, SMALL) for sentence in sentences))
    if len(told) > most + 1:  # one more is not worth counting
        told[most:] = [f"{len(told) - most} more under Explanation."]
    return tuple(told)


def _height(statement: Statement) -> float:
    width = WIDTH - _INDENT
    title = height_of(f"{statement.title} Authority 00, 00, 00, 00.", WIDTH - 8)
    lines = (*statement.holds, *(f"Wanting: {text}" for text in statement.lacks))
    return title + 12 + sum(height_of(line, width) + 2.5 for line in lines)
