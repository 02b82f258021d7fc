"""Access sites as records word them: which texts name one place, and which name two."""

import pytest

from auditor.tables.sites import (
    different_sites,
    label_of,
    says_need,
    says_rate,
    says_restart,
    site_key,
)

KEYS = [
    ("R AC 18g", "right arm antecubital"),
    ("Rt. antecubital", "right arm antecubital"),
    ("(R) AC #20", "right arm antecubital"),
    ("right antecubital fossa", "right arm antecubital"),
    ("RAC", "right arm antecubital"),
    ("L FA", "left arm forearm"),
    ("Peripheral IV 09/14/26 20 G Anterior;Left Forearm", "left arm forearm"),
    ("LUE", "left arm"),
    ("left UA", "left arm,upper arm"),
    ("EJ left", "left,external jugular"),
    ("Port-a-Cath right chest", "right chest port"),
    ("mediport", "port"),
    ("PICC RUE, red lumen", "right arm picc"),
    ("Midline L arm", "left arm midline"),
    ("TLC R IJ brown", "right central,internal jugular"),
    ("CVC distal port", "central"),  # a lumen is called a port too
    ("IO L tibia", "left leg intraosseous tibia"),
    ("left deltoid", "left arm deltoid"),
    # nothing of the place
    ("PIV", ""),
    ("20 g", ""),
    ("IV #2", ""),
    ("peripheral catheter", ""),
    ("proximal port", ""),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("text", "places"), KEYS)
def test_a_text_says_this_of_the_place(text, places):
    # a comma parts what stands for one place in two words
    head, _, tail = places.partition(",")
    assert site_key(text) == frozenset(head.split()) | ({tail} if tail else frozenset())


PAIRS = [
    # one site under two names
    ("R AC", "right antecubital 20g", False),
    ("forearm", "left forearm", False),
    ("L arm", "left forearm", False),
    ("LUE", "left hand", False),
    ("PICC red lumen", "PICC white lumen", False),
    ("CVC distal port", "CVC proximal port", False),
    ("CVC", "right IJ triple lumen", False),
    ("port", "right chest port", False),
    ("R AC anterior", "R AC posterior", False),
    ("Left", "left hand", False),
    # undocumented is never another site
    ("R AC", "", False),
    ("R AC", "PIV", False),
    ("PIV 1", "PIV 2", False),
    # two sites
    ("R AC", "L AC", True),
    ("R AC", "R hand", True),
    ("left forearm", "left wrist", True),
    ("LUE", "right hand", True),
    ("port", "left forearm", True),
    ("PICC", "R AC", True),
    ("PICC right arm", "right forearm", True),
    ("R EJ", "R IJ", True),
]


@pytest.mark.parametrize(("one", "other", "different"), PAIRS)
def test_two_texts_name_one_site_or_two(one, other, different):
    assert different_sites(site_key(one), site_key(other)) is different
    assert different_sites(site_key(other), site_key(one)) is different


RESTARTS = [
    ("infiltrated", True),
    ("IV infiltrated, restarted in left hand", True),
    ("Restarted: right forearm line infiltrated", True),
    ("dislodged", True),
    ("replaced", True),
    ("pulled out by patient", True),
    ("leaking at site", True),
    ("Occluded; unable to flush", True),
    ("IV no longer patent", True),
    ("No redness. Infiltrated at 10:00", True),
    ("no complications, then IV came out", True),
    ("no signs of infiltration", False),
    ("site without redness, swelling or leaking", False),
    ("not infiltrated", False),
    ("potassium replacement", False),
    ("pulmonary infiltrate on chest film", False),
    ("benign positional vertigo", False),
    ("second line for incompatible drugs", False),
    ("difficult stick", False),
    ("", False),
    (None, False),
]


@pytest.mark.parametrize(("text", "restart"), RESTARTS)
def test_a_text_says_that_a_line_was_set_up_anew(text, restart):
    assert says_restart(text) is restart


NEEDS = [
    ("Second line: incompatible drugs must run simultaneously", True),
    ("Incompatible with piperacillin", True),
    ("not compatible with heparin", True),
    ("second IV required for vancomycin", True),
    ("dedicated line", True),
    ("additional access required", True),
    ("vesicant", True),
    ("second line for blood; no infiltration", True),
    ("no second line needed", False),
    ("not incompatible", False),
    ("additional IV fluids", False),
    ("second IV bag hung", False),
    ("concurrent chemoradiation", False),
    ("patient preference", False),
    ("rate too fast for one line", False),
    ("restarted", False),
    ("", False),
    (None, False),
]


@pytest.mark.parametrize(("text", "need"), NEEDS)
def test_a_text_says_why_a_second_access_was_needed(text, need):
    assert says_need(text) is need


RATES = [
    ("Ordered rate could not be reached with one line", True),
    ("rate too fast for one line", True),
    ("Unable to achieve ordered rate through one IV", True),
    ("second line to reach the rate", True),
    ("rate increased to 150", False),
    ("no problem to reach the rate", False),
    ("second line for incompatible drugs", False),
    ("", False),
    (None, False),
]


@pytest.mark.parametrize(("text", "rate"), RATES)
def test_a_text_says_that_one_line_could_not_carry_the_rate(text, rate):
    assert says_rate(text) is rate


LABELS = [
    ("IV #1", "iv 1"),
    ("PIV", "piv"),
    ("R AC", None),
    ("red port", None),  # a lumen, which is no line of its own
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "label"), LABELS)
def test_a_text_numbers_a_line_and_names_no_place(text, label):
    assert label_of(text) == label
