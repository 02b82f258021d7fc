"""The text parsers under a coverage-guided fuzzer: ``python -m tests.fuzz.run [SECONDS [NAME …]]``.

Each target has a process of its own and so many seconds; ``make fuzz`` goes through all.  Prints
how often each ran and how it ended.  What makes a parser fail, hang or swell is kept in
``fuzz-found/``, and the status is then 1.  Runs on Linux, where atheris is to be had.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

FOUND = Path("fuzz-found")
SECONDS = 60
ONE = "--one"  # the process of one target


def fuzz(name: str, *options: str) -> None:
    """Let atheris at one target; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["auditor"]):
        from tests.fuzz.targets import TARGETS, call

    warnings.simplefilter("ignore")
    target = TARGETS[name]
    atheris.Setup([name, *options], lambda data: call(target, data))
    atheris.Fuzz()


def outcome(name: str, seconds: int, seeds: list[bytes]) -> tuple[bool, str]:
    """Whether a target held for so many seconds, and a line that says so."""
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as corpus:
        for number, seed in enumerate(seeds):
            (Path(corpus) / f"{number:04}").write_bytes(seed)
        bounds = ("-timeout=20", "-rss_limit_mb=2048", f"-max_total_time={seconds}")
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.run", ONE, name, *bounds),
                *(f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1", corpus),
            ],
            capture_output=True,
            check=False,
        )
    said = (ended.stdout + ended.stderr).decode(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    if ended.returncode == 0 and runs:
        return True, f"{name}: {int(runs[1]):,} runs from {len(seeds):,} seeds; held."
    (FOUND / f"{name}.txt").write_text(said, encoding="utf-8")
    number = f"{int(runs[1]):,}" if runs else "no count of"
    return False, f"{name}: {number} runs; FAILED: see {FOUND}/{name}.txt."


def main() -> int:
    """Go through the targets, and say at the end whether all held."""
    from tests.fuzz.targets import TARGETS

    seconds, *names = sys.argv[1:] or [str(SECONDS)]
    FOUND.mkdir(exist_ok=True)
    failed = 0
    for name in names or TARGETS:
        held, line = outcome(name, int(seconds), TARGETS[name].seeds())
        print(line, flush=True)
        failed += not held
    print(f"{len(names or TARGETS)} parsers, {seconds} s each: {failed or 'none'} failed.")
    return int(failed > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == [ONE]:
        fuzz(*sys.argv[2:])
    sys.exit(main())
