"""Is everything ready to be shown? Each check is a function, and says what it found: go, another thing, or mend.

`instead` means that the presentation goes on with something else, which nobody in the room will notice as a lack;
`asking`, that a person has yet to answer.
What only the browser knows, the camera, is looked at there.
"""

import os
import shutil
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from model import atomic, registry, running
from model.card import CARD, KERAS, ModelError
from model.images import PhotoError
from model.pipeline import Pipeline
from model.registry import Artifact
from model.sentences import SENTENCES as OF_MODELS
from training import backbone_facts, collection, recipe, stage_ready
from training.backbone_facts import BackboneError
from training.report_words import DATASETS

Level = Literal["mend", "asking", "instead", "go"]
LEVELS: tuple[Level, ...] = get_args(Level)  # the worst first

SENTENCES = {
    "model_whole": "The model {name} is whole: {files} files, each as its card describes it.",
    "model_passed_over": "The model that was chosen cannot be opened, so {name} answers; choose again on the Train "
    "page.",
    "model_broken": "The model's file {file} is missing or not whole; fetch the folder model/artifacts anew from where "
    "Rupa came from.",
    "engine_answers": "{name} is warm and answers.",
    "engine_warming": "The model is still warming up; wait some seconds and check again.",
    "engine_failed": "The model could not be started; the log of the server says why. Start Rupa again.",
    "speed_right": "A whole photo with {faces} faces took {ms:,} ms.",
    "speed_slow": "A whole photo took {seconds:.1f} seconds; close other programs, or wait until a training has ended.",
    "speed_unanswered": "The sample was not answered as it should be; start Rupa again.",
    "address_secure": "The address of this page is one to which browsers lend their camera.",
    "address_plain": "Browsers lend no camera to this address: open Rupa on this computer, or start it with "
    "“python start.py --lan”. Until then the sample clip is shown.",
    "files_here": "Letters, style and pages come from this computer; no other is asked.",
    "files_missing": "{file} is missing or empty; fetch Rupa's folder anew from where it came from.",
    "samples_here": "The sample photos and the sample clip are here.",
    "samples_missing": "{file} is missing or empty, so bring a photo of your own; or fetch Rupa's folder anew.",
    "faces_here": "The errors have faces: the photos of {photos} are here.",
    "faces_missing": "There are figures, but no faces to show for them; “{python} -m training prepare --offline-kit” "
    "fetches some.",
    "faces_own": "The photos that are shown for errors are not here, and your own are shown to a room only if you "
    "choose them on the Errors page; “{python} -m training prepare --offline-kit” fetches some.",
    "figures_missing": "No evaluation can be read, so the page about the model is shown; fetch the folder "
    "model/artifacts anew.",
    "recipe_ready": "The quick recipe has all that it starts from.",
    "recipe_lacks": "The quick recipe starts from weights that are not whole, so a finished training is shown; fetch "
    "the folder model/artifacts anew.",
    "photos_here": "There are photos to learn from: {photos}.",
    "photos_own": "Your own photos are learnt from in front of a room only if you choose them on the Train page; “"
    "{python} -m training prepare --offline-kit” fetches others.",
    "photos_missing_run": "There are no photos to learn from, so a finished training is shown; “{python} -m training "
    "prepare --offline-kit” fetches some.",
    "photos_missing": "There are no photos to learn from, so the page tells how the model was taught; “{python} -m "
    "training prepare --offline-kit” fetches some.",
    "pair_here": "Two models were asked about the same photos: {first} and {second}.",
    "pair_missing": "Only one model was examined, so it is compared on different photos; “{python} -m training prepare "
    "--offline-kit” teaches a second one.",
    "disk_free": "{gb:.0f} GB of the disk are free.",
    "disk_full": "Only {gb:.1f} GB of the disk are free; make room until {least} GB are.",
    "disk_locked": "Nothing can be written to {folder}; start Rupa with --home and a folder that can be written to.",
}
SLOW_MS = 1000
LEAST_GB = 2
READINGS = 3
WARM_UP_S = 20.0
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Found:
    """What a check found; `code` is a sentence of `SENTENCES` or, where a model is at fault, of the model's.

    Beside the facts, a sentence may ask for `python`: how a command begins here.
    """

    check: str
    level: Level
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """In English, with braces for the facts."""
        return {**OF_MODELS, **SENTENCES}[self.code]


def verdict(found: Iterable[Found]) -> Level:
    """The worst of them."""
    return min((one.level for one in found), key=LEVELS.index, default="go")


def model() -> Found:
    """Every file of the model that answers is compared with its card."""
    try:
        opened = registry.open_active(_whole)
    except ModelError as error:
        file = getattr(error.__cause__, "facts", {}).get("file", CARD)
        return Found("model", "mend", "model_broken", {"file": file})
    name, files = opened.artifact.name, len(opened.artifact.card.files)
    if opened.passed_over:
        return Found("model", "instead", "model_passed_over", {"name": name})
    return Found("model", "go", "model_whole", {"name": name, "files": files})


