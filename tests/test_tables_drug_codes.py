"""HCPCS codes and billing units of drugs, as made from the CMS crosswalk."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.record import DrugClass
from auditor.tables import drug_codes
from auditor.tables.drugs import DrugCode, drugs

CMS = Path(__file__).parents[2] / "shared/data/cms"
FILES = (
    CMS / "asp_ndc_hcpcs_crosswalk_2026_01.csv",
    CMS / "asp_payment_limits_2026_01.csv",
    CMS / "opps_addendum_b_2025_10.csv",
)
at_hand = pytest.mark.skipif(  # a clone of its own has none
    not all(path.exists() for path in FILES), reason="the CMS files are not at hand"
)
LIMITS, ADDENDUM_B = drug_codes.LAYOUTS[1:]
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
    codes = drug_codes.codes_of(path).codes
    assert codes == ({} if drug is None else {drug: {code: drug_codes.billing_unit(dosage)}})


def test_a_measured_unit_wins_over_each(tmp_path):
    path = tmp_path / "crosswalk.csv"
    rows = "90715,Tdap,Maker,1,Adacel,1 EACH,1\n90715,Tdap,Maker,2,Boostrix,0.5 ML,1\n"
    path.write_text(PREAMBLE + HEADER + rows, "latin-1")
    codes = drug_codes.codes_of(path).codes
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
    assert drug_codes.main([str(path)] * 3) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "drug_codes.toml").exists()


def test_the_command_wants_three_files(capsys):
    assert drug_codes.main([]) == 2
    assert "usage" in capsys.readouterr().err


@at_hand
def test_the_shipped_codes_are_those_of_the_cms_files(tmp_path, monkeypatch):
    made = tmp_path / "drug_codes.toml"
    shipped = Path(drug_codes.__file__).with_name("drug_codes.toml")
    monkeypatch.setattr(drug_codes, "_TARGET", made)
    assert drug_codes.main([str(path) for path in FILES]) == 0
    assert made.read_text("utf-8") == shipped.read_text("utf-8")


@at_hand
def test_each_shipped_code_stands_in_the_file_that_is_its_source():
    listed = {
        path.name: {line.partition(",")[0] for line in path.read_text("latin-1").splitlines()}
        for path in FILES
    }
    shipped = {code for drug in drugs().values() for code in drug.codes}
    assert len(shipped) > 800
    for code in shipped:
        (file,) = (name for name in listed if name in code.source)
        assert code.hcpcs in listed[file]


DESCRIPTORS = [
    # code, short descriptor, status → drug and billing unit, or None where the row is left out
    ("J2470", "Inj pantoprazole sodium 40mg", "N", ("pantoprazole", (Decimal(40), "mg"))),
    ("J2471", "Inj pantoprazole(hikma) 40mg", "N", ("pantoprazole", (Decimal(40), "mg"))),
    ("J3290", "Inj, tranexamic acid 5 mg", "E1", ("tranexamic acid", (Decimal(5), "mg"))),
    ("J0636", "Inj calcitriol per 0.1 mcg", "N", ("calcitriol", (Decimal("0.1"), "mcg"))),
    ("J2590", "Oxytocin injection", "N", ("oxytocin", None)),  # no dose is stated
    ("C9254", "Injection, lacosamide", "N", ("lacosamide", None)),
    ("Q2009", "Fosphenytoin inj pe", "N", ("fosphenytoin", None)),
    ("J3265", "Injection torsemide 10 mg/ml", "E2", ("torsemide", None)),  # of a strength
    ("J0572", "Bupren/nal up to 3mg bupreno", "E1", None),  # a likeness is no match
    ("J7508", "Tacrol astagraf ex rel oral", "N", None),
    ("J8540", "Oral dexamethasone", "N", None),
    ("J7608", "Acetylcysteine non-comp unit", "M", None),
    ("Q0174", "Thiethylperazine maleate10mg", "E2", None),
    ("Q4121", "Theraskin", "N", None),
    ("J2405", "Ondansetron hcl injection", "D", None),  # the last quarter of a code
    ("99284", "Morphine", "J2", None),
]


@pytest.mark.parametrize(("code", "descriptor", "status", "drug"), DESCRIPTORS)
def test_a_short_descriptor_is_placed_word_for_word_or_left_out(
    tmp_path, code, descriptor, status, drug
):
    path = tmp_path / "addendum_b_2025_10.csv"
    path.write_text(f'HCPCS Code,Short Descriptor,SI,APC\n{code},"{descriptor}",{status},\n')
    source = drug_codes.codes_of(path, ADDENDUM_B)
    assert source.codes == ({} if drug is None else {drug[0]: {code: drug[1]}})
    assert source.quarter == (date(2025, 10, 1), date(2025, 12, 31))


def test_a_payment_limit_states_its_dosage(tmp_path):
    path = tmp_path / "limits.csv"
    path.write_text(
        f"{PREAMBLE}HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit\n"
        'J0739,"Hiv prep, inj, cabotegravir",1 mg,7.1\n'
        'P9045,"Albumin (human), 5%, 250 ml",250 ML,53\n'
    )
    assert drug_codes.codes_of(path, LIMITS).codes == {
        "albumin": {"P9045": (Decimal(250), "mL")},
        "cabotegravir": {"J0739": (Decimal(1), "mg")},
    }


def test_the_first_file_that_places_a_code_has_it():
    quarter = drug_codes.Quarter(date(2026, 1, 1), date(2026, 3, 31))
    first, second = (
        drug_codes.Source(name, name, quarter, codes, [])
        for name, codes in (
            ("first", {"heparin": {"J1644": (Decimal(1000), "units")}}),
            ("second", {"heparin flush": {"J1644": None, "J1642": None}}),
        )
    )
    assert [source.codes for source in drug_codes.together((first, second))] == [
        {"heparin": {"J1644": (Decimal(1000), "units")}},
        {"heparin flush": {"J1642": None}},
    ]


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
    ("pantoprazole", DrugCode("J2470", Decimal(40), "mg")),
    ("cabotegravir", DrugCode("J0739", Decimal(1), "mg")),
    ("albumin", DrugCode("P9047", Decimal(50), "mL")),
    ("oxytocin", DrugCode("J2590")),
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
    assert drugs()["norepinephrine"].codes == ()
