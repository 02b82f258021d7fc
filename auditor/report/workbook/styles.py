"""The workbook's styles: the one place where looks are decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook


def new_workbook() -> Workbook:
    """An empty workbook that knows the styles, to be streamed."""
    from openpyxl import Workbook
    from openpyxl.styles import (
        Alignment,
        Border,
        Font,
        NamedStyle,
        PatternFill,
        Protection,
        Side,
    )

    book = Workbook(write_only=True)
    hairline = Side(style="hair", color="9A9A9A")
    top = Alignment(vertical="top")
    wrap = Alignment(vertical="top", wrap_text=True)
    right = Alignment(vertical="top", horizontal="right", indent=1)
    left = Alignment(vertical="top", horizontal="left")

    def style(
        name: str,
        *,
        alignment: Alignment = top,
        format: str = "General",
        colour: str | None = None,
        locked: bool = True,
        ruled: bool = True,
        **font: object,
    ) -> None:
        made = NamedStyle(name=name, number_format=format, alignment=alignment)
        made.font = Font(name="Calibri", **{"size": 10, **font})  # type: ignore[arg-type]
        made.protection = Protection(locked=locked)
        if ruled:
            made.border = Border(bottom=hairline)
        if colour:
            made.fill = PatternFill("solid", start_color=colour, end_color=colour)
        book.add_named_style(made)

    style("text")
    style("wrap", alignment=wrap)
    style("count", alignment=right, format="#,##0")
    style("difference", alignment=right, format="+#,##0;-#,##0;0")
    style("money", alignment=right, format="#,##0.00")
    style("money difference", alignment=right, format="+#,##0.00;-#,##0.00;0.00")
    style("share", alignment=right, format="0.0%")
    style("moment", alignment=left, format="mm/dd/yyyy hh:mm")
    style("day", alignment=left, format="mm/dd/yyyy")
    style("link", color="1F4E79", underline="single")
    style("grave", alignment=wrap, bold=True, colour="F4CCCC")
    style("caution", alignment=wrap, bold=True, colour="FCE8B2")
    style("quiet", ruled=False, alignment=wrap, color="595959", italic=True)
    style("quiet line", ruled=False, color="595959", italic=True)
    for name, size, bold in (("figure", 14, True), ("count", 10, False)):
        numbers: dict[str, Any] = {"ruled": False, "alignment": left, "size": size, "bold": bold}
        style(f"{name} alone", format="#,##0", **numbers)
        style(f"of {name}", format='"of "#,##0', **numbers)
        style(f"{name} link", format="#,##0", color="1F4E79", underline="single", **numbers)
    style("recount", ruled=False, alignment=left, color="595959", format="#,##0")
    style("open", alignment=wrap, colour="FFFBE6", locked=False)
    # As text, so that what is typed stays as it was typed.
    style("open text", format="@", locked=False)
    style("open text fault", format="@", colour="FCE8B2", locked=False)
    style("open date", format="mm/dd/yyyy", colour="FFFBE6", locked=False)
    style("open caution", alignment=wrap, bold=True, colour="FCE8B2", locked=False)
    style("open grave", alignment=wrap, bold=True, colour="F4CCCC", locked=False)
    style("header", alignment=wrap, colour="27496D", color="FFFFFF", bold=True)
    style("header open", alignment=wrap, colour="7A5C00", color="FFFFFF", bold=True)
    style("plain", ruled=False)
    style("sentence", ruled=False, alignment=wrap)
    style("warning", ruled=False, bold=True, colour="FCE8B2")
    style("title", ruled=False, size=16, bold=True)
    style("heading", ruled=False, size=12, bold=True, color="27496D")
    return book
