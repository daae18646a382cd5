"""Folders and buckets of photos, as many as there are: a file of answers to go on with, and Ray Data to share the work.

Each actor holds the whole way of a photo and opens its photos itself, so that only names go to the nodes and only
answers come back. Every node needs this folder, its Python and the photos under the same paths. Without RAY_ADDRESS,
Ray uses the processors of this computer.
"""

import itertools
import json
import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model import ray_address, registry, typed
from model.picture_files import Place, opener, place
from model.pipeline import Reading
from model.running import opened

SENTENCES = {
    "no_ray": "Ray is not installed here; run: {python} -m pip install -r requirements-cluster.txt",
    "not_for_this": "RAY_ADDRESS names the cluster's dashboard; this needs the head itself, such as 10.0.0.5:6379.",
    "cluster_lost": "The cluster cannot be reached any more. With --out FILE, the same command goes on where it was.",
    "failed_there": (
        "The work on the cluster failed: {cause} With --out FILE, the same command goes on where it was."
    ),
    "out_is_other": "{file} holds something else than answers; name another file.",
}
AT_ONCE = 32  # photos that an actor is asked for in one go
_BIGGEST_LINE = 1_000_000
_BEGINS = b'{"file": '


class LabelError(Exception):
    """The photos were not labelled, or not all, for the reason that `code` names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code


class Answers:
    """A file of JSON lines, one a photo. `known` are the photos in it; what was cut off in its last line is removed.

    A last answer that lacks nothing but the end of its line gets it.
    """

    def __init__(self, path: Path) -> None:
        self.known: set[str] = set()
        self._file = path.open("a+b")
        self._file.seek(0)
        whole = 0
        try:
            while (line := self._file.readline(_BIGGEST_LINE)).endswith(b"\n"):
                self.known.add(json.loads(line)["file"])
                whole += len(line)
            lacks_end = _is_answer(line)
            if lacks_end:
                self.known.add(json.loads(line)["file"])
            elif line and not _cut_off(line):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            self._file.close()
            raise LabelError("out_is_other", file=path) from None
        if lacks_end:
            self._file.write(b"\n")
            self._file.flush()
        else:
            self._file.truncate(whole)

    def add(self, line: str) -> None:
        self._file.write(line.encode() + b"\n")
        self._file.flush()


def _is_answer(line: bytes) -> bool:
    if len(line) >= _BIGGEST_LINE:
        return False
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.keys() == Reading("").as_json().keys()


def _cut_off(line: bytes) -> bool:
    """Whether this is the beginning of an answer, and no more: anything else is somebody's own."""
    if len(line) >= _BIGGEST_LINE or line[: len(_BEGINS)] != _BEGINS[: len(line)]:
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def lines(places: Iterable[Place], model: str, min_face_px: float) -> Iterator[str]:
    """The JSON of each reading, in the order of the places; a few dozen photos a processor are under way at once."""
    ray, data = _started()
    try:
        names = (json.dumps(str(one)) for one in places)  # a name may hold bytes that are no text
        blocks = [ray.put(_block(some)) for some in iter(lambda: list(itertools.islice(names, AT_ONCE)), [])]
        data.DataContext.get_current().execution_options.preserve_order = True
        data.DataContext.get_current().enable_progress_bars = False
        processors = max(1, int(ray.cluster_resources().get("CPU", 1)))
        pool = data.ActorPoolStrategy(min_size=1, max_size=processors, initial_size=processors)
        answers = data.from_arrow_refs(blocks).map_batches(
            _Reader,
            fn_constructor_args=(model, min_face_px),
            batch_size=None,
            batch_format="numpy",
            compute=pool,
            num_cpus=1,
        )
        for row in answers.iter_rows():
            yield row["line"]
    except (ray.exceptions.RayTaskError, ray.exceptions.RayActorError) as error:
        raise LabelError("failed_there", cause=_last_line(error)) from error
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise LabelError("cluster_lost") from error
    finally:
        ray.shutdown()


def _last_line(error: Exception) -> str:
    """Ray tells of a fault with its whole trace, which ends in the cause."""
    said = str(error).strip().splitlines()
    return said[-1].strip()[:500] if said else type(error).__name__


class _Reader:
    """An actor: the detector and the model, opened once."""

    def __init__(self, model: str, min_face_px: float) -> None:
        self._pipeline = opened(model).pipeline
        self._min_face_px = min_face_px

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        names = [json.loads(name) for name in batch["file"]]
        readings = self._pipeline.read_many(
            ((name, opener(place(name))) for name in names), min_face_px=self._min_face_px
        )
        return {"line": [json.dumps(reading.as_json()) for reading in readings]}


def _block(names: list[str]) -> Any:
    import pyarrow

    return pyarrow.table({"file": names})


def _started() -> tuple[Any, Any]:
    if find_spec("ray") is None:
        raise LabelError("no_ray", python=typed.python())
    address = os.environ.get("RAY_ADDRESS", "")
    if address.startswith(("http://", "https://")):
        raise LabelError("not_for_this")
    try:
        ray_address.approach(address)
        import ray
        import ray.data

        settings = {"PYTHONPATH": str(registry.ROOT), "RUPA_HOME": str(registry.home().resolve())}
        if device := os.environ.get("RUPA_DEVICE"):
            settings["RUPA_DEVICE"] = device
        here: dict[str, Any] = {} if address else {"include_dashboard": False}
        ray.init(
            address=address or "local",
            runtime_env={"env_vars": settings},
            log_to_driver=False,
            logging_level="ERROR",
            **here,
        )
    except OSError as error:
        raise LabelError("cluster_lost") from error
    return ray, ray.data
