"""The packets of a records request: one PDF each with an index, or all bound into one."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from auditor.coding import supported
from auditor.load.quote import Quoted
from auditor.record import Source
from auditor.report.binding import bind, page_count
from auditor.report.case import Case, cases_of
from auditor.report.manifest import InputFile, input_file, program
from auditor.report.packet import Letter, Packet, dates_of, packet_of
from auditor.report.pdf import pdf_of
from auditor.report.protect import encrypted_pdf
from auditor.report.templates import environment
from auditor.report.text import day, printable
from auditor.report.write import move_into_place, workshop
from auditor.run import Audit
from auditor.tables.deadlines import deadlines

INDEX, BOUND = "index.pdf", "packets.pdf"
_PACKETS = "packet-*.pdf"
_FEW = 6  # packets that one process has made before others have started
_MOST_WORKERS = 4  # each holds some 200 MB


@dataclass(frozen=True, slots=True)
class Entry:
    """One packet in the index; ``page`` is the one on which it begins where all are bound."""

    number: int
    encounter_id: str
    account: str
    dates: str
    pages: int
    page: int


@dataclass(frozen=True, slots=True)
class WrittenPackets:
    """The files in place, the index first, and how many pages the packets have together."""

    paths: tuple[Path, ...]
    pages: int


def write_packets(
    audit: Audit,
    order: Sequence[str],
    inputs: Sequence[Path],
    out: Path,
    letter: Letter,
    quoted: Mapping[Source, Sequence[Quoted]],
    *,
    merged: bool = False,
    password: str | None = None,
) -> WrittenPackets:
    """Write the packets of an audit's encounters into the folder ``out``, in the ``order`` given.

    ``quoted`` has the cells of the encounters' rows, ``inputs`` are the files that were read.
    The names of the files say nothing of a patient: ``packet-01.pdf`` and so on with ``index.pdf``,
    or ``packets.pdf`` with all of them.  Earlier packets in the folder are replaced as a set.
    Nothing is written unless all is: :class:`OutputError` where the folder cannot be written,
    :class:`PdfUnavailable` without the library.
    """
    supports = {e.encounter_id: supported(e, audit.policy) for e in audit.encounters}
    by_id = {case.encounter.encounter_id: case for case in cases_of(audit, supports)}
    cases = [by_id[key] for key in order]
    files = [input_file(path) for path in inputs]
    blind = _blind_checks(audit)
    pages = (
        render_packet(
            packet_of(number, case, letter, audit.policy, quoted), letter, audit, files, blind
        )
        for number, case in enumerate(cases, start=1)
    )
    with workshop(out) as folder:
        made = list(_rendered(pages, len(cases)))
        counts = list(map(page_count, made))
        if merged:
            outputs = {BOUND: bind([_index_before(cases, counts, letter), *made])}
        else:
            names = _names(len(cases))
            entries = _entries(cases, counts, 0)
            index = pdf_of(_index(entries, letter, first=names[0]))
            outputs = {INDEX: index, **dict(zip(names, made, strict=True))}
        for name, content in outputs.items():
            kept = content if password is None else encrypted_pdf(BytesIO(content), password)
            (folder / name).write_bytes(kept)
        earlier = (path.name for path in sorted(out.glob(_PACKETS)))
        ours = tuple(dict.fromkeys((*outputs, INDEX, BOUND, *earlier)))
        move_into_place(folder, out, ours)
    return WrittenPackets(tuple(out / name for name in outputs), sum(counts))


def _names(number: int) -> list[str]:
    """Names that stand in their order: ``packet-01.pdf`` of ten packets."""
    digits = len(str(number))
    return [f"packet-{n:0{digits}}.pdf" for n in range(1, number + 1)]


def render_packet(
    packet: Packet,
    letter: Letter,
    audit: Audit,
    files: Sequence[InputFile],
    blind: Sequence[str],
) -> str:
    """The packet as a page; ``blind`` are the checks that could not look, in sentences."""
    return (
        environment()
        .get_template("packet.html")
        .render(
            packet=packet,
            letter_date=day(letter.dated),
            program=program(),
            policy=audit.policy.name,
            inputs=files,
            unevaluated=blind,
        )
    )


def _blind_checks(audit: Audit) -> tuple[str, ...]:
    """The checks that could not look, and why: their silence is no proof."""
    told = []
    for result in audit.results:
        title = result.check.title
        if result.missing:
            told.append(f"{title}: no column for {', '.join(result.missing)}.")
        elif result.unevaluated:
            told.append(f"{title}: without {', '.join(result.unevaluated)}.")
        elif result.failed_encounters:
            told.append(f"{title}: failed ({result.crash}).")
        elif result.check.id in audit.policy.skip:
            told.append(f"{title}: skipped by the policy.")
    return tuple(told)


def _rendered(pages: Iterator[str], number: int) -> Iterator[bytes]:
    """The pages on paper in their order, many of them in several processes.

    Each is made alone: the time and the memory of one long document grow faster than its pages.
    """
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    if number <= _FEW or workers == 1:
        yield from map(pdf_of, pages)
        return
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing import get_context

    # spawned, not forked: a terminal's spinner is a thread, and a fork may lock up beside one
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[bytes]] = deque()
        for page in pages:
            waiting.append(pool.submit(pdf_of, page))
            if len(waiting) > 2 * workers:  # no more pages in memory than are worked on
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _index_before(cases: Sequence[Case], counts: Sequence[int], letter: Letter) -> bytes:
    """The index of the bound packets; its own pages move theirs."""
    length = 1
    while True:
        made = pdf_of(_index(_entries(cases, counts, length), letter))
        longer = page_count(made)
        if longer == length:
            return made
        length = longer


def _entries(cases: Sequence[Case], counts: Sequence[int], before: int) -> list[Entry]:
    entries = []
    page = before + 1
    for number, (case, pages) in enumerate(zip(cases, counts, strict=True), start=1):
        encounter = case.encounter
        entries.append(
            Entry(
                number,
                printable(encounter.encounter_id),
                printable(encounter.account_id or ""),
                dates_of(encounter),
                pages,
                page,
            )
        )
        page += pages
    return entries


def _index(entries: Sequence[Entry], letter: Letter, *, first: str = "") -> str:
    """The index page; ``first`` names the file of the first packet where they are apart."""
    records = next(deadline for deadline in deadlines() if deadline.paper == "letter")
    return (
        environment()
        .get_template("packet_index.html")
        .render(
            entries=entries,
            letter_date=day(letter.dated),
            due=day(records.due(letter.dated)),
            program=program(),
            merged=not first,
            first=first,
        )
    )
