"""Masked audits: no count from 1 to 10, and none that other numbers give away."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import a_ledger, audit_of, plain_month, supports_of

from auditor.report.case import cases_of
from auditor.report.data import data_counts, encounter_json, finding_texts, write_audit_json
from auditor.report.few import few_in, few_words, hide, hide_rate
from auditor.report.pivots import Pivot, PivotRow
from auditor.report.rate import HIDDEN, Hidden, Rate
from auditor.report.summary import CheckLine, Summary, summarise
from auditor.run import CheckResult


@pytest.mark.parametrize("count", range(14))
def test_1_to_10_are_hidden_and_nothing_else(count: int) -> None:
    assert isinstance(hide(count), Hidden) == (1 <= count <= 10)


def test_what_is_reckoned_with_a_hidden_count_is_hidden() -> None:
    for reckoned in (HIDDEN + 40, 40 + HIDDEN, 40 - HIDDEN, HIDDEN - 1, sum([12, HIDDEN, 3])):
        assert isinstance(reckoned, Hidden)
    assert f"{HIDDEN:,}" == str(HIDDEN) == "hidden"
    assert HIDDEN


@pytest.mark.parametrize(
    ("rate", "words", "share"),
    [
        (Rate(0, 10), "hidden of hidden", "hidden"),
        (Rate(10, 40), "hidden of 40", "hidden"),
        (Rate(11, 40), "27.5% (11 of 40; 95% interval 16.1–42.8%)", "27.5%"),
        (Rate(30, 40), "hidden of 40", "hidden"),  # its complement is 10
        (Rate(29, 40), "72.5% (29 of 40; 95% interval 57.2–83.9%)", "72.5%"),
        (Rate(40, 40), "100.0% (40 of 40; 95% interval 91.2–100.0%)", "100.0%"),
        (Rate(0, 40), "0.0% (0 of 40; 95% interval 0.0–8.8%)", "0.0%"),
        (Rate(0, 0), "nothing to count", "–"),
    ],
)
def test_rates(rate: Rate, words: str, share: str) -> None:
    shown = hide_rate(rate)
    assert (shown.words, shown.share_words) == (words, share)
    assert (shown.interval is None) == ("%" not in words)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("7", "fewer than 11"),
        ("11", "11"),
        ("In 10 encounters.", "In fewer than 11 encounters."),
        ("In 11 encounters.", "In 11 encounters."),
        ("3 encounters without a claim line.", "Fewer than 11 encounters without a claim line."),
        (
            "6 of 563 examined, 1.1% (95% interval 0.5–2.3%); high severity.",
            "Fewer than 11 of 563 examined; high severity.",
        ),
        ("557 of 563 examined", "A hidden number of 563 examined"),
        ("2 of 9 examined", "A hidden number of examined"),
        (
            "20 of 26 judged (3 of 29 examined undetermined), too few for a rate",
            "A hidden number of those judged (fewer than 11 of 29 examined undetermined), too few "
            "for a rate",
        ),
        ("40 of 60 examined, 66.7% (95% interval 54.1–77.3%)", None),
        ("Much in the same encounters: No order (5) and No stop (15).",
         "Much in the same encounters: No order (hidden) and No stop (15)."),
        ("Complete: 35 of 36 checks found something to look at; none failed.", None),
        ("Repeated push within 30 minutes; modifier 59", None),
        ("$3.00 of copayment", None),
    ],
)  # fmt: skip
def test_sentences(sentence: str, shown: str | None) -> None:
    assert few_words(sentence) == (sentence if shown is None else shown)


def a_line(deficient: int, met: int, undetermined: int) -> CheckLine:
    (result, *_) = audit_of(*plain_month()).results
    told = CheckResult(result.check, result.status, met, deficient, undetermined)
    return CheckLine(told, told.examined, Rate(deficient, deficient + met), 0, "evaluated")


@pytest.mark.parametrize(
    ("counts", "shown"),
    [  # deficient, met, undetermined, and the examined
        ((20, 30, 0), (20, 30, 0, 50)),
        ((3, 951, 0), (HIDDEN, HIDDEN, 0, 954)),
        ((20, 30, 4), (20, HIDDEN, HIDDEN, 54)),
        ((4, 3, 40), (HIDDEN, HIDDEN, HIDDEN, 47)),  # 7 in two parts would be told
        ((3, 0, 40), (HIDDEN, 0, HIDDEN, 43)),
        ((3, 5, 1), (HIDDEN, HIDDEN, HIDDEN, HIDDEN)),
        ((8, 9, 40), (HIDDEN, HIDDEN, 40, 57)),
        ((0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_parts_of_a_check(counts: tuple[int, int, int], shown: tuple[int, ...]) -> None:
    line = few_in(_with(checks=(a_line(*counts),))).checks[0]
    result = line.result
    told = (result.deficient, result.met, result.undetermined, line.examined)
    assert list(map(str, told)) == list(map(str, shown))
    if HIDDEN in (result.deficient, result.met):
        assert line.rate.is_hidden or not line.rate.total


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ([60, 30, 11], [60, 30, 11]),
        ([60, 30, 10, 4], [60, 30]),
        ([60, 30, 4], [60]),  # one group alone is what the others leave of all
    ],
)
def test_small_groups_of_a_pivot(sizes: list[int], left: list[int]) -> None:
    rows = tuple(PivotRow(f"unit {size}", 12, 20, 0, size) for size in sizes)
    pivot = few_in(_with(pivots=(Pivot("Unit", "lines", "All.", rows),))).pivots[0]
    assert [row.encounters for row in pivot.rows] == left
    gone = len(sizes) - len(left)
    assert pivot.note == "All." + (
        f" Not shown: {gone} with fewer than 11 encounters." if gone else ""
    )


def _with(**parts: Any) -> Summary:
    from dataclasses import replace

    audit = audit_of(*plain_month())
    return replace(summarise(audit, cases_of(audit, supports_of(audit)), a_ledger()), **parts)


def counts_in(value: object) -> Iterator[int]:
    """Every count of a table, but those of columns and places."""
    if isinstance(value, int) and not isinstance(value, bool | Hidden):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from counts_in(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from counts_in(getattr(value, field.name))


def test_no_table_or_sentence_of_a_masked_summary_has_a_small_count(tmp_path: Path) -> None:
    audit = audit_of(*plain_month())
    cases = cases_of(audit, supports_of(audit))
    shown = summarise(audit, cases, a_ledger(), masked=True)
    plain = summarise(audit, cases, a_ledger())
    tables = (
        *("numbers", "agreements", "parties", "problem_codes", "pivots", "form_gaps"),
        "corrections",
    )

    def small(summary: Summary) -> Counter[str]:
        return Counter(
            name
            for name in tables
            for count in counts_in(getattr(summary, name))
            if 1 <= count <= 10
        )

    assert len(small(plain)) >= 6  # there is something to hide
    assert small(shown) == Counter()
    for sentence in (*shown.risks, *shown.actions, shown.corrected_claims, *shown.limits):
        assert not re.search(r"(?<![\d.,])([1-9]|10) (encounter|finding|line|result)", sentence)
    texts = map(encounter_json, cases)
    findings = finding_texts(audit, cases)
    out = tmp_path / "audit.json"
    counts = data_counts(cases)
    write_audit_json(out, audit.policy, audit.results, counts, findings, texts, a_ledger(), shown)
    written = json.loads((tmp_path / "audit.json").read_text())
    assert written["masked"] is True
    told = [row["deficient"] for row in written["results"] if row["deficient"]]
    assert set(told) == {"hidden"}