def engine(timeout_s: float = WARM_UP_S) -> Found:
    """The detector and the network of this process answer."""
    try:
        now = running.get(timeout_s)
    except PhotoError:
        return Found("engine", "mend", "engine_warming")
    except ModelError as error:
        return Found("engine", "mend", error.code, error.facts)
    except Exception:  # whatever a library raised when it was loaded; the log has it
        return Found("engine", "mend", "engine_failed")
    return Found("engine", "go", "engine_answers", {"name": now.artifact.name})


def speed(pipeline: Pipeline, photo: bytes, faces: int, slow_ms: float = SLOW_MS) -> Found:
    """The whole way of a photo in which so many faces are found, measured now."""
    readings = [pipeline.read(photo) for _ in range(READINGS)]
    if any(len(reading.faces) != faces for reading in readings):
        return Found("speed", "mend", "speed_unanswered")
    took = statistics.median(sum(reading.timings_ms.values()) for reading in readings)
    if took > slow_ms:
        return Found("speed", "mend", "speed_slow", {"seconds": took / 1000})
    return Found("speed", "go", "speed_right", {"ms": round(took), "faces": faces})


def address(url: str) -> Found:
    """Whether the page is at an address to which a browser lends its camera."""
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https" or parts.hostname in _HERE
    except ValueError:
        secure = False
    return (
        Found("address", "go", "address_secure") if secure else Found("address", "instead", "address_plain")
    )


def files(wanted: Sequence[Path]) -> Found:
    """What every page needs is here."""
    if lost := _lost(wanted):
        return Found("files", "mend", "files_missing", {"file": lost.name})
    return Found("files", "go", "files_here")


def samples(wanted: Sequence[Path]) -> Found:
    if lost := _lost(wanted):
        return Found("samples", "instead", "samples_missing", {"file": lost.name})
    return Found("samples", "go", "samples_here")


def errors() -> Found:
    """Errors with faces, or figures at least."""
    if kept := stage_ready.with_faces():
        return Found("errors", "go", "faces_here", {"photos": DATASETS[kept.about.photos]})
    if examined := stage_ready.examined():
        own = any(stage_ready.is_own(one.about.photos) for one in examined)
        return Found("errors", "instead", "faces_own" if own else "faces_missing")
    return Found("errors", "instead", "figures_missing")


def quick_recipe() -> Found:
    """What the recipe for a training in a minute starts from."""
    quick = recipe.PRESETS["quick"]
    try:
        if quick.start in recipe.ELSEWHERE:
            shape = (quick.input_height, quick.input_width, 3)
            backbone_facts.checked(quick.backbone, shape, quick.start)
            ready = backbone_facts.whereabouts(quick.backbone, shape, quick.start) != "to_fetch"
        else:
            ready = registry.find(quick.start).path(KERAS).is_file()
    except (ModelError, BackboneError):
        ready = False
    return Found("recipe", "go", "recipe_ready") if ready else Found("recipe", "instead", "recipe_lacks")


def photos() -> Found:
    """Labelled photos to learn from."""
    if source := stage_ready.to_learn_from():
        return Found("photos", "go", "photos_here", {"photos": DATASETS[source]})
    if collection.all_kept():
        return Found("photos", "instead", "photos_own")
    return Found("photos", "instead", "photos_missing_run" if stage_ready.finished() else "photos_missing")


def pair() -> Found:
    """Two models to be compared."""
    if found := stage_ready.pair():
        first, second = (one.about.model for one in found)
        return Found("pair", "go", "pair_here", {"first": first, "second": second})
    return Found("pair", "instead", "pair_missing")


def disk(home: Path | None = None, least_gb: float = LEAST_GB) -> Found:
    """Room for a run, in a place that can be written to."""
    folder = home or registry.home()
    probe = folder / "data" / f"stage-check-{os.getpid()}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        gb = shutil.disk_usage(folder).free / 1e9
        if gb < least_gb:
            return Found("disk", "mend", "disk_full", {"gb": gb, "least": round(least_gb)})
        atomic.write(probe, b"ready")
    except OSError as error:
        if atomic.is_full(error):
            return Found("disk", "mend", "disk_full", {"gb": 0.0, "least": round(least_gb)})
        return Found("disk", "mend", "disk_locked", {"folder": str(folder)})
    finally:
        _remove(probe)
    return Found("disk", "go", "disk_free", {"gb": gb})


def _whole(artifact: Artifact) -> Artifact:
    for file in artifact.card.files:
        artifact.path(file)
    return artifact


def _lost(wanted: Sequence[Path]) -> Path | None:
    return next((path for path in wanted if not path.is_file() or not path.stat().st_size), None)


def _remove(probe: Path) -> None:
    try:
        probe.unlink(missing_ok=True)
    except OSError:
        return  # it could not be written, and so is not there
