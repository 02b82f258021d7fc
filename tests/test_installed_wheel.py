"""The wheel is whole, comes out of the source archive too, and runs with no clone in sight."""

import subprocess
import sys
import sysconfig
from importlib.metadata import PathDistribution
from pathlib import Path
from subprocess import CompletedProcess
from zipfile import Path as ZipPath
from zipfile import ZipFile

import pytest

import auditor

ROOT = Path(__file__).parent.parent
CARRIED = {
    "auditor": "auditor",
    "checks": "checks",
    "docs/checks": "auditor/_data/docs/checks",
    "templates": "auditor/_data/templates",
    "sample_data": "auditor/_data/sample_data",
}


def run(*command: object, cwd: Path, statuses: tuple[int, ...] = (0,)) -> CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode in statuses, done.stdout + done.stderr
    return done


def build(target: str, source: Path, into: Path) -> Path:
    hatchling = (sys.executable, "-m", "hatchling", "build", "--target", target)
    run(*hatchling, "--directory", into, cwd=source)
    (built,) = into.iterdir()
    return built


def contents(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_carries_every_file_and_no_other(wheel: Path) -> None:
    expected = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in CARRIED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
        if (folder, path.suffix) != ("sample_data", ".py")  # its generator stays behind
    }
    assert contents(wheel) == expected


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build("sdist", ROOT, tmp_path / "sdist")
    run("tar", "-xf", archive, cwd=tmp_path)
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    again = build("wheel", source, tmp_path / "wheel")
    assert again.read_bytes() == wheel.read_bytes()
    for name in ("Makefile", "CHANGELOG.md", "requirements.lock", "tests/test_house.py"):
        assert (source / name).is_file()


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        folder = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        distribution = PathDistribution(ZipPath(archive, folder.removesuffix("METADATA")))
        said = distribution.metadata
        commands = [(entry.name, entry.value) for entry in distribution.entry_points]
    assert (said["Name"], said["Version"]) == ("infusion-auditor", auditor.__version__)
    assert (said["License-Expression"], said["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert commands == [("auditor", "auditor.cli:main")]


def test_the_installed_program_audits_its_own_sample(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "installed"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=tmp_path)
    scripts, library = (
        Path(sysconfig.get_path(kind, "venv", {"base": str(home)}))
        for kind in ("scripts", "purelib")
    )
    pip = (sys.executable, "-m", "pip", "--python", home)
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    # The dependencies are those of this environment: a folder named in a .pth file is searched,
    # but the .pth files in it, the editable install's among them, are not read.
    (library / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    empty = tmp_path / "empty"
    empty.mkdir()
    where = "import auditor, checks; print(auditor.__file__); print(checks.__file__)"
    found = run(scripts / "python", "-c", where, cwd=empty).stdout.splitlines()
    assert [Path(file).is_relative_to(home) for file in found] == [True, True]

    sample = library / "auditor/_data/sample_data"
    options = ("--profile", sample / "hospital.toml", "--out", "audit-output")
    files = sorted(sample.glob("*.xlsx"))
    done = run(scripts / "auditor", "run", *files, *options, cwd=empty, statuses=(0, 3))
    written = {path.suffix for path in (empty / "audit-output").iterdir()}
    assert {".xlsx", ".csv", ".json"} <= written
    assert (".pdf" in written) is (done.returncode == 0)  # 3: all but the PDF, for want of Pango
    assert [path.name for path in empty.iterdir()] == ["audit-output"]
