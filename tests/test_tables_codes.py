"""The administration codes and the dates between which they are valid."""

from datetime import date, timedelta

import pytest

from auditor.tables.codes import (
    ADMINISTRATION_CODES,
    INITIAL_BY_RANK,
    INITIAL_CODES,
    INJECTION_CODES,
    code,
    codes,
    current,
    is_valid_on,
)

LIFETIMES = [
    # code, first valid day, first day no longer valid, replacement
    ("96360", date(2009, 1, 1), None, ()),
    ("96376", date(2009, 1, 1), None, ()),
    ("96377", date(2017, 1, 1), None, ()),
    ("96413", date(2006, 1, 1), None, ()),
    ("96547", date(2024, 1, 1), None, ()),
    ("G0498", date(2016, 1, 1), None, ()),
    ("36430", None, None, ()),
    ("90760", date(2006, 1, 1), date(2009, 1, 1), ("96360",)),
    ("90769", date(2008, 1, 1), date(2009, 1, 1), ("96369",)),
    ("90776", date(2008, 1, 1), date(2009, 1, 1), ("96376",)),
    ("90780", None, date(2006, 1, 1), ("90760", "90765")),
    ("96400", None, date(2006, 1, 1), ("96401", "96402")),
    ("96410", None, date(2006, 1, 1), ("96413",)),
    ("96445", None, date(2011, 1, 1), ("96446",)),
    ("G0347", date(2005, 1, 1), date(2006, 1, 1), ("90765",)),
    ("C8950", date(2006, 1, 1), date(2007, 1, 1), ("90760", "90765")),
]


@pytest.mark.parametrize(("number", "first", "gone", "replacement"), LIFETIMES)
def test_a_code_is_valid_between_its_dates(number, first, gone, replacement):
    if first is not None:
        assert not is_valid_on(number, first - timedelta(days=1))
        assert is_valid_on(number, first)
    if gone is not None:
        assert is_valid_on(number, gone - timedelta(days=1))
        assert not is_valid_on(number, gone)
    else:
        assert is_valid_on(number, date(2026, 9, 1))
    assert codes()[number].replaced_by == replacement


MEANINGS = [
    # code, family, role, timed
    ("96360", "hydration", "initial", True),
    ("96361", "hydration", "additional hour", True),
    ("96365", "therapeutic", "initial", True),
    ("96366", "therapeutic", "additional hour", True),
    ("96367", "therapeutic", "sequential", True),
    ("96368", "therapeutic", "concurrent", True),
    ("96369", "subcutaneous infusion", "first hour", True),
    ("96371", "subcutaneous infusion", "extra set-up", False),
    ("96372", "injection", "stand-alone", False),
    ("96374", "therapeutic", "initial", False),
    ("96375", "therapeutic", "new push", False),
    ("96376", "therapeutic", "repeat push", False),
    ("96402", "injection", "stand-alone", False),
    ("96409", "chemotherapy", "initial", False),
    ("96411", "chemotherapy", "new push", False),
    ("96413", "chemotherapy", "initial", True),
    ("96415", "chemotherapy", "additional hour", True),
    ("96416", "pump", "stand-alone", False),
    ("96417", "chemotherapy", "sequential", True),
    ("96523", "port", "stand-alone", False),
    ("C8957", "pump", "stand-alone", False),
    ("36430", "blood", "stand-alone", False),
]


@pytest.mark.parametrize(("number", "family", "role", "timed"), MEANINGS)
def test_a_code_means_this(number, family, role, timed):
    entry = codes()[number]
    assert (entry.family, entry.role, entry.timed) == (family, role, timed)
    assert number in ADMINISTRATION_CODES


def test_the_initial_services_stand_in_the_order_of_the_hierarchy():
    assert INITIAL_BY_RANK == ("96413", "96409", "96365", "96374", "96360")
    assert frozenset(INITIAL_BY_RANK) == INITIAL_CODES


def test_injections_are_under_the_skin_or_into_muscle():
    assert {"96372", "96401", "96402", "90772"} <= INJECTION_CODES
    assert INJECTION_CODES.isdisjoint({"96373", "96374", "96377", "96405"})


def test_putting_in_a_line_gives_no_drug():
    for number in ("36000", "36410", "36415", "36591", "36592", "36593"):
        assert code(number) is not None
        assert number not in ADMINISTRATION_CODES


def test_every_deleted_code_names_a_replacement_that_the_table_has():
    for entry in codes().values():
        assert bool(entry.replaced_by) == (entry.deleted_from is not None), entry.code
        for replacement in entry.replaced_by:
            assert entry.deleted_from is not None
            assert is_valid_on(replacement, entry.deleted_from), entry.code


def test_every_code_has_words_of_its_own_and_a_source():
    for entry in codes().values():
        assert entry.wording, entry.code
        assert entry.source, entry.code
    in_force = [entry.wording for entry in codes().values() if entry.deleted_from is None]
    assert len(in_force) == len(set(in_force))


@pytest.mark.parametrize("number", ["99284", "9636O", "", None])
def test_another_code_is_not_in_the_table(number):
    assert code(number) is None


def test_whether_another_code_is_valid_is_not_answered():
    with pytest.raises(KeyError):
        is_valid_on("99284", date(2026, 9, 1))


@pytest.mark.parametrize(
    ("number", "today"),
    [("90765", "96365"), ("G0347", "96365"), ("90780", "96360"), ("96365", "96365"), ("x", "x")],
)
def test_a_deleted_code_leads_to_the_one_in_force(number, today):
    assert current(number) == today
