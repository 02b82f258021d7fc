"""The Jinja2 templates, every value escaped and every name required."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING

from auditor.resources import resource

# Of the page and of its drawings; the last two are what a bare Linux machine has.
FONTS = (
    "Segoe UI, Helvetica Neue, Liberation Sans, Arial, DejaVu Sans Condensed, DejaVu Sans, "
    "sans-serif"
)

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """The templates of the report, drawings included."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["fonts"] = FONTS
    return made


def svg_uri(template: str, **context: object) -> str:
    """A drawing as a ``data:`` address, so that a page holds it and fetches nothing."""
    svg = environment().get_template(template).render(**context)
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
