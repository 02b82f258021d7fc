"""``auditor run --cluster``: the same audit by the workers of a Dask scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from auditor.inputs_cli import expand
from auditor.tables_cli import data_folder
from auditor.terminal import progress

if TYPE_CHECKING:
    from auditor.check import Check
    from auditor.cluster.audit import Done
    from auditor.load.profile import Profile
    from auditor.policy import Policy

_NEEDED = ("distributed", "fsspec")


def run_on_cluster(
    address: str,
    files: Sequence[str],
    out: str,
    profile: Profile,
    policy: Policy,
    checks: tuple[Check, ...],
    *,
    history: bool,
) -> tuple[Done, list[str]]:
    """Audit the files on a cluster; what was found, and the files and folders written.

    Raises:
        ClusterError: the cluster cannot be used.
        Unfinished: something was not done; the same call does only that.
        What :func:`auditor.cluster.audit.audit_on` raises.
    """
    from auditor.cluster.errors import ClusterError

    if not all(map(find_spec, _NEEDED)):
        raise ClusterError(
            "--cluster needs Dask: install infusion-auditor[cluster], or the packages of "
            "requirements-cluster.lock."
        )
    from auditor.cluster.audit import Ordered, audit_on
    from auditor.cluster.engine import cluster_at
    from auditor.cluster.inputs import inputs_at, is_url, urls_in
    from auditor.cluster.outputs import SUMMARY, TABLES
    from auditor.cluster.work import Work
    from auditor.history.store import History
    from auditor.tables.store import Store

    urls: list[str] = []
    for named in files:
        if is_url(named):
            urls += urls_in(named)
            continue
        found, told = expand([Path(named)])
        urls += map(str, found)
        for sentence in told:
            typer.echo(sentence, err=True)
    place = out if is_url(out) else str(Path(out).absolute())  # workers may stand elsewhere
    ordered = Ordered(
        inputs_at([url if is_url(url) else str(Path(url).absolute()) for url in urls]),
        profile,
        policy,
        checks,
        Store(data_folder()),
        Work(place),
        History(data_folder()) if history else None,
    )
    with cluster_at(address) as cluster, progress() as tell:
        done = audit_on(cluster, ordered, tell)
    return done, [f"{out.rstrip('/')}/{name}" for name in (*TABLES, SUMMARY, "manifest.json")]
