"""The engine walks, counts and catches; it judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from auditor import (
    Cure,
    Encounter,
    Policy,
    Verdict,
    check,
    deficient,
    met,
    not_evaluated,
    undetermined,
)
from auditor.run import Audit, CheckFailed, Status, run
from tests.cases import EVERY_FIELD, encounter

ENCOUNTER = encounter(
    {
        "given": [
            {"drug": "ondansetron", "how": "push", "from": "09:00"},
            {"drug": "ketorolac", "how": "push", "from": "09:10"},
            {"drug": "morphine", "how": "push", "from": "09:20"},
        ]
    }
)


def _check(rule, needs=()):
    return check(
        title="A check of the tests",
        authority=("cms-cpm-4-230.2",),
        severity="low",
        responsible="coding",
        examines="push",
        needs=needs,
    )(rule)


def one_of_each(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """One verdict of each outcome."""
    first, second, third = encounter.administrations
    yield met(first)
    yield deficient(second, because="It is wrong.", cure=Cure.REBILL)
    yield undetermined(third, because="It cannot be told.")


def nothing(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Looks at nothing."""
    return iter(())


def wants_a_table(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Looks at one of two."""
    first, second, _ = encounter.administrations
    yield met(first)
    yield not_evaluated(second, wants="MUE, 2026Q4")


def wants_only_tables(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Looks at nothing for want of a table."""
    yield not_evaluated(encounter.administrations[0], wants="MUE, 2026Q4")


def raises_on_e2(encounter: Encounter, policy: Policy) -> Iterator[Verdict]:
    """Fails on one encounter, after a first verdict."""
    yield met(encounter.administrations[0])
    if encounter.encounter_id == "E2":
        raise ValueError("secret of the patient")


def _run(rule, *encounters, needs=(), **options) -> Audit:
    policy = options.pop("policy", Policy())
    return run(encounters or (ENCOUNTER,), [_check(rule, needs)], policy, EVERY_FIELD, **options)


def test_the_three_outcomes_add_up_to_the_examined() -> None:
    audit = _run(one_of_each)
    [result] = audit.results
    assert (result.met, result.deficient, result.undetermined, result.examined) == (1, 1, 1, 3)
    assert [finding.verdict.because for finding in audit.findings] == ["It is wrong."]
    assert [finding.verdict.because for finding in audit.undetermined] == ["It cannot be told."]
    assert result.status is Status.EVALUATED
    assert audit.complete


def test_looking_at_nothing_is_not_a_pass() -> None:
    [result] = _run(nothing).results
    assert result.status is Status.NOT_APPLICABLE
    assert result.examined == 0


def test_a_column_that_nobody_supplied_is_named_and_nothing_is_examined() -> None:
    audit = run(
        [ENCOUNTER],
        [_check(one_of_each, ("order.drug", "administration.site"))],
        Policy(),
        frozenset({"administration.site"}),
    )
    [result] = audit.results
    assert (result.status, result.missing) == (Status.NOT_EVALUATED, ("order.drug",))
    assert result.examined == 0
    assert not audit.complete


def test_a_check_that_the_policy_skips_is_complete_without_it() -> None:
    audit = _run(one_of_each, policy=Policy(skip=frozenset({"one_of_each"})))
    [result] = audit.results
    assert (result.status, result.examined, audit.complete) == (Status.SKIPPED, 0, True)


def test_a_crash_is_a_result_and_the_rest_goes_on() -> None:
    others = [replace(ENCOUNTER, encounter_id=f"E{n}") for n in (3, 2, 1)]
    audit = _run(raises_on_e2, *others)
    [result] = audit.results
    assert result.status is Status.FAILED
    assert result.failed_encounters == ["E2"]
    assert result.met == 2  # nothing of E2 counts, not even what came before the crash
    assert not audit.complete


def test_strict_stops_at_the_crash() -> None:
    with pytest.raises(CheckFailed) as failed:
        _run(raises_on_e2, replace(ENCOUNTER, encounter_id="E2"), strict=True)
    assert str(failed.value).startswith(
        "The check raises_on_e2 failed: ValueError in test_run.py, "
    )
    assert "secret" not in str(failed.value)
    assert isinstance(failed.value.__cause__, ValueError)


def test_finding_ids_depend_on_check_encounter_and_subject_alone() -> None:
    moved = replace(
        ENCOUNTER,
        administrations=tuple(replace(a, sources=()) for a in ENCOUNTER.administrations),
    )
    [before], [after] = _run(one_of_each).findings, _run(one_of_each, moved).findings
    assert before.finding_id == after.finding_id
    [other] = _run(one_of_each, replace(ENCOUNTER, encounter_id="E9")).findings
    assert other.finding_id != before.finding_id


def test_the_order_of_encounters_does_not_matter() -> None:
    encounters = [replace(ENCOUNTER, encounter_id=f"E{n}") for n in range(5)]
    assert _run(one_of_each, *encounters).findings == _run(one_of_each, *encounters[::-1]).findings


def test_what_wants_a_table_is_counted_apart_and_leaves_the_audit_incomplete() -> None:
    audit = _run(wants_a_table, needs=("table.mue",))
    [result] = audit.results
    assert (result.status, result.examined, result.met) == (Status.EVALUATED, 1, 1)
    assert result.unevaluated == {"MUE, 2026Q4": 1}
    assert not audit.complete


def test_a_check_that_only_wants_tables_is_not_evaluated() -> None:
    [result] = _run(wants_only_tables, needs=("table.mue",)).results
    assert (result.status, result.examined) == (Status.NOT_EVALUATED, 0)
