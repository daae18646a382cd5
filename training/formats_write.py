"""A finished model in another format, as a new folder or zip: the file, its card, how alike it answers, how to use it.

Only a model whose hash is its card's is opened. What answers otherwise than it should is not kept. Full-integer LiteRT
is the first choice for small devices; where it loses too many answers, only the weights become small.
"""

import hashlib
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from model import atomic, quiet
from model.card import CARD, KERAS, LITERT, Card
from model.faces import Pixels
from model.registry import Artifact
from training import formats_convert as convert
from training import formats_parity as parities
from training.formats import FormatError, Kind, check_kind
from training.formats_faces import CALIBRATED_ON, COMPARED_ON, FEWEST, Faces
from training.formats_parity import PARITY, Difference, Parity

if TYPE_CHECKING:
    import keras

FILES: dict[Kind, str] = {
    "keras": KERAS,
    "onnx": "model.onnx",
    "litert": LITERT,
    "litert-int8": "model-int8.tflite",
}
READ_ME = "README.txt"
APART_AT_MOST = 0.01
SAME_AT_LEAST = 0.99

At = Callable[[str], Callable[[int, int], None]]


def write(artifact: Artifact, kind: Kind, faces: Faces, out: Path, at: At) -> Parity:
    """Into `out`, a new folder or a new file that ends in .zip, which appears whole or not at all."""
    check_kind(kind)
    if out.exists():
        raise FormatError("exists", path=out)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    folder = part / "made"
    folder.mkdir(parents=True)
    try:
        source = part / KERAS
        source.write_bytes(artifact.content(KERAS))
        parity = _made(artifact, kind, faces, source, folder / FILES[kind], at)
        (folder / CARD).write_text(artifact.card.as_json(), encoding="utf-8")
        (folder / PARITY).write_text(parity.as_json(), encoding="utf-8")
        (folder / READ_ME).write_text(_how_to(artifact.card, parity), encoding="utf-8")
        at("packing")(0, 1)
        whole = _zipped(folder, part / "made.zip") if out.suffix == ".zip" else folder
        for file in whole.iterdir() if whole.is_dir() else [whole]:
            _sync_file(file)
        whole.rename(out)
        atomic.sync(out.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return parity


def _made(artifact: Artifact, kind: Kind, faces: Faces, source: Path, file: Path, at: At) -> Parity:
    """Write the file, and compare it with the model that it was made from."""
    if kind == "litert-int8" and (faces.made_up or len(faces.pixels) < FEWEST):
        raise FormatError("few_faces", fewest=FEWEST, count=0 if faces.made_up else len(faces.pixels))
    calibrating = min(CALIBRATED_ON, len(faces.pixels) // 2) if kind == "litert-int8" else 0
    compared = faces.pixels[calibrating : calibrating + COMPARED_ON]
    original = parities.opened("keras", source)
    expected = original.predict(compared)

    def how_far() -> Difference:
        at("comparing")(0, 1)
        return parities.difference(parities.opened(kind, file).predict(compared), expected)

    tried: dict[str, float] = {}
    numbers = convert.FLOAT
    at("converting")(0, 1)
    if kind == "litert-int8":
        for numbers, data in _smaller(source, faces.pixels[:calibrating]):
            file.write_bytes(data())
            apart = how_far()
            tried[numbers] = apart.same_label
            if apart.same_label >= SAME_AT_LEAST:
                break
        else:
            raise FormatError("int8_apart", same=max(tried.values()), wanted=SAME_AT_LEAST)
    else:
        file.write_bytes(_converted(artifact, kind, source))
        apart = how_far()
        furthest = max(apart.largest, apart.elsewhere)
        if furthest > APART_AT_MOST:
            raise FormatError("apart", kind=kind, apart=min(furthest, 1.0))
    runtimes = [original] if kind == "keras" else [original, parities.opened(kind, file)]
    ms = parities.ms_per_face(runtimes, compared)
    return Parity(
        model=artifact.name,
        keras_sha256=artifact.card.files[KERAS],
        kind=kind,
        file=file.name,
        file_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        file_bytes=file.stat().st_size,
        keras_bytes=source.stat().st_size,
        numbers=numbers,
        opset=convert.OPSET if kind == "onnx" else None,
        faces=len(compared),
        faces_from=faces.source,
        calibrated_on=calibrating if numbers == convert.INT8 else 0,
        same_label=apart.same_label,
        largest_difference=apart.largest,
        mean_difference=apart.mean,
        ms_per_face=ms[-1],
        keras_ms_per_face=ms[0],
        runtime=parities.runtime_name(kind),
        processors=os.cpu_count() or 1,
        tried=tried,
    )


def _converted(artifact: Artifact, kind: Kind, source: Path) -> bytes:
    if kind == "keras":
        return source.read_bytes()
    if kind == "litert":
        return artifact.content(LITERT)
    from onnx.checker import ValidationError

    try:
        return convert.to_onnx(_network(source), artifact.card)
    except (ValidationError, ValueError, RuntimeError, NotImplementedError, KeyError, TypeError) as error:
        raise FormatError("not_convertible", model=artifact.name, kind=kind) from error


def _smaller(source: Path, calibrating: Pixels) -> list[tuple[str, Callable[[], bytes]]]:
    """The ways to eight bits, the one for the smallest devices first."""
    network = _network(source)
    return [
        (convert.INT8, lambda: convert.to_int8(network, calibrating)),
        (convert.INT8_WEIGHTS, lambda: convert.to_int8_weights(network)),
    ]


def _network(source: Path) -> "keras.Model":
    quiet.tensorflow()
    import keras

    return keras.models.load_model(source, compile=False, safe_mode=True)


def _zipped(folder: Path, file: Path) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return file


def _how_to(card: Card, parity: Parity) -> str:
    side = card.input_size
    return "\n".join(
        [
            f"{card.name}, made {card.made}, as {parity.kind}.",
            "",
            f"Takes: faces, float32, N x {side} x {side} x 3, RGB, 0 to 255, upright and cut as {card.crop} says.",
            "Scaling of pixels and calibration are inside; do not scale them yourself.",
            f"Gives: probabilities (N x 2: {', '.join(card.labels)}), features (the last map), embedding.",
            f"The model calls itself sure from {card.sure_at:.3f}; below that, show that it is not.",
            "",
            *parities.as_text(parity),
            "",
            "Not for:",
            *(f"- {sentence}" for sentence in card.not_for),
            "Where it fails:",
            *(f"- {sentence}" for sentence in card.fails_on),
            f"All else is in {CARD}; the comparison in numbers in {PARITY}.",
            "",
        ]
    )


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
