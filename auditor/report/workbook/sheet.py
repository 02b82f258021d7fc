"""How a table becomes a sheet: cells, links, drop-downs, locks, print set-up.

Everything is streamed (openpyxl's write-only mode), so what concerns a whole sheet is said before
its first row.  A text that begins like a formula stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from datetime import date, datetime
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from auditor.report.rate import Hidden
from auditor.report.text import printable
from auditor.report.workbook.column import Column, Plan, Row, Trace, Value
from auditor.report.workbook.seal import Seal

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.styles.cell_style import StyleArray
    from openpyxl.worksheet.worksheet import Worksheet  # streamed sheets have the same face

_LONGEST_TEXT = 16_000  # letters of a text that is cut
_MOST_LETTERS = 32_767  # UTF-16 units that Excel holds in a cell
_MOST_ROWS = 1_048_570  # Excel holds 1,048,576, its header included
_MOST_LINKS = 65_000  # Excel drops all links of a sheet with more than 65,530
_LINE_HEIGHT, _MOST_LINES = 13.0, 30  # in points; Excel's rows end at 409 points
_HEIGHTS = {"title": 24.0, "heading": 18.0, "figure link": 21.0, "figure alone": 21.0}
_WRAPPED = frozenset({"wrap", "sentence", "quiet", "open", "header", "header open"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Sheet:
    """One sheet, set up for the screen and for paper, written from the top down."""

    def __init__(self, book: Workbook, plan: Plan, seal: Seal) -> None:
        """Make the sheet, locked without a password; what comes next writes its first row."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.header_footer import HeaderFooterItem
        from openpyxl.worksheet.properties import PageSetupProperties

        self.sheet: Worksheet = book.create_sheet(plan.title)
        self.plan = plan
        self.seal = seal
        self.widths = plan.column_widths
        self.rows = 0
        self.styles: dict[str, StyleArray] = {}
        for number, width in enumerate(self.widths, start=1):
            self.sheet.column_dimensions[get_column_letter(number)].width = width
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.paperSize = plan.paper
        self.sheet.page_setup.fitToWidth = plan.pages_wide
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.page_margins.left = self.sheet.page_margins.right = 0.4
        self.sheet.page_margins.top = self.sheet.page_margins.bottom = 0.75
        header, footer = HeaderFooterItem(), HeaderFooterItem()
        header.left.text = "&A"
        footer.center.text = "Page &P of &N"
        self.sheet.HeaderFooter.oddHeader, self.sheet.HeaderFooter.oddFooter = header, footer
        self.sheet.sheet_view.showGridLines = False
        self.sheet.protection.sheet = True
        for allowed in ("autoFilter", "sort", "formatColumns", "formatRows"):
            setattr(self.sheet.protection, allowed, False)  # False: not protected against

    def on_one_page(self) -> None:
        """Print the whole sheet on one upright page."""
        self.sheet.page_setup.orientation = "portrait"
        self.sheet.page_setup.fitToHeight = 1

    def fill(
        self,
        rows: Iterable[Any],
        columns: Sequence[Column[Any]] = (),
        *,
        on_screen: Iterable[Any] = (),
    ) -> None:
        """Make a table the whole sheet: frozen headers, filter, drop-downs, locks.

        Its columns are those of the plan, unless ``columns`` know more than the plan could.
        ``on_screen`` are further rows, which are not printed.
        """
        from openpyxl.utils import get_column_letter

        columns = columns or self.plan.columns
        self.sheet.freeze_panes = f"{get_column_letter(self.plan.fixed + 1)}2"
        self.sheet.print_title_rows = "1:1"
        if self.sheet.page_setup.fitToWidth != 1:
            self.sheet.print_title_cols = "A:A"
        self.table(columns, rows)
        printed = self.rows
        self._rows(columns, on_screen)
        if 1 < printed < self.rows:
            self.sheet.print_area = f"A1:{get_column_letter(len(columns))}{printed}"
        if self.rows == 1 and self.plan.nothing:
            self.line((self.plan.nothing, "quiet line"))
        last = max(self.rows, 2)
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
        if any(column.is_open for column in columns):
            _ask(self.sheet, columns, last)

    def table(self, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> None:
        """Append a header and its rows."""
        self.line(*((c.header, "header open" if c.is_open else "header") for c in columns))
        self._rows(columns, rows)

    def _rows(self, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> None:
        wrapped = [column.style in _WRAPPED for column in columns]
        opened = frozenset(n for n, column in enumerate(columns, start=1) if column.is_open)
        links = 0
        more = iter(rows)
        for row in islice(more, max(_MOST_ROWS + 1 - self.rows, 0)):
            cells = []
            for column in columns:
                cell = self._cell(column.value(row), _style_of(column, row))
                target = column.link(row) if column.link and links < _MOST_LINKS else None
                if target:
                    _link(cell, target)
                    links += 1
                cells.append(cell)
            self._append(cells, wrapped, opened)
        left_out = sum(1 for _ in more)
        if left_out:
            self.line((f"Excel holds no more rows: {left_out:,} are left out here.", "warning"))

    def line(self, *cells: tuple[Value, str]) -> None:
        """Append one row of values, each with its style."""
        self._append(
            [self._cell(value, style) for value, style in cells],
            [style in _WRAPPED for _, style in cells],
            least=max((_HEIGHTS.get(style, 0.0) for _, style in cells), default=0.0),
        )

    def heading(self, text: str) -> None:
        """Append a heading below an empty row."""
        self.line((None, "plain"))
        self.line((text, "heading"))

    def counted(self, hits: int, total: int, words: str, trace: Trace | None, style: str) -> None:
        """Append a number of a total, which lead to the rows that they count and count them again.

        ``style`` is that of numbers of this size: ``figure`` or ``count``.
        """
        cells = [
            self._cell(hits, f"{style} link" if trace else f"{style} alone"),
            self._cell(total, f"of {style}"),
            self._cell(words, "sentence"),
        ]
        if trace:
            _link(cells[0], trace.target)
            cells += [self._formula(trace.hits), self._formula(trace.total)]
        self._append(
            cells, (False, False, True, False, False), least=_HEIGHTS.get(f"{style} link", 0.0)
        )

    def _formula(self, formula: str) -> Cell:
        """A cell that counts; ``formula`` is always one of ours, never from data."""
        cell = self._cell(None, "recount")
        cell.value = formula
        return cell

    def link(self, text: str, target: str, meaning: str) -> None:
        """Append a row that leads to ``target`` and says what is there."""
        cell = self._cell(text, "link")
        _link(cell, target)
        self._append([cell, self._cell(None, "plain"), self._cell(meaning, "plain")], ())

    def _cell(self, value: Value, style: str) -> Cell:
        from openpyxl.cell import Cell

        cell: Any = Cell(self.sheet, row=1, column=1)
        cell._style = self._style(style)
        if isinstance(value, Hidden):
            value = str(value)
        if isinstance(value, str):
            text = printable(value)
            if len(text) > _LONGEST_TEXT and len(text.encode("utf-16-le")) > 2 * _MOST_LETTERS:
                text = f"{text[:_LONGEST_TEXT]} … (cut here)"
            if text:
                cell.value = text
                cell.data_type = "s"  # openpyxl takes "=…" for a formula and "#N/A" for an error
            if text.startswith(_FORMULA):
                cell._style = copy(cell._style)
                cell.quotePrefix = True  # stays text when somebody edits the cell
        elif isinstance(value, date) and value.year <= 1900:  # Excel's calendar begins in 1900
            cell.value = value.isoformat()
        elif isinstance(value, datetime):  # a cell has no time zone: it shows the facility's clock
            cell.value = value.replace(tzinfo=None)
        else:
            cell.value = value
        made: Cell = cell
        return made

    def _style(self, name: str) -> StyleArray:
        """A style as openpyxl keeps it: naming it at every cell nearly doubles the time."""
        from openpyxl.cell import Cell

        if name not in self.styles:
            cell: Any = Cell(self.sheet, row=1, column=1)
            cell.style = name
            self.styles[name] = cell._style
        return self.styles[name]

    def _append(
        self,
        cells: list[Cell],
        wrapped: Iterable[bool],
        opened: frozenset[int] = frozenset(),
        least: float = 0.0,
    ) -> None:
        """Append a row as high as its wrapped texts need: not every program finds that out.

        ``opened`` are the columns that people fill in: they are sealed apart.  ``least`` is the
        height that its letters need, in points.
        """
        self.rows += 1
        values = [(column, cell.value) for column, cell in enumerate(cells, start=1)]
        self.seal.add([value for value in values if value[0] not in opened])
        if opened:
            self.seal.add([value for value in values if value[0] in opened])
        lines = max(
            (
                _lines(str(cell.value), width)
                for cell, width, wraps in zip(cells, self.widths, wrapped, strict=False)
                if wraps and cell.value
            ),
            default=1,
        )
        if lines > 1:
            least = max(least, _LINE_HEIGHT * min(lines, _MOST_LINES) + 2)
        if least:
            self.sheet.row_dimensions[self.rows].height = least
        self.sheet.append(cells)
        self.sheet.row_dimensions.pop(self.rows, None)  # it is written; a million would stay


def noting_first(
    sheet: Sheet, rows: Iterable[Row], key: Callable[[Row], str], first: dict[str, int]
) -> Iterator[Row]:
    """The rows of a table, while ``first`` learns at which row of the sheet each key begins."""
    for row in rows:
        first.setdefault(key(row), sheet.rows + 1)
        yield row


def _lines(text: str, width: float) -> int:
    """About how many lines a text takes in a column: its letters are mostly narrow ones."""
    return sum(ceil(len(part) / (1.1 * width)) or 1 for part in text.split("\n"))


def _style_of(column: Column[Row], row: Row) -> str:
    return (column.mark(row) if column.mark else None) or column.style


def _link(cell: Cell, target: str) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell.hyperlink = (
        Hyperlink(ref="", target=target)
        if target.startswith("https://")
        else Hyperlink(ref="", location=target)
    )


def _ask(sheet: Worksheet, columns: Sequence[Column[Row]], last: int) -> None:
    """Give the open columns their drop-downs."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for number, column in enumerate(columns, start=1):
        cells = f"{get_column_letter(number)}2:{get_column_letter(number)}{last}"
        if column.choices:
            rule = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"')
            rule.error = f"Choose one of: {', '.join(column.choices)}."
        elif column.style == "open date":
            rule = DataValidation(type="date", operator="greaterThan", formula1="36526")
            rule.error = "Give a date, such as 09/30/2026."
        else:
            continue
        rule.errorTitle = column.header
        rule.allow_blank = True
        rule.showErrorMessage = True
        rule.add(cells)
        sheet.data_validations.append(rule)
