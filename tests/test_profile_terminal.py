"""Questions on a real terminal: asked as they come, answered, kept, and asked no more."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from auditor.load import load_profile
from tests.pango import DONE
from tests.test_cli import CLAIMS, auditor
from tests.test_profile_questions import EVENTS, ZONE, months, renamed

pty = pytest.importorskip("pty")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "hospital.toml"
    assert auditor("columns", *months(tmp_path), *ZONE, "--save-profile", path).exit_code == 0
    return path


def talk(
    folder: Path, words: Sequence[object], answers: Sequence[tuple[str, str]]
) -> tuple[int, str]:
    """Run the command with a person at the terminal who answers each question as it comes."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "auditor", *map(str, words)]
    settings = {**os.environ, "COLUMNS": "200", "TERM": "dumb"}
    said, waiting, until, answered = "", list(answers), time.monotonic() + 240, 0
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=settings
    ) as process:
        os.close(theirs)
        while time.monotonic() < until:
            ready, _, _ = select.select([ours], [], [], 0.2)
            if ready:
                try:
                    said += os.read(ours, 65536).decode("utf-8", errors="replace")
                except OSError:  # how a terminal says that the other end is closed
                    break
            elif process.poll() is not None:
                break
            if waiting and waiting[0][0] in said[answered:]:
                answered = len(said)
                os.write(ours, f"{waiting.pop(0)[1]}\n".encode())
        os.close(ours)  # a command that still asks gets no answer and ends
    assert not waiting, f"never asked: {waiting}\n{said}"
    return process.returncode, said


def test_the_zone_and_action_words_are_asked_for_and_can_be_kept(tmp_path: Path) -> None:
    files = months(tmp_path, mar=EVENTS)
    target = tmp_path / "hospital.toml"
    status, said = talk(
        tmp_path,
        ["columns", *files, "--save-profile", target],
        [("Time zone", "Eastern"), ("Time zone", "America/New_York"), ("“Spiked” (2 rows)", "HUNG"),
         ("“Spiked” (2 rows)", "note")],
    )  # fmt: skip
    assert status == 0, said
    assert "'Eastern' is not a time zone" in said and "It is one of START" in said
    profile = load_profile(target)
    assert (profile.timezone, profile.actions) == ("America/New_York", {"Spiked": "NOTE"})
    assert "000123" not in said
    quiet, said = talk(tmp_path, ["code", *files, "--profile", target, "--out", "lines.csv"], [])
    assert quiet == 0, said
    assert "Spiked" not in said


def test_changed_headers_are_asked_about_and_kept(saved: Path, tmp_path: Path) -> None:
    files = months(tmp_path, claims=renamed(CLAIMS, Mod="Modifier 1", HCPCS="Kode"))
    words = ["run", *files, "--profile", saved, "--out", "out"]
    status, said = talk(
        tmp_path, words,
        [("Is this right", "n"), ("“Kode” states", "hcpcs"), ("“Modifier 1” states", "")],
    )  # fmt: skip
    assert status == DONE, said
    assert '- Mod = "modifiers"' in said and "the answers are kept" in said
    columns = load_profile(saved).columns["claim_line"]
    assert (columns["Kode"], columns["Modifier 1"]) == ("hcpcs", "modifiers")
    assert "HCPCS" not in columns and "Mod" not in columns
    again, said = talk(tmp_path, words, [])
    assert again == DONE, said
    assert "headers" not in said


def test_a_wanted_column_is_asked_for(tmp_path: Path) -> None:
    files = months(tmp_path, claims=renamed(
        [row[:7] for row in CLAIMS], HCPCS="Kode"))  # fmt: skip
    status, said = talk(
        tmp_path, ["run", *files, *ZONE, "--out", "out"], [("Which one gives hcpcs", "1")]
    )
    assert status in (DONE, 1), said
    assert "no column gives hcpcs or cpt or revenue_code" in said
    assert 'Kode = "hcpcs"' in said and "To be asked no more" in said
    assert (tmp_path / "out" / "audit.xlsx").exists()
