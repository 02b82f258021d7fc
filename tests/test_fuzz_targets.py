"""Each fuzz target takes its own seeds, so that ``make fuzz`` starts from what can be read."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import TARGETS, call

STRANGE = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"[" * 2_000,
    b"9" * 5_000,
    "\u0661\u0662:\u0663\u0660".encode(),
)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    for data in (*seeds[:40], *STRANGE):
        call(target, data)


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - {"x12", "hl7"}))
def test_a_target_has_seeds_where_no_public_samples_are(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("tests.fuzz.targets.DATA", tmp_path)
    assert TARGETS[name].seeds()
