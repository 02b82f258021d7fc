"""Epic's infusion report as somebody copied it from the screen → a sheet like any other.

The report has a block for each order: the drug, the order and encounter numbers, the summary
``Running start: … Running stop: …``, and a table of charted actions.  Each line of the text is the
row of the same number, so that a source is file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.load.moments import Moment, moment
from auditor.load.vocabulary import actions, key, read_route

if TYPE_CHECKING:
    import pandas as pd

HEADER = ("Action", "Dose", "Rate", "Route", "Site", "Time", "Comment")
_BLOCK = ("Encounter", "Order", "MRN", "Medication")
_SEARCHED = 200  # lines among which the report must show itself
_TABLE = re.compile(r"\s*Action\s+Dose\s+Rate\s+Route\s+Site\s+Time\s+Comments?\s*$")
_RUNNING = re.compile(
    r"\s*Running start:\s*(?P<start>.*?)[\s,;]*Running stop:\s*(?P<stop>.*?)\s*$", re.IGNORECASE
)
_TIME = re.compile(r"\d{1,2}/\d{1,2}/\d{4} (?:\d{4}|\d{1,2}:\d{2})(?!\d)")
_LABEL = re.compile(r"(?P<label>[A-Z][A-Za-z ]{1,20}?)\s*[:#][:#\s]*(?P<value>[\w.-]*\d[\w.-]*)")
_LABELLED = re.compile(r"[A-Z][A-Za-z ]*:")
_LABELS = {
    **dict.fromkeys(("encounter", "csn", "visit", "encountercsn"), "Encounter"),
    **dict.fromkeys(("order", "orderid", "orderno", "ordernumber"), "Order"),
    **dict.fromkeys(("mrn", "medrecno"), "MRN"),
}
_AMOUNT = re.compile(r"(?P<amount>[\d,.]+ ?[A-Za-zµ]+(?:/[A-Za-z]+)*)(?:\s+|$)")
_NOTHING = re.compile(r"(?:-+|—|–)(?:\s+|$)")


def is_report(text: str) -> bool:
    """Whether a text is such a report: it has its summary line and its table's header."""
    lines = _lines(text)[:_SEARCHED]
    return any(map(_TABLE.match, lines)) and any(map(_RUNNING.match, lines))


def report_cells(text: str) -> pd.DataFrame:
    """The lines as rows: the table's cells, with the block's numbers and drug in each of them."""
    import pandas as pd

    report = _Report()
    for one in _lines(text):
        report.take(one)
    # the summary of the first block stands above the first header, and is a record
    report.rows[0] = [*HEADER, *_BLOCK]
    return pd.DataFrame(report.rows, dtype=object)


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


Row = list[str | None]


@dataclass(slots=True)
class _Block:
    """What the lines above a table say of its order."""

    told: dict[str, str] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)


