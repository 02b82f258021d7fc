"""What is made of the checks is fresh, and says what the checks and their cases say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import checks
from auditor.check import discover
from auditor.report.check_page import check_page, need_in_words
from tests import check_pages

CHECKS = {check.id: check for check in discover(checks)}
MADE = check_pages.files()


@pytest.mark.parametrize(
    "path", MADE, ids=lambda path: path.relative_to(check_pages.ROOT).as_posix()
)
def test_what_is_made_of_the_checks_is_fresh(path: Path) -> None:
    assert path.exists() and path.read_text(encoding="utf-8") == MADE[path], "make docs-pages"


def test_no_page_outlives_its_check() -> None:
    assert set(check_pages.PAGES.iterdir()) == {p for p in MADE if p.parent == check_pages.PAGES}


def test_a_page_says_all_that_its_check_says() -> None:
    check = CHECKS["infusion_started_by_ems"]
    page = check_page(check)
    assert page.startswith(f"# {check.title}\n\n`{check.id}`\n\n{check.summary}\n")
    for paragraph in check.description.split("\n\n"):
        assert paragraph.replace("``", "`") in page
    assert "- Severity: high\n- Responsible: charge set-up\n" in page
    assert f"- Examines: each {check.examines}\n" in page
    assert page.count("\n- `") == len(check.needs) + len(check.needs_in_part)
    for text in check.authorities:
        assert f"{text.citation}:\n{text.says}\n<{text.url}>" in page


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("claim_line.units", "a column of the claim lines, headed “units” or “service units”"),
        ("order.basis", "a column of the orders, headed “basis” or “order basis” for example"),
        ("administration.stop", "“stop time” for example, or charted administration events"),
        ("drug.class", "a column of the formulary, headed “class” or “drug class” for example"),
        ("table.mue", "MUE, outpatient hospital, of the quarter of the date of service"),
    ],
)
def test_a_need_in_words(need: str, words: str) -> None:
    assert words in need_in_words(need)


def test_only_a_sheet_of_times_is_replaced_by_charted_events() -> None:
    assert "events" not in need_in_words("administration.site")


@pytest.mark.parametrize("need", ["order.colour", "surgery.start"])
def test_a_need_that_nothing_supplies_has_no_words(need: str) -> None:
    with pytest.raises(KeyError):
        need_in_words(need)


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ({"96365": "met", "96365-59": "deficient"}, "96365: met; 96365-59: deficient"),
        ({}, "not applicable"),
        ("not evaluated", "not evaluated"),
    ],
)
def test_what_a_case_expects_in_words(expect: str | dict[str, str], words: str) -> None:
    assert check_pages.verdicts_in_words(expect) == words


def test_a_page_shows_the_policy_of_a_case_and_links_to_the_other_check() -> None:
    page = MADE[check_pages.PAGES / "infusion_without_stop_time.md"]
    assert "(policy: accepted_stop_evidence = A, B, C) | ceftriaxone 09:00: met |" in page
    other = "infusion_continued_into_observation"
    assert f"[`{other}`]({other}.md)" in page
    assert "(infusion_without_stop_time.md)" not in page


def test_a_column_line_in_a_cell_stays_in_its_cell() -> None:
    titled = replace(CHECKS["mixture_indeterminate"], title="One | other")
    assert "| [One \\| other](mixture_indeterminate.md) |" in check_pages.index((titled,))
