"""What befalls the workers of a cluster in tests; a worker imports this to suffer it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin

import auditor.cluster.judging


@dataclass
class Fault(WorkerPlugin):
    """Each worker, and each that takes the place of one that died, judges as ``how`` says.

    Only the part with the ``victim`` suffers; what has been suffered lies in ``folder``.
    """

    how: str
    victim: str
    folder: Path
    name: str = "fault"

    def setup(self, worker: Any) -> None:
        usual = auditor.cluster.judging.__dict__.setdefault(
            "usual", auditor.cluster.judging.audit_part
        )

        def suffering(part, rules, tables):
            (self.folder / f"judged-{os.getpid()}-{time.monotonic_ns()}").touch()
            homes = {home for rows in part.sheets for home in rows.homes}
            if self.victim in homes:
                getattr(self, f"_{self.how}")(worker)
            return usual(part, rules, tables)

        auditor.cluster.judging.audit_part = suffering

    def teardown(self, worker: Any) -> None:
        auditor.cluster.judging.audit_part = auditor.cluster.judging.__dict__["usual"]

    def _dies_once(self, worker: Any) -> None:
        if not (self.folder / "died").exists():
            (self.folder / "died").touch()
            os._exit(1)

    def _kills(self, worker: Any) -> None:
        os._exit(1)

    def _breaks(self, worker: Any) -> None:
        raise ValueError(f"{self.victim} of Mary Patient")

    def _dawdles(self, worker: Any) -> None:
        (self.folder / "slow").touch()
        time.sleep(3)
