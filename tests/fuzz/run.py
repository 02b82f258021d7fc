"""One parser under the coverage-guided fuzzer: ``python -m tests.fuzz.run TARGET [OPTION …]``.

The options are libFuzzer's, such as ``-max_total_time=30 -seed=1``.  What makes a parser fail is
left in ``crash-…``, and the status is not 0.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["auditor"]):
    from tests.fuzz.targets import TARGETS, call


def main() -> None:
    """Fill a corpus with the seeds and go."""
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        sys.exit(f"A target is one of {', '.join(TARGETS)}.")
    warnings.simplefilter("ignore")
    target = TARGETS[name]
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(target.seeds()):
        (corpus / f"{number:04}").write_bytes(seed)
    atheris.Setup([name, "-timeout=20", "-rss_limit_mb=2048", *options, str(corpus)],
                  lambda data: call(target, data))  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
