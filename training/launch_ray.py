"""The cluster's side of a launch: Ray Jobs, by the address in RAY_ADDRESS, and the faults that clusters have.

Every node needs this folder, its Python, RUPA_HOME and RUPA_DATA under the same paths: a shared disk. Nothing is sent
but the command. Only the process that hands runs out imports this; it is the one that may wait for a network.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Literal

from model import ray_address, registry
from training import places
from training.run_state import SENTENCES

JobState = Literal["waits", "works", "failed", "over"]
_STATES: dict[str, JobState] = {"PENDING": "waits", "RUNNING": "works", "FAILED": "failed"}
_LOG_CHARACTERS = 4000


class ClusterError(Exception):
    """The cluster did not do it, for the reason that `code` names."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code])
        self.code = code


class Cluster:
    """The cluster at this address. Each run takes one processor there, so that as many go on as there is room for."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._known: Any = None

    def submit(self, words: list[str], name: str) -> None:
        """Let `python -m training WORDS` wait there for its turn, under a name of its own."""
        command = shlex.join([sys.executable, "-m", "training", *words])
        settings = places.as_settings() | {"RUPA_DEVICE": os.environ.get("RUPA_DEVICE", "auto")}
        graphics = {"entrypoint_num_gpus": 1} if settings["RUPA_DEVICE"] == "gpu" else {}
        with _words_of_faults() as raised:
            raised.refusal = "cluster_refused"
            self._client().submit_job(
                entrypoint=f"cd {shlex.quote(str(registry.ROOT))} && exec {command}",
                submission_id=name,
                runtime_env={"env_vars": settings},
                entrypoint_num_cpus=1,
                **graphics,
            )

    def state(self, name: str) -> JobState:
        """Where it stands; one that the cluster does not know, or knows no more, is over."""
        with _words_of_faults():
            client = self._client()
            try:
                return _STATES.get(client.get_job_status(name).value, "over")
            except RuntimeError as error:
                if "does not exist" in str(error):
                    return "over"
                raise

    def stop(self, name: str) -> None:
        with _words_of_faults():
            self._client().stop_job(name)

    def log(self, name: str) -> str:
        """The last that it said, and what the cluster says of its end."""
        with _words_of_faults():
            said = self._client().get_job_logs(name) or ""
            ended = self._client().get_job_info(name).message or ""
        return f"{said[-_LOG_CHARACTERS:]}\n{ended[:_LOG_CHARACTERS]}".strip()

    def _client(self) -> Any:
        if find_spec("ray") is None:
            raise ClusterError("no_ray")
        ray_address.approach(self._address)
        if self._known is None:
            from ray.job_submission import JobSubmissionClient

            self._known = JobSubmissionClient(self._address)
        return self._known


class _Refusal:
    refusal = "cluster_lost"


@contextmanager
def _words_of_faults() -> Iterator[_Refusal]:
    """Say in our words what Ray raises; a connection that fails, whatever its layer, is an `OSError`."""
    said = _Refusal()
    try:
        yield said
    except OSError as error:
        raise ClusterError("cluster_lost") from error
    except (RuntimeError, ValueError) as error:
        raise ClusterError(said.refusal) from error
