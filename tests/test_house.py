"""What the house asks of its own code: which way imports run, what a check is, what files say."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import checks
from auditor.authority import authorities
from auditor.check import Check, Responsible, Severity, discover
from auditor.load.vocabulary import kinds

ROOT = Path(__file__).parent.parent

# What each part of auditor may import, besides itself, the standard library and other packages.
MAY_IMPORT = {
    "collector": "",
    "progress": "",
    "processes": "collector",
    "record": "tables.orders tables.published",
    "authority": "",
    "resources": "",
    "verdict": "record",
    "policy": "record",
    "tables": "record",
    "coding": "record policy tables authority",
    "check": "record policy tables coding verdict authority",
    "run": "record policy tables coding verdict authority check",
    "money": "record policy tables coding verdict authority check run",
    "load": "record tables collector progress",
    "history": "record policy tables coding verdict authority check run",
    "mask": "record policy tables coding verdict authority check run load.ledger",
    "report": "record policy tables coding verdict authority check run merge money history mask "
    "resources load.ledger load.profile load.quote load.vocabulary processes",
    "merge": "record policy tables coding verdict authority check run",
    "judge": "record policy tables coding verdict authority check run merge money report.case "
    "collector progress processes",
    "audit_rows": "tables load judge report.part report.write collector progress processes",
    "cluster": "record policy tables check run load judge history report audit_rows "
    "collector progress processes",
    "__init__": "record policy tables coding verdict authority check run",
}
COMMAND_LINE = {
    "cli",
    "cluster_cli",
    "inputs_cli",
    "profile_cli",
    "tables_cli",
    "terminal",
    "trend_cli",
    "__main__",
}

# Facts, derivation and judgement are functions of their arguments alone.
PURE = (
    *("auditor/record.py", "auditor/verdict.py", "auditor/coding/*.py", "checks/*.py"),
    *("auditor/money/impact.py", "auditor/money/price.py"),
)
PURE_IMPORTS = {
    *("__future__", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum"),
    *("fractions", "functools", "heapq", "itertools", "math", "operator", "re", "types", "typing"),
}
IMPURE_CALLS = {"now", "today", "utcnow", "open", "print", "input", "eval", "exec"}

# What a check may import; of the modules with an __all__, only what that lists.
PUBLIC = {"auditor"} | {
    f"auditor.{part}" for part in ("check", "coding", "policy", "record", "tables", "verdict")
}

IMPORTED_AS = {"msoffcrypto-tool": "msoffcrypto"}  # a package that is called otherwise

CHECK_FILES = sorted(p for p in (ROOT / "checks").glob("*.py") if p.name != "__init__.py")
IDS = [path.stem for path in CHECK_FILES]


def modules(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """Each import of a file, wherever it stands, as (module, name taken from it)."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: write the import in full"
            yield from ((str(node.module), alias.name) for alias in node.names)


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


@pytest.mark.parametrize("path", modules("auditor/**/*.py"), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    part = path.relative_to(ROOT / "auditor").with_suffix("").parts[0]
    if part in COMMAND_LINE:
        return
    assert part in MAY_IMPORT, f"say in MAY_IMPORT what {part} stands on"
    allowed = [f"auditor.{other}" for other in (part, *MAY_IMPORT[part].split())]
    ours = {
        module
        for module, name in imports(path)
        if module.split(".")[0] in ("auditor", "checks") and name != "__version__"
    }
    assert {module for module in ours if not any(within(module, a) for a in allowed)} == set()


@pytest.mark.parametrize("path", modules(*PURE), ids=lambda p: str(p.relative_to(ROOT)))
def test_facts_derivation_and_judgement_are_pure(path: Path) -> None:
    foreign = {module.split(".")[0] for module, _ in imports(path)} - PURE_IMPORTS - {"auditor"}
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }
    assert foreign == set()
    assert called & IMPURE_CALLS == set()


@pytest.mark.parametrize("path", CHECK_FILES, ids=IDS)
def test_a_check_imports_public_names_only(path: Path) -> None:
    for module, name in imports(path):
        if module.split(".")[0] != "auditor":
            continue
        assert module in PUBLIC or within(module, "auditor.tables"), module
        exported = getattr(importlib.import_module(module), "__all__", None)
        assert name is not None and not name.startswith("_")
        assert exported is None or name in exported, f"{module}.{name}"


def test_every_file_of_checks_is_found_as_a_check() -> None:
    assert IDS, "there are no checks"
    assert [check.id for check in discover(checks)] == IDS


def test_each_check_has_its_cases_and_each_case_file_its_check() -> None:
    assert sorted(path.stem for path in (ROOT / "tests/checks").glob("*.yaml")) == IDS


