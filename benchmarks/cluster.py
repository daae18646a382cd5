"""Whether a cluster gives what one machine gives, and how soon: `python -m benchmarks.cluster`.

Two Ray nodes of one processor each are started on this machine, on the loopback alone. The same run (`quick`, 200
photos of CelebA) is taught by the worker here and by the cluster, twice at once there; the same 2,000 photos are
labelled by the local engine and by Ray Data. Every answer is compared. Needs requirements-cluster.txt, and RUPA_DATA
with CelebA; everything that is made lies in a folder that is deleted afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from training import jobs
from training.datasets import open_dataset
from training.jobs import Asked
from training.recipe import PRESETS
from training.run_state import Run

ROOT = Path(__file__).resolve().parents[1]
TAUGHT, LABELLED = 200, 2000
NEAR = 1e-4
_STORE_BYTES = 100_000_000
_RUN_LIMIT_S = 900.0


@contextmanager
def two_nodes(folder: Path) -> Iterator[str]:
    """A cluster of two nodes with a processor each; gives its address. Nothing of it is reachable from elsewhere."""
    # What Ray does by itself on macOS: otherwise it looks for the loopback under this machine's other address.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": _STORE_BYTES, "node_ip_address": "127.0.0.1"}
    # The dashboard takes in the jobs.
    head = {**node, "include_dashboard": True, "dashboard_host": "127.0.0.1", "temp_dir": str(folder)}
    cluster = Cluster(initialize_head=True, head_node_args={**head, "dashboard_port": 0})
    try:
        cluster.add_node(**node)
        yield str(cluster.address)
    finally:
        cluster.shutdown()


def put_apart(folder: Path, count: int, *, by_label: bool) -> Path:
    """As many women as men of CelebA's training photos: in folders by label to learn from, or all in one."""
    celeba = open_dataset("celeba")
    for label, name in enumerate(("female", "male")):
        into = folder / name if by_label else folder
        into.mkdir(parents=True, exist_ok=True)
        rows = np.flatnonzero((celeba.table["label"] == label) & (celeba.table["split"] == "train"))
        for row in rows[: count // 2]:
            (into / f"{int(row):06}.jpg").write_bytes(celeba.read(int(row)))
    return folder


def taught(home: Path, photos: Path, address: str | None, runs: int) -> tuple[list[Run], float, float]:
    """The finished runs, the seconds until all were, and for how many of these two were at work."""
    with _settings(RUPA_HOME=str(home), RAY_ADDRESS=address):
        begun, together = time.monotonic(), 0.0
        asked = [jobs.enqueue(Asked((f"folder:{photos}",), PRESETS["quick"], f"{n}")) for n in range(runs)]
        jobs.ensure_worker()
        before = begun
        while time.monotonic() - begun < _RUN_LIMIT_S:
            found = [run for one in asked if (run := jobs.find(one.id))]
            now = time.monotonic()
            together += (now - before) * (sum(run.state == "running" for run in found) > 1)
            before = now
            if not any(jobs.active(run) for run in found):
                break
            time.sleep(0.2)
        for run in found:
            if run.state != "done":
                raise SystemExit(f"{run.id} is {run.state}: {run.reason}\n{_log(home)}")
        return found, time.monotonic() - begun, together


def labelled(home: Path, photos: Path, out: Path, *words: str, address: str | None) -> tuple[Any, float]:
    """The answers by photo, and the seconds that the command took, from its start to its end."""
    begun = time.monotonic()
    with _settings(RUPA_HOME=str(home), RAY_ADDRESS=address):
        command = [sys.executable, "-m", "model", str(photos), "--out", str(out), *words]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if not out.exists() or ended.returncode not in (0, 1):
        raise SystemExit(ended.stderr)
    return [json.loads(line) for line in out.read_text().splitlines()], time.monotonic() - begun


def answers(run: Run) -> pd.Series:
    """p_male of each photo that the run's model was judged on."""
    tables = [pd.read_parquet(file) for file in sorted((run.folder / "model").glob("evaluation-*.parquet"))]
    table = pd.concat(tables)
    found: pd.Series = table.set_index("id")["p_male"].astype(float)
    return found.sort_index()


def compare_runs(here: Run, there: list[Run]) -> bool:
    alike = True
    for run in there:
        ours, theirs = answers(here), answers(run)
        same = list(ours.index) == list(theirs.index)
        apart = float((ours - theirs).abs().max()) if same else float("nan")
        turned = int(((ours >= 0.5) != (theirs >= 0.5)).sum()) if same else -1
        print(f"  {run.id}: {len(theirs)} photos judged, {turned} other labels, at most {apart:.1e} apart")
        alike = alike and same and turned == 0 and apart <= NEAR
    return alike


def compare_labels(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> bool:
    same_order = [one["file"] for one in here] == [one["file"] for one in there]
    other, apart, faces = 0, 0.0, 0
    for ours, theirs in zip(here, there, strict=False):
        pairs = list(zip(ours["faces"], theirs["faces"], strict=False))
        faces += len(pairs)
        same = len(ours["faces"]) == len(theirs["faces"]) and all(a["label"] == b["label"] for a, b in pairs)
        other += not (same and ours["error"] == theirs["error"])
        shares = [abs(a["probabilities"]["male"] - b["probabilities"]["male"]) for a, b in pairs]
        apart = max([apart, *shares])
    order = "the same order" if same_order else "ANOTHER ORDER"
    print(f"  {len(there)} photos, {faces} faces, {order}, {other} other answers, at most {apart:.1e} apart")
    return same_order and other == 0 and apart <= NEAR and len(here) == len(there)


@contextmanager
def _settings(**settings: str | None) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    try:
        _set(settings)
        yield
    finally:
        _set(before)


def _set(settings: dict[str, str | None]) -> None:
    for name, value in settings.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _log(home: Path) -> str:
    log = home / "runs" / ".worker.log"
    return log.read_text()[-2000:] if log.exists() else ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("run", "labels"), help="only one of the two comparisons")
    parser.add_argument("--taught", type=int, default=TAUGHT, help="photos of the run")
    parser.add_argument("--labelled", type=int, default=LABELLED, help="photos to label")
    choice = parser.parse_args(arguments)
    alike = True
    # Short, since the names of Ray's sockets hold it.
    with TemporaryDirectory(prefix="rupa-") as made, two_nodes(Path(made) / "ray") as address:
        folder = Path(made)
        if choice.only != "labels":
            photos = put_apart(folder / "taught", choice.taught, by_label=True)
            (here,), alone_s, _ = taught(folder / "here", photos, None, 1)
            there, cluster_s, together_s = taught(folder / "there", photos, address, 2)
            print(
                f"one run here: {alone_s:.0f} s; two on the cluster: {cluster_s:.0f} s, {together_s:.0f} s at once"
            )
            alike = compare_runs(here, there)
        if choice.only != "run":
            photos = put_apart(folder / "labelled", choice.labelled, by_label=False)
            ours, local_s = labelled(folder / "home", photos, folder / "here.jsonl", address=None)
            words = ("--engine", "ray")
            theirs, ray_s = labelled(folder / "home", photos, folder / "there.jsonl", *words, address=address)
            print(f"{len(ours)} photos here: {local_s:.0f} s; with Ray Data on two nodes: {ray_s:.0f} s")
            alike = compare_labels(ours, theirs) and alike
    print("the same answers" if alike else "NOT THE SAME")
    return 0 if alike else 1


if __name__ == "__main__":
    sys.exit(main())
