"""What went into an audit, by content: files, policy, rules, program and data outputs."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor import __version__
from auditor.check import Check
from auditor.policy import Policy, policy_rows
from auditor.tables.store import Loaded


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read: its name without folders, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    size: int


def program() -> str:
    """Name and version of this program."""
    return f"Infusion Auditor {__version__}"


def input_file(path: Path) -> InputFile:
    """What identifies the content of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return InputFile(path.name, digest, path.stat().st_size)


def manifest(
    inputs: Sequence[InputFile],
    tables: Sequence[Loaded],
    policy: Policy,
    checks: Iterable[Check],
    outputs: Sequence[Path],
    decisions: Sequence[InputFile] = (),
) -> dict[str, object]:
    """The manifest; ``outputs`` are the data files already written.

    ``decisions`` are the filled workbooks that were read back.

    Workbook and PDF hold the time at which they were made and are therefore left out.
    """
    return {
        "program": program(),
        "inputs": list(map(_told, inputs)),
        "decisions": list(map(_told, decisions)),
        "tables": [
            {
                "table": str(table.edition),
                "files": [{"file": file.name, "sha256": file.sha256} for file in table.files],
            }
            for table in tables
        ],
        "policy": {"name": policy.name, "sha256": _sha256(_policy_text(policy))},
        "checks": {check.id: _sha256(_source(check)) for check in checks},
        "outputs": {path.name: input_file(path).sha256 for path in outputs},
    }


def _told(file: InputFile) -> dict[str, object]:
    return {"file": file.name, "sha256": file.sha256, "bytes": file.size}


def _policy_text(policy: Policy) -> str:
    return "\n".join(f"{name} = {value}" for name, value, _, _ in policy_rows(policy))


def _source(check: Check) -> str:
    """The file that holds the rule: a change of its words is a change of the check."""
    return Path(inspect.getfile(check.rule)).read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
