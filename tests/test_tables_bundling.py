"""Which services of a day may be what a modifier sets drug administration apart from."""

import pytest

from auditor.tables.bundling import is_visit, may_bundle, may_give_its_drug

SERVICES = [
    ("12001", True),
    ("43239", True),
    ("36430", True),
    ("93306", True),
    ("70450", False),  # head without contrast
    ("70460", True),  # head with contrast
    ("71046", False),
    ("78452", True),
    ("93010", False),
    ("93015", True),
    ("93040", False),
    ("80053", False),
    ("89398", False),
    ("86950", True),
    ("99284", False),
    ("99202", False),
    ("99199", True),
    ("G0463", False),
    ("G0105", True),
    ("0042T", True),
    ("0001U", False),
    ("J2405", False),
    ("", False),
]


@pytest.mark.parametrize(("code", "may"), SERVICES)
def test_ncci_may_bundle_drug_administration_into_it(code, may):
    assert may_bundle(code) is may


@pytest.mark.parametrize(
    ("code", "visit"),
    [("99202", True), ("99499", True), ("G0378", True), ("99199", False), ("71046", False)],
)
def test_a_visit_is_one(code, visit):
    assert is_visit(code) is visit


@pytest.mark.parametrize(
    ("code", "may"),
    [("20610", True), ("11400", True), ("78452", True), ("36415", False), ("36430", False),
     ("71046", False), ("99284", False), ("J2405", False)],
)  # fmt: skip
def test_a_procedure_may_give_its_drug_where_ncci_bundles_the_giving(code, may):
    assert may_give_its_drug(code) is may
