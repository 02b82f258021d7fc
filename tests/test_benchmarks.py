"""The benchmarks follow the program: what they watch is there, and their counts are its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.cluster import RESULTS, model

ROOT = Path(__file__).parent.parent


def test_the_stages_of_an_audit_are_told(tmp_path: Path) -> None:
    files = [*sorted((ROOT / "sample_data").glob("*.xlsx")), "--no-history", "--out", tmp_path]
    words = [*files, "--profile", ROOT / "sample_data" / "hospital.toml", "--data-only"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stages", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    audit = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert told["encounters"] == len(audit["encounters"])
    assert told["deficiencies"] == sum(f["outcome"] == "deficient" for f in audit["findings"])
    assert all(told["stages"][name] > 0 for name in ("read", "records", "coding", "checks"))


def test_every_piece_of_an_audit_on_a_cluster_is_timed(tmp_path: Path) -> None:
    for file in (ROOT / "sample_data").glob("*.xlsx"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cluster", "timed", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["stages"]["read"]["pieces"] == len(list(tmp_path.iterdir()))
    assert told["stages"]["judge"]["longest"] <= told["stages"]["judge"]["seconds"]
    assert told["workers"]["1"] >= told["workers"]["2"] >= told["workers"]["512"] > 0


def test_the_cost_of_a_cluster_in_the_documentation_is_what_was_measured() -> None:
    told = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert model(told) in (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
