"""HCPCS codes and billing units of drugs, as made from the CMS crosswalk."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.record import DrugClass
from auditor.tables import drug_codes
from auditor.tables.drugs import DrugCode, drugs

CROSSWALK = (
    Path(__file__).parents[2] / "shared/data/cms/asp_ndc_hcpcs_crosswalk_2026_01.csv"
)  # a clone of its own has none; the tests that read it skip
HEADER = "_2026_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE\n"
PREAMBLE = 'Crosswalk\n"     Effective January 1, 2026 through March 31, 2026"\n\n'

BILLING_UNITS = [
    ("10 MG", (Decimal(10), "mg")),
    ("UP TO 5 MG", (Decimal(5), "mg")),
    (".625 GM", (Decimal("0.625"), "g")),
    ("100,000 UNITS", (Decimal(100_000), "units")),
    ("1 IU", (Decimal(1), "units")),
    ("1 I.U. VWF:RCO", (Decimal(1), "units")),
    ("1 USP UNIT", (Decimal(1), "units")),
    ("300 MCG (1500 IU)", (Decimal(300), "mcg")),
    ("75MG (50MG CFT/25MG TAZ)", (Decimal(75), "mg")),
    ("10 MG (RITUXIMAB)", (Decimal(10), "mg")),
    ("1000 CC", (Decimal(1000), "mL")),
    ("2 MEQ", (Decimal(2), "mEq")),
    ("PER VIAL", (Decimal(1), "each")),
    ("PER FACTOR VIII IU", (Decimal(1), "units")),
    # no dose of one substance
    ("3 MG & 3 MG", None),
    ("1 MG/2.27 MG", None),
    ("LESS THAN OR EQUAL TO 7 DAYS OF THERAPY", None),
    ("1 MILLION PFU", None),
    ("", None),
]


@pytest.mark.parametrize(("dosage", "unit"), BILLING_UNITS)
def test_a_cms_dosage_is_an_amount_and_a_unit_or_nothing(dosage, unit):
    assert drug_codes.billing_unit(dosage) == unit


ROWS = [
    # code, short description, drug name, dosage → drug, or None where the row is left out
    ("J2405", "Ondansetron hcl injection", "Ondansetron HCl", "1 MG", "ondansetron"),
    ("Q0162", "Ondansetron oral", "Ondansetron ODT", "1 MG", None),
    ("J8540", "Dexamethasone 0.25 mg", "Dexamethasone", "0.25 MG", None),
    ("J7608", "Acetylcysteine non-comp unit", "Acetylcysteine", "1 GM", None),
    ("J7528", "Mycophen mofetil for susp", "Mycophenolate Mofetil Oral Susp", "100 MG", None),
    ("J1817", "Insulin for insulin pump use", "Humulin R", "50 UNITS", None),
    ("Q2050", "Doxorubicin inj 10mg", "Doxil", "10 MG", "doxorubicin liposomal"),
    ("J9000", "Doxorubicin hcl injection", "Adriamycin", "10 MG", "doxorubicin"),
    ("J7070", "D5w infusion", "Dextrose", "1000 CC", "5% dextrose"),
    ("J0697", "Sterile cefuroxime injection", "Ceftriaxone", "750 MG", None),  # two drugs named
    ("J9999", "Something new", "Foobaril", "1 MG", None),
]


@pytest.mark.parametrize(("code", "description", "name", "dosage", "drug"), ROWS)
def test_a_crosswalk_row_is_placed_or_left_out(tmp_path, code, description, name, dosage, drug):
    path = tmp_path / "crosswalk.csv"
    path.write_text(
        f"{PREAMBLE}{HEADER}{code},{description},Maker,1-1-1,{name},{dosage},1\n", "latin-1"
    )
    _, codes, _ = drug_codes.codes_of(path)
    assert codes == ({} if drug is None else {drug: {code: drug_codes.billing_unit(dosage)}})


def test_a_measured_unit_wins_over_each(tmp_path):
    path = tmp_path / "crosswalk.csv"
    rows = "90715,Tdap,Maker,1,Adacel,1 EACH,1\n90715,Tdap,Maker,2,Boostrix,0.5 ML,1\n"
    path.write_text(PREAMBLE + HEADER + rows, "latin-1")
    _, codes, _ = drug_codes.codes_of(path)
    vaccine = "tetanus-diphtheria-pertussis vaccine"
    assert codes == {vaccine: {"90715": (Decimal("0.5"), "mL")}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("code,name\nJ1,x\n", "has no row headed"),
        (HEADER, "does not say for which quarter"),
    ],
)
def test_another_file_is_refused_and_nothing_is_written(
    tmp_path, monkeypatch, capsys, text, complaint
):
    path = tmp_path / "other.csv"
    path.write_text(text, "latin-1")
    monkeypatch.setattr(drug_codes, "_TARGET", tmp_path / "drug_codes.toml")
    assert drug_codes.main([str(path)]) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "drug_codes.toml").exists()


def test_the_command_wants_one_file(capsys):
    assert drug_codes.main([]) == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.skipif(not CROSSWALK.exists(), reason="the CMS crosswalk is not at hand")
def test_the_shipped_codes_are_those_of_the_cms_file(tmp_path, monkeypatch):
    made = tmp_path / "drug_codes.toml"
    shipped = Path(drug_codes.__file__).with_name("drug_codes.toml")
    monkeypatch.setattr(drug_codes, "_TARGET", made)
    assert drug_codes.main([str(CROSSWALK)]) == 0
    assert made.read_text("utf-8") == shipped.read_text("utf-8")


@pytest.mark.skipif(not CROSSWALK.exists(), reason="the CMS crosswalk is not at hand")
def test_each_shipped_code_stands_in_the_cms_file():
    listed = {line.partition(",")[0] for line in CROSSWALK.read_text("latin-1").splitlines()}
    shipped = {code.hcpcs for drug in drugs().values() for code in drug.codes}
    assert len(shipped) > 600
    assert shipped <= listed


SHIPPED = [
    ("infliximab", DrugCode("J1745", Decimal(10), "mg")),
    ("infliximab", DrugCode("Q5103", Decimal(10), "mg")),
    ("ketorolac", DrugCode("J1885", Decimal(15), "mg")),
    ("paclitaxel", DrugCode("J9267", Decimal(1), "mg")),
    ("paclitaxel protein-bound", DrugCode("J9264", Decimal(1), "mg")),
    ("magnesium sulfate", DrugCode("J3475", Decimal(500), "mg")),
    ("potassium chloride", DrugCode("J3480", Decimal(2), "mEq")),
    ("heparin flush", DrugCode("J1642", Decimal(10), "units")),
    ("0.9% sodium chloride", DrugCode("J7030", Decimal(1000), "mL")),
    ("nivolumab-relatlimab", DrugCode("J9298")),
]


@pytest.mark.parametrize(("drug", "code"), SHIPPED)
def test_a_shipped_drug_has_this_code(drug, code):
    assert code in drugs()[drug].codes


def test_a_code_is_of_one_drug_but_for_contrast_and_catheter_clearance():
    owners = defaultdict(set)
    for drug in drugs().values():
        for code in drug.codes:
            owners[code.hcpcs].add(drug.name)
    shared = {
        frozenset(names)
        for names in owners.values()
        if len(names) > 1
        and any(drugs()[name].drug_class is not DrugClass.CONTRAST for name in names)
    }
    assert shared == {frozenset({"alteplase", "alteplase for catheter clearance"})}


def test_a_drug_that_cms_does_not_list_has_no_code():
    assert drugs()["pantoprazole"].codes == ()
