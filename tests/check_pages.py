"""The checks' pages, and the lists of checks in README.md and mkdocs.yml.

``python -m tests.check_pages`` writes them; a test keeps them fresh.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

import checks
from auditor.check import Check, discover
from auditor.report.check_page import check_page

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "checks"
BEGIN, END = "made by `make docs-pages`", "end of what is made"

CASES = """\
## Cases

Encounters of the tests, and what the check says of each subject in them. *Not applicable*: there
is nothing to look at; *not evaluated*: no file has what the check needs."""

INDEX = """\
# The checks

Each check says *met*, *deficient* or *undetermined* of every subject that it looks at; where no
file has what it needs it is *not evaluated*. Its page gives its reasoning, its needs, the published
texts behind it, and the cases that its tests hold it to; `auditor explain CHECK` prints them."""


def files() -> dict[Path, str]:
    """All that is made of the checks: each file and its text."""
    battery = discover(checks)
    ids = [check.id for check in battery]
    return {
        PAGES / "index.md": index(battery),
        **{PAGES / f"{check.id}.md": _page(check, ids) for check in battery},
        ROOT / "README.md": _with("README.md", _listed(battery)),
        ROOT / "mkdocs.yml": _with("mkdocs.yml", "".join(f"      - checks/{i}.md\n" for i in ids)),
    }


def verdicts_in_words(expect: str | dict[str, str]) -> str:
    """What a case expects: a verdict for each subject, or why there is none."""
    if isinstance(expect, str):
        return expect
    return "; ".join(f"{name}: {verdict}" for name, verdict in expect.items()) or "not applicable"


def _page(check: Check, ids: list[str]) -> str:
    """The page that ``auditor explain`` prints, linked to other checks, and the table of cases."""
    text = re.sub(
        r"`(\w+)`",
        lambda m: f"[{m[0]}]({m[1]}.md)" if m[1] in ids and m[1] != check.id else m[0],
        check_page(check),
    )
    path = ROOT / "tests" / "checks" / f"{check.id}.yaml"
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = [(_name(case), verdicts_in_words(case["expect"])) for case in cases]
    return f"{text}\n\n{CASES}\n\n{_table(('case', 'verdicts'), rows)}"


def _name(case: dict[str, Any]) -> str:
    choices = ", ".join(
        f"{field} = {', '.join(value) if isinstance(value, list) else value}"
        for field, value in case.get("policy", {}).items()
    )
    return f"{case['case']} (policy: {choices})" if choices else str(case["case"])


def index(battery: tuple[Check, ...]) -> str:
    rows = [
        (f"[{check.title}]({check.id}.md)", _says(check), check.severity, check.responsible)
        for check in battery
    ]
    return f"{INDEX}\n\n{_table(('check', 'finds', 'severity', 'responsible'), rows)}"


def _listed(battery: tuple[Check, ...]) -> str:
    rows = [(f"[`{check.id}`](docs/checks/{check.id}.md)", _says(check)) for check in battery]
    return f"\n{_table(('check', 'finds'), rows)}\n"


def _says(check: Check) -> str:
    return check.summary.splitlines()[0]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _with(name: str, made: str) -> str:
    """The file with ``made`` between its two marking lines."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines(keepends=True)
    begin = next(n for n, line in enumerate(lines) if BEGIN in line)
    end = next(n for n, line in enumerate(lines) if END in line)
    return "".join([*lines[: begin + 1], made, *lines[end:]])


def write() -> None:
    """Write every file, and remove the pages of checks that are gone."""
    made = files()
    PAGES.mkdir(exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
