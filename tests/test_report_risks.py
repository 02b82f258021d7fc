"""Risks and actions differ from each other, and each action goes to who can do it."""

from collections.abc import Iterator

import pytest
from report_fixtures import a_check, audit_of, billed, encounter, given

from auditor import Cure, Encounter, Policy, Verdict, deficient, met, undetermined
from auditor.check import Check
from auditor.report.actions import action_sentences, corrections_of
from auditor.report.parties import mender_of, origin_of, party_lines
from auditor.report.risks import base_words, risks_of
from auditor.report.weight import weight
from auditor.run import Audit


def faulty(
    key: str,
    encounters: str,
    severity: str = "high",
    cure: Cure = Cure.REBILL,
    responsible: str = "coding",
) -> Check:
    """A check that finds fault with the claims of these encounters, one letter each."""

    def rule(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
        line = encounter.claim_lines[0]
        if encounter.encounter_id in encounters:
            yield deficient(line, because="It is wrong.", cure=cure)
        else:
            yield met(line)

    return a_check(key, rule, severity=severity, responsible=responsible)


def of(*checks: Check, encounters: str = "ABCDEFGHIJ") -> Audit:
    return audit_of(
        *(encounter(key, (given("x", "10:00"),), (billed("96374"),)) for key in encounters),
        checks=checks,
    )


def heads(audit: Audit) -> list[tuple[str, int, int]]:
    risks = risks_of(audit.results, audit.findings)
    return [(risk.head.check.id, risk.encounters, risk.shared) for risk in risks]


def test_checks_that_share_their_encounters_are_one_risk() -> None:
    audit = of(faulty("a", "ABCDE"), faulty("b", "ABCF"), faulty("c", "ABG"), faulty("d", "HI"))
    assert heads(audit) == [("a", 7, 3), ("d", 2, 0)]
    first, second = (risk.sentence for risk in risks_of(audit.results, audit.findings))
    assert first == (
        "A: 5 of 10 examined, too few for a rate; high severity. Much in the same encounters: "
        "B (4) and C (3). 7 encounters together, 3 with more than one of these."
    )
    assert second == "D: 2 of 10 examined, too few for a rate; high severity. In 2 encounters."


def test_a_check_that_contains_others_takes_them_in() -> None:
    audit = of(faulty("times", "AB"), faulty("orders", "CD"), faulty("all", "ABCDE", "medium"))
    assert heads(audit) == [("orders", 5, 4)]


def test_a_small_check_joins_one_risk_and_ties_no_two_together() -> None:
    audit = of(faulty("a", "ABCDE"), faulty("b", "EFGHI"), faulty("c", "E", "low"))
    assert [head for head, _, _ in heads(audit)] == ["a", "b"]


def test_many_encounters_outweigh_one_grave_one() -> None:
    audit = of(faulty("grave", "J"), faulty("wide", "ABCD", "medium"), faulty("low", "EF", "low"))
    assert [head for head, _, _ in heads(audit)] == ["wide", "grave", "low"]
    assert weight(audit.findings) == 3 + 4 * 2 + 2 * 1


def test_what_is_in_no_rate_is_said() -> None:
    def unsure(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
        line = encounter.claim_lines[0]
        if encounter.encounter_id in "AB":
            yield deficient(line, because="It is wrong.", cure=Cure.REBILL)
        elif encounter.encounter_id in "CDE":
            yield undetermined(line, because="Nobody knows.")
        else:
            yield met(line)

    (result,) = of(a_check("a", unsure)).results
    assert base_words(result) == (
        "2 of 7 judged (3 of 10 examined undetermined), too few for a rate"
    )


@pytest.mark.parametrize(
    ("cure", "responsible", "origin", "mender"),
    [
        (Cure.REBILL, "coding", "coding", "coding"),
        (Cure.REBILL, "charge set-up", "charge set-up", "coding"),
        (Cure.NOTHING, "nursing", "nursing", "coding"),
        (Cure.LATE_ENTRY, "nursing", "nursing", "nursing"),
        (Cure.LATE_ENTRY, "coding", "coding", "nursing"),
        (Cure.ORDER, "nursing", "provider order", "provider order"),
        (Cure.RECORD, "charge set-up", "charge set-up", "charge set-up"),
        (Cure.ATTESTATION, "nursing", "nursing", "nursing"),
    ],
)
def test_where_it_arose_and_who_mends_it(
    cure: Cure, responsible: str, origin: str, mender: str
) -> None:
    (finding,) = of(faulty("a", "A", cure=cure, responsible=responsible)).findings
    assert origin_of(finding) == origin
    assert mender_of(finding) == mender


def test_nursing_never_corrects_a_claim() -> None:
    audit = of(faulty("a", "ABC", cure=Cure.NOTHING, responsible="nursing"))
    (sentence,) = action_sentences(audit.findings)
    assert sentence == (
        "Coding: correct the claim and refund, as nothing can be added to the record, for "
        "3 findings, in 3 encounters (A)."
    )
    lines = {line.party: (line.share.hits, line.mends) for line in party_lines(audit.findings)}
    assert lines == {"nursing": (3, 0), "coding": (0, 3)}


def test_one_action_for_each_party_and_one_line_for_each_request() -> None:
    audit = of(
        faulty("a", "ABCD"),
        faulty("b", "AB", cure=Cure.NOTHING),
        faulty("c", "AE"),
        faulty("d", "GH", cure=Cure.LATE_ENTRY, responsible="nursing"),
        faulty("e", "IJ", "low", cure=Cure.ORDER, responsible="nursing"),
    )
    assert action_sentences(audit.findings) == (
        "Coding: correct the claim, for 6 findings; correct the claim and refund, as nothing can "
        "be added to the record, for 2 findings, in 5 encounters (A, B and C).",
        "Nursing: ask for a dated late entry by the person who gave it, for 2 findings, in "
        "2 encounters (D).",
        "Ordering provider: find the authenticated practitioner order from the time of service, "
        "for 2 findings, in 2 encounters (E).",
    )
    assert [(line.party, line.titles) for line in corrections_of(audit.findings)] == [
        ("coding", (("A", 4), ("C", 2))),
        ("coding", (("B", 2),)),
        ("nursing", (("D", 2),)),
        ("provider order", (("E", 2),)),
    ]


def test_the_order_of_the_encounters_does_not_matter() -> None:
    checks = (faulty("a", "ABC"), faulty("b", "CD"), faulty("c", "DE"), faulty("d", "AE", "low"))
    forward, backward = of(*checks), of(*checks, encounters="JIHGFEDCBA")
    assert heads(forward) == heads(backward)
    assert action_sentences(forward.findings) == action_sentences(backward.findings)