@pytest.mark.parametrize("path", CHECK_FILES, ids=IDS)
def test_one_file_holds_one_check_of_its_name(path: Path) -> None:
    public = [
        node.name
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert public == [path.stem]


@pytest.mark.parametrize("path", CHECK_FILES, ids=IDS)
def test_a_check_says_what_it_is(path: Path) -> None:
    check = getattr(importlib.import_module(f"checks.{path.stem}"), path.stem)
    assert isinstance(check, Check)
    assert check.id == path.stem
    assert check.summary.splitlines()[0].endswith(".")
    assert check.description
    assert check.title and not check.title.endswith(".")
    assert check.examines
    assert check.authorities
    assert set(check.authorities) <= set(authorities().values())
    assert check.severity in get_args(Severity)
    assert check.responsible in get_args(Responsible)
    assert inspect.isgeneratorfunction(check.rule)


def test_titles_tell_checks_apart() -> None:
    titles = [check.title for check in discover(checks)]
    assert len(set(titles)) == len(titles)


def test_some_file_can_supply_what_each_check_needs() -> None:
    suppliable = {
        f"{name}.{field}"
        for name, kind in kinds().items()
        if name != "mar_event"  # its rows become administrations
        for field in kind.fields
    }
    for check in discover(checks):
        needs = (*check.needs, *check.needs_in_part)
        columns = {need for need in needs if not need.startswith("table.")}
        assert check.needs
        assert columns <= suppliable, check.id


def test_no_file_names_a_machine_or_an_index() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    telling = re.compile(
        r"(?<![\w.])/(work|root|home|tmp|Users)/\w|[A-Z]:\\Users|py[p]i|pythonhoste[d]|npmj[s]",
        re.I,
    )
    found = []
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if not path.is_file() or path.suffix in (".xlsx", ".png", ".pdf"):
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [f"{name}:{n}" for n, line in enumerate(lines, 1) if telling.search(line)]
    assert found == []


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_what_is_imported_is_asked_for_by_name() -> None:
    asked_for = [
        *project()["project"]["dependencies"],
        *project()["project"]["optional-dependencies"]["cluster"],
    ]
    names = {Requirement(entry).name for entry in asked_for}
    asked = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names}
    used = {
        module.split(".")[0]
        for path in modules("auditor/**/*.py", "checks/*.py")
        for module, _ in imports(path)
    }
    assert used - asked - sys.stdlib_module_names == {"auditor", "checks"}


def test_one_machine_needs_nothing_of_a_cluster() -> None:
    names = {
        Requirement(entry).name
        for entry in project()["project"]["optional-dependencies"]["cluster"]
    }
    users = {
        str(path.relative_to(ROOT))
        for path in modules("auditor/**/*.py", "checks/*.py")
        for module, _ in imports(path)
        if module.split(".")[0] in names
    }
    assert {Path(name).parent.name for name in users} == {"cluster"}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("lock", "table", "key"),
    [
        ("requirements.lock", "project", "dependencies"),
        ("requirements-build.lock", "build-system", "requires"),
        ("requirements-build.lock", "dependency-groups", "build"),
        ("requirements-dev.lock", "project", "dependencies"),
        ("requirements-dev.lock", "dependency-groups", "dev"),
        ("requirements-docs.lock", "dependency-groups", "docs"),
        ("requirements-cluster.lock", "project", "dependencies"),
        ("requirements-cluster.lock", "optional-dependencies", "cluster"),
    ],
)
def test_the_locks_hold_what_the_project_asks_for(lock: str, table: str, key: str) -> None:
    versions = locked(lock)
    stale = []
    asked_for = project()["project"] if table == "optional-dependencies" else project()
    for entry in asked_for[table][key]:
        if isinstance(entry, str):  # not the line that includes another group
            asked = Requirement(entry)
            version = versions.get(canonicalize_name(asked.name))
            if version is None or not asked.specifier.contains(version):
                stale.append(entry)
    assert stale == [], "run `make lock`"


def test_the_locks_agree_and_name_no_address() -> None:
    within_dev = ("requirements.lock", "requirements-build.lock", "requirements-cluster.lock")
    everything = locked("requirements-dev.lock")
    for name in within_dev:
        assert locked(name).items() <= everything.items()
    for package, version in locked("requirements-docs.lock").items():
        assert everything.get(package, version) == version
    for name in (*within_dev, "requirements-dev.lock", "requirements-docs.lock"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_help_comes_without_the_heavy_libraries() -> None:
    program = (
        "import sys\n"
        "from auditor.cli import main\n"
        "sys.argv = ['auditor', '--help']\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    heavy = {'numpy', 'openpyxl', 'pandas', 'pyarrow', 'weasyprint'}\n"
        "    print(*sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert "run" in done.stdout
