"""What went into an audit, by content: files, profile, policy, rules, program, data outputs."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from auditor import __version__
from auditor.check import Check
from auditor.load.profile import Profile
from auditor.policy import Policy, policy_rows
from auditor.tables.store import Loaded

NAME = "Infusion Auditor"
_JUDGING = (
    *("check.py", "policy.py", "record.py", "run.py", "verdict.py"),
    *("coding/", "load/", "tables/"),
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read: its name without folders, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What decides the findings besides the files and the public tables, each with its SHA-256.

    ``engine`` is the program's code, ``shipped`` the tables and texts that come with it,
    ``profile`` ``None`` where nobody gave one.
    """

    engine: str
    shipped: str
    checks: dict[str, str]
    policy: str
    profile: str | None

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Name and hash of each, the checks as one."""
        rows = (
            ("Program", self.engine),
            ("Tables and texts that come with it", self.shipped),
            (f"Checks ({len(self.checks)})", _sha256(json.dumps(self.checks, sort_keys=True))),
            ("Policy", self.policy),
        )
        return (*rows, ("Profile", self.profile)) if self.profile else rows


def program() -> str:
    """Name and version of this program."""
    return f"{NAME} {__version__}"


def input_file(path: Path) -> InputFile:
    """What identifies the content of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return InputFile(path.name, digest, path.stat().st_size)


def hashes(outputs: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file by its name."""
    return {path.name: input_file(path).sha256 for path in outputs}


def ruling(policy: Policy, profile: Profile | None, checks: Iterable[Check]) -> Ruling:
    """What identifies the program, its rules and the choices in force."""
    return Ruling(
        engine=engine(),
        shipped=_content("*.toml"),
        checks={check.id: _sha256(_source(check)) for check in checks},
        policy=_sha256(_policy_text(policy)),
        profile=_sha256(json.dumps(profile.model_dump(), sort_keys=True)) if profile else None,
    )


def manifest(
    inputs: Sequence[InputFile],
    tables: Sequence[Loaded],
    policy: Policy,
    rules: Ruling,
    outputs: Mapping[str, str],
    decisions: Sequence[InputFile] = (),
    *,
    masked: bool = False,
) -> dict[str, object]:
    """The manifest; ``outputs`` are the data files already written, each with its SHA-256.

    ``decisions`` are the filled workbooks that were read back.  In a ``masked`` audit the hashes of
    what was read are keyed.

    Workbook and PDF hold the time at which they were made, and both reports show earlier months of
    the history: they are left out, for the same input gives the same manifest.
    """
    return {
        "program": program(),
        "engine": rules.engine,
        "shipped_tables": rules.shipped,
        "masked": masked,
        "inputs": [_told(file, keyed=masked) for file in inputs],
        "decisions": [_told(file, keyed=masked) for file in decisions],
        "tables": [
            {
                "table": str(table.edition),
                "files": [{"file": file.name, "sha256": file.sha256} for file in table.files],
            }
            for table in tables
        ],
        "profile": rules.profile,
        "policy": {"name": policy.name, "sha256": rules.policy},
        "checks": rules.checks,
        "outputs": dict(outputs),
    }


@cache
def engine() -> str:
    """What identifies the program's code."""
    return _content("*.py")


def judging() -> str:
    """What identifies the part of the program that decides findings, its tables included."""
    return _sha256(_content("*.py", within=_JUDGING) + _content("*.toml", within=_JUDGING))


def _content(pattern: str, within: tuple[str, ...] = ("",)) -> str:
    """The SHA-256 over names and contents of the package's files, the same in clone and wheel."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob(pattern)):
        name = path.relative_to(root).as_posix()
        # sample and templates lie in _data in the wheel only
        if name.startswith(within) and not name.startswith("_data/"):
            digest.update(f"{name}\n{_sha256(path.read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()


def _told(file: InputFile, *, keyed: bool) -> dict[str, object]:
    name = "hmac_sha256" if keyed else "sha256"
    return {"file": file.name, name: file.sha256, "bytes": file.size}


def _policy_text(policy: Policy) -> str:
    return "\n".join(f"{name} = {value}" for name, value, _, _ in policy_rows(policy))


def _source(check: Check) -> str:
    """The file that holds the rule: a change of its words is a change of the check."""
    return Path(inspect.getfile(check.rule)).read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
