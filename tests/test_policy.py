"""Policies come from TOML, whole or not at all; every choice is documented."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from auditor.policy import Policy, PolicyError, load_policy, policy_rows
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
