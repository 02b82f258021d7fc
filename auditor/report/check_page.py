"""The page of one check in Markdown: what a coder reads to agree or disagree with it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.authority import Authority
from auditor.check import Check
from auditor.load.vocabulary import kinds
from auditor.record import BESIDE, BILLED_HERE
from auditor.resources import resource
from auditor.tables.published import Kind

# Sheets of charted events state these two through the times of their events.
_BY_EVENTS = {"administration.start", "administration.stop"}


def check_page(check: Check) -> str:
    """Title, reasoning, weight, needs and authorities; it reads well as plain text too."""
    return "\n\n".join(
        (
            f"# {check.title}",
            f"`{check.id}`",
            check.summary,
            check.description.replace("``", "`"),
            f"- Severity: {check.severity}\n"
            f"- Responsible: {check.responsible}\n"
            f"- Examines: each {check.examines}",
            "Needs:",
            "\n".join(f"- `{need}`: {need_in_words(need)}" for need in check.needs),
            "Where nothing supplies one of them, the check is not evaluated.",
            *_what_some_subjects_need(check),
            *_what_opens_it(check),
            "## Authorities",
            *(_cited(text) for text in check.authorities),
        )
    )


def _what_some_subjects_need(check: Check) -> Iterator[str]:
    if check.needs_in_part:
        yield "Needs for some of what it examines, which without it is not evaluated:"
        yield "\n".join(f"- `{need}`: {need_in_words(need)}" for need in check.needs_in_part)


def _what_opens_it(check: Check) -> Iterator[str]:
    if check.opened_by:
        rows = " or ".join(kinds()[kind].words for kind in check.opened_by)
        yield (
            f"Where a rejected row of the encounter's {rows} may answer, it is undetermined and "
            "names the cell."
        )
    if check.beyond_record:
        yield f"Where {BESIDE}, it is undetermined: {BILLED_HERE}."


def cases_of_page(check: Check) -> str:
    """The cases that the check's page shows; nothing for a check that came without a page."""
    page = resource("docs/checks") / f"{check.id}.md"
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    _, heading, cases = text.partition("\n\n## Cases\n")
    return heading + cases.rstrip("\n")


def need_in_words(need: str) -> str:
    """What supplies ``need``, a ``kind.field``: a public table, or a column under which headers.

    KeyError for a field that no kind of sheet has.
    """
    kind, _, name = need.partition(".")
    if kind == "table":
        return f"{Kind(name).words}, of the quarter of the date of service"
    sheet = kinds()[kind]
    headers = " or ".join(f"“{header}”" for header in sheet.fields[name].names[:2])
    words = f"a column of the {sheet.words.removeprefix('the ')}, headed {headers} for example"
    if need in _BY_EVENTS:
        words += f", or {kinds()['mar_event'].words}"
    return words


def _cited(text: Authority) -> str:
    return f"{text.citation}:\n{text.says}\n<{text.url}>"