class _Report:
    """Takes the lines one by one; ``ends`` are where the columns of the table begin."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.block = _Block()
        self.ends: tuple[int, ...] = ()
        self.next = _Block()  # lines below a table: of the next block, or of a long comment

    def take(self, one: str) -> None:
        running = _RUNNING.match(one)
        row: Row = [None] * (len(HEADER) + len(_BLOCK))
        if running:
            self._begin()
            row = _summary(running, self.block)
        elif _TABLE.match(one):
            if self.next.heads or self.next.told:
                self._begin()
            self.ends = tuple(one.index(name) for name in HEADER)
            row = [*HEADER, *_BLOCK]
        elif self.ends and (cells := _cells(one, self.ends)):
            self._finish_comment()
            row = [*cells, *(self.block.told.get(name) for name in _BLOCK)]
        elif one.strip():
            _look(one, self.next)
        self.rows.append(row)

    def _begin(self) -> None:
        """The lines since the last table are of a new block, whose drug stands nearest above."""
        patient = {n: v for n, v in self.block.told.items() if n in ("Encounter", "MRN")}
        self.block, self.next, self.ends = self.next, _Block(), ()
        self.block.told = {**patient, **self.block.told}  # a report is of one patient until it says
        named = [head for head in self.block.heads if not _LABELLED.match(head)]
        if named:
            self.block.told.setdefault("Medication", named[-1])

    def _finish_comment(self) -> None:
        """Lines between two rows of a table go on with the comment of the first."""
        if self.next.heads:
            last = next((row for row in reversed(self.rows) if row[0]), None)
            if last is not None and last[0] != HEADER[0]:
                last[6] = " ".join(filter(None, [last[6], *self.next.heads]))
        self.next = _Block()


def _look(one: str, block: _Block) -> None:
    """Take the numbers of a line above the table; a line without any may name the drug."""
    found = {
        _LABELS[key(label["label"])]: label["value"]
        for label in _LABEL.finditer(one)
        if key(label["label"]) in _LABELS
    }
    block.told.update(found)
    if not found:
        block.heads.append(one.strip())


def _summary(running: re.Match[str], block: _Block) -> Row:
    """The summary as a remark: what Epic works out is no charted stop, but may tell of one."""
    start, stop = running["start"], running["stop"]
    at = _TIME.match(start)
    if at is None:
        return [None] * (len(HEADER) + len(_BLOCK))
    one, other = moment(start), moment(stop) if _TIME.match(stop) else None
    said = None
    if isinstance(one, Moment) and isinstance(other, Moment) and other.time is not None:
        said = f"stopped at {other.time:%H:%M}" if _within_a_day(one, other) else stop
    told = {"Action": "Note", "Time": at[0], "Comment": said}
    return [told.get(name) or block.told.get(name) for name in (*HEADER, *_BLOCK)]


def _within_a_day(one: Moment, other: Moment) -> bool:
    if one.date is None or other.date is None or one.time is None or other.time is None:
        return False
    days = (other.date - one.date).days
    return days == 0 or (days == 1 and other.time <= one.time)


# ── one row of the table ──────────────────────────────────────────────────────────────────────


def _cells(one: str, ends: Sequence[int]) -> Row | None:
    """The cells of a row; ``None`` for a line that is no row, having neither time nor action."""
    if not one.strip():
        return None
    if "\t" in one:
        parts = one.split("\t")
    elif _fits(one, ends):
        parts = [one[start:end] for start, end in zip(ends, (*ends[1:], None), strict=True)]
    else:
        return _by_words(one)
    texts = [part.strip() or None for part in parts[: len(HEADER)]]
    if not _TIME.search(one) and key(texts[0] or "") not in actions():
        return None
    return [*texts, *[None] * (len(HEADER) - len(texts))]


def _fits(one: str, ends: Sequence[int]) -> bool:
    """Whether the cells stand under their headers: no word runs across where a column begins."""
    at = _TIME.search(one)
    apart = all(end >= len(one) or one[end - 1].isspace() for end in ends[1:])
    return apart and (at is None or at.start() == ends[HEADER.index("Time")])


def _by_words(one: str) -> Row | None:
    """The cells of a row whose spaces are lost: action, amounts and route by what they are."""
    at = _TIME.search(one)
    before, comment = (one[: at.start()], one[at.end() :]) if at else (one, "")
    words = before.split()
    action = next((a for a in _beginnings(words) if key(a) in actions()), None)
    if action is None and (at is None or ":" in before):
        return None
    action = action or (words[0] if words else "")
    told = {"Action": action, "Time": at[0] if at else "", "Comment": comment.strip()}
    rest = _amounts(" ".join(words)[len(action) :].strip(), told)
    told["Route"], told["Site"] = _route_and_site(rest.split())
    return [told.get(name) or None for name in HEADER]


def _beginnings(words: Sequence[str]) -> Iterator[str]:
    """The first words together, the longest first."""
    return (" ".join(words[:length]) for length in range(len(words), 0, -1))


def _amounts(rest: str, told: dict[str, str]) -> str:
    """Dose and rate from the front of a text, and what is left; a rate has ``/`` in its unit."""
    for name in ("Dose", "Rate"):
        nothing, found = _NOTHING.match(rest), _AMOUNT.match(rest)
        if nothing:
            rest = rest[nothing.end() :]
        elif found and ("/" in found["amount"]) == (name == "Rate"):
            told[name] = found["amount"]
            rest = rest[found.end() :]
    return rest


def _route_and_site(words: Sequence[str]) -> tuple[str, str]:
    """The longest beginning that is all route, and what follows it."""
    for length in range(len(words), 0, -1):
        if all(read_route(word) != (None, None) for word in words[:length]):
            return " ".join(words[:length]), " ".join(words[length:])
    return "", " ".join(words)
