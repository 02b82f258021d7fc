"""Policies come from TOML, whole or not at all; every choice is documented."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from auditor.policy import Policy, PolicyError, load_policy, policy_rows, published_views
from auditor.record import StopEvidence


def _load(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def test_no_file_is_the_default() -> None:
    assert load_policy(None) == Policy()


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    policy = _load(tmp_path, 'missing_stop = "push"\naccepted_stop_evidence = ["A", "B", "C"]\n')
    assert policy.missing_stop == "push"
    assert StopEvidence.COMPUTED in policy.accepted_stop_evidence
    assert policy.midnight == Policy().midnight
    changed = [name for name, _, _, is_changed in policy_rows(policy) if is_changed]
    assert changed == ["accepted_stop_evidence", "missing_stop"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('missing_stop = "maybe"', "policy.toml: missing_stop: Input should be"),
        ("kvo_rate = -1", "policy.toml: kvo_rate: Input should be greater than or equal to 0"),
        ("colour = 1", "policy.toml: colour: Unexpected"),
        ("missing_stop", "policy.toml: is not valid TOML"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(says)) as caught:
        _load(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nowhere.toml: cannot be read \(No such file"):
        load_policy(tmp_path / "nowhere.toml")


def test_every_choice_says_what_it_means() -> None:
    assert all(field.metadata["says"] for field in fields(Policy))


# What each published view chooses otherwise than by default; what it merely repeats is not here.
VIEWS = {
    "cgs": {"chemo_hydration": "counted"},
    "cpt-assistant": {
        "missing_stop": "push",
        "repeat_infusion_16_to_30": "96366",
        "midnight": "start date",
        "hydration_segments": "sum",
        "chemo_hydration": "counted",
    },
    "medlearn": {
        "accepted_stop_evidence": frozenset(
            {StopEvidence.CHARTED, StopEvidence.IMPLIED, StopEvidence.COMPUTED}
        ),
        "same_drug_infusions": "add per date",
    },
    "noridian": {"chemo_hydration": "integral", "hydration_needs_rate": True},
}


def test_each_published_view_chooses_what_it_publishes() -> None:
    assert {name: _chosen(load_policy(path)) for name, path in published_views().items()} == VIEWS


def _chosen(policy: Policy) -> dict[str, object]:
    return {
        choice.name: getattr(policy, choice.name)
        for choice in fields(policy)
        if choice.name != "name" and getattr(policy, choice.name) != choice.default
    }


@pytest.mark.parametrize("view", published_views())
def test_each_choice_of_a_view_names_its_disagreement(view: str) -> None:
    path = published_views()[view]
    assert load_policy(Path(view)).name == view
    comment = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment = line
        elif not line.startswith("name"):
            assert re.search(r"\((.*; )?[A-Z]+-?\d+", comment), line


def test_no_meaning_names_what_its_reader_cannot_look_up() -> None:
    meanings = {name: says for name, _, says, _ in policy_rows(Policy())}
    assert not re.search(r"\b[A-Z]-?\d\d?\b", " ".join(meanings.values()))
    assert meanings["missing_stop"].endswith("supports nothing, or a push")
    assert meanings["pause_review"].endswith("above which it is marked")
    assert meanings["bag_change_gap"].endswith("still make one run (judgement)")
