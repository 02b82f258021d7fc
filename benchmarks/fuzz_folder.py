"""Odd and hostile files through the command: ``python -m benchmarks.fuzz_folder [FOLDER …]``.

Each file is looked at by ``auditor columns``, and audited by ``auditor run`` as administrations and
as claims, beside a small file of the other kind, within 30 s and 2 GiB.  The profile names its
sheets' kind, and its headers, whatever they are, as the fields of that kind, so that its cells go
through the whole reader and what can be read is judged and reported.  Prints the outcomes; the
status is 1 where a run ended otherwise than the command may.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from auditor.load.cells import clean
from auditor.load.read import UnreadableFile, read_file, shown_name
from benchmarks.bounded import MEMORY, SECONDS, Bounded, Outcome, bounded

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
ZONE = 'timezone = "America/New_York"\nday_first = false\n'
# The fields that the headers of an odd file are said to state, in the order of its columns.
FIELDS = {
    "administration": ("encounter_id", "drug", "start", "stop", "route", "dose", "rate", "site"),
    "mar_event": ("encounter_id", "drug", "taken_at", "action", "route", "dose", "order_id"),
    "claim_line": ("claim_id", "hcpcs", "service_date", "units", "modifiers", "encounter_id"),
}
CLAIMS = "Claim,Encounter,Line,HCPCS,Units,Service Date\nC1,E1,1,96365,1,09/01/2024\n"
MAR = "Encounter,Drug,Start,Stop,Route\nE1,ceftriaxone,09/01/2024 08:00,09/01/2024 08:40,IVPB\n"


def odd_files(folders: Sequence[Path]) -> list[Path]:
    """Every file of the folders."""
    return sorted(path for folder in folders for path in folder.iterdir() if path.is_file())


def headers(path: Path) -> list[list[str]]:
    """Of each sheet the row that has most texts among the first ones, as if it were its header."""
    with contextlib.suppress(UnreadableFile):
        found = []
        for sheet in read_file(path):
            rows = [[clean(str(v)) or "" for v in row if v == v and v is not None]
                    for row in sheet.cells.head(20).values.tolist()]  # fmt: skip
            found.append(max(rows, key=lambda row: len(set(row)), default=[]))
        return found
    return []


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False)


def settings(headers: Sequence[Sequence[str]], name: str, kind: str) -> str:
    """A profile that takes a file, whatever it is, for one of a kind."""
    named: dict[str, str] = {}
    for row in headers:
        for header, field in zip(dict.fromkeys(filter(None, row)), FIELDS[kind], strict=False):
            named.setdefault(header, field)
    lines = [ZONE, "[sheets]", f"{quoted(name)} = {quoted(kind)}", f"[columns.{kind}]"]
    lines += [f"{quoted(header)} = {quoted(field)}" for header, field in named.items()]
    return "\n".join(lines) + "\n"


def outcomes(run: Bounded, path: Path, folder: Path) -> Iterator[tuple[str, Outcome]]:
    """How the command ends on one file, by what it was asked for."""
    yield "columns", run("columns", path)
    named = headers(path)
    for kind in FIELDS:
        profile, beside, out = folder / "profile.toml", folder / "beside.csv", folder / "out"
        profile.write_text(settings(named, shown_name(path), kind), encoding="utf-8")
        beside.write_text(MAR if kind == "claim_line" else CLAIMS, encoding="utf-8")
        yield f"run as {kind}", run("run", path, beside, "--profile", profile, "--out", out)
        shutil.rmtree(out, ignore_errors=True)


def main() -> int:
    """Print a line for each kind of run, and one for each that should not be."""
    folders = [Path(name) for name in sys.argv[1:]] or sorted(DATA.glob("fuzz_*"))
    files = odd_files(folders)
    ended: dict[str, Counter[int]] = {}
    slowest: dict[str, float] = {}
    largest: dict[str, int] = {}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, bounded() as run:
        for path in files:
            for asked, outcome in outcomes(run, path, Path(folder)):
                ended.setdefault(asked, Counter())[outcome.status] += 1
                slowest[asked] = max(slowest.get(asked, 0), outcome.seconds)
                largest[asked] = max(largest.get(asked, 0), outcome.peak)
                if not outcome.is_well:
                    wrong += 1
                    last = outcome.text.splitlines()[-1:]
                    print(f"{shown_name(path)}: {asked}: status {outcome.status}: {last}")
    print(f"{len(files):,} files; bounds {SECONDS} s and {MEMORY >> 30} GiB")
    for asked, statuses in ended.items():
        counts = ", ".join(f"{statuses[status]:,} × {status}" for status in sorted(statuses))
        print(
            f"{asked}: status {counts}; at most {slowest[asked]:.1f} s, "
            f"{largest[asked] / 2**20:,.0f} MiB"
        )
    print(f"Tracebacks, signals and other statuses: {wrong:,}.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
