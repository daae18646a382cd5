"""What each of two models costs: how large it is, and how long an answer takes here, measured when asked."""

import html
import io
import time
import zipfile
from dataclasses import dataclass

import h5py
import numpy as np
import streamlit as st

from model import classifier, registry
from model.card import KERAS, LITERT, ModelError
from model.classifier import Engine
from model.registry import Artifact
from model.sentences import SENTENCES
from pages.parts.compare_pair import Pair
from training.evaluations import Kept
from ui.language import number, plain_error, t

FACES = 8
ROUNDS = 15
_WEIGHTS = "model.weights.h5"
_MAX_WEIGHTS_BYTES = 500_000_000


@dataclass(frozen=True)
class Speed:
    """Milliseconds a face: the middle of the rounds, and where the middle nine tenths of them lie."""

    middle: float
    low: float
    high: float


def show(pair: Pair, first: Kept, second: Kept) -> None:
    artifacts = [_artifact(one) for one in (first, second)]
    measured = None
    if any(artifacts) and st.button(
        t("Measure the speed here"), icon=":material/timer:", key="rupa-compare-speed"
    ):
        with st.spinner(
            t(
                "Each answers for {count} faces, {rounds} times over…",
                count=number(FACES),
                rounds=number(ROUNDS),
            )
        ):
            try:
                measured = _speeds([one for one in artifacts if one])
            except ModelError as error:
                st.error(plain_error(error, SENTENCES), icon=":material/build:")
    heads = "".join(
        f'<th scope="col"><b>{letter}</b><span>{html.escape(name)}</span></th>'
        for letter, name in zip("AB", pair.names, strict=True)
    )
    rows = [
        (t("Numbers learnt"), [_parameters(one) for one in artifacts]),
        (t("File"), [_size(one) for one in artifacts]),
        (t("Looks at"), [_side(one) for one in artifacts]),
        (
            t("Time for a face, eight at once, without finding it"),
            [_time(one, measured) for one in artifacts],
        ),
    ]
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, cells in rows
    )
    st.html(
        f'<table class="compare-list"><thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>'
    )
    st.caption(
        t(
            "Times are measured on this computer's processor, both models in turn, and differ from one computer to "
            "another. In brackets: where nine in ten rounds lie."
        )
    )


def _artifact(kept: Kept) -> Artifact | None:
    """The very model that was examined; None where it is gone, or another one now has its name."""
    try:
        found = registry.find(kept.about.model)
    except ModelError:
        return None
    return found if found.card.files.get(KERAS) == kept.about.model_hash else None


def _speeds(artifacts: list[Artifact]) -> dict[str, Speed]:
    """Of both in turn, so that whatever else the computer does slows both alike."""
    engines = {one.card.files[KERAS]: (classifier.load(one, "cpu"), one.card.input_size) for one in artifacts}
    took: dict[str, list[float]] = {digest: [] for digest in engines}
    for _ in range(ROUNDS):
        for digest, (engine, size) in engines.items():
            took[digest].append(_once(engine, size))
    return {digest: _speed(times) for digest, times in took.items()}


def _once(engine: Engine, size: int) -> float:
    crops = np.full((FACES, size, size, 3), 127, np.uint8)
    began = time.perf_counter()
    engine.predict(crops)
    return (time.perf_counter() - began) * 1000 / FACES


def _speed(times: list[float]) -> Speed:
    middle, low, high = np.quantile(times, (0.5, 0.05, 0.95))
    return Speed(float(middle), float(low), float(high))


def _time(artifact: Artifact | None, measured: dict[str, Speed] | None) -> str:
    if artifact is None:
        return "–"
    if measured is None:
        return t("not measured")
    speed = measured[artifact.card.files[KERAS]]
    return t(
        "{middle} ms ({low} to {high})",
        middle=number(speed.middle, 1),
        low=number(speed.low, 1),
        high=number(speed.high, 1),
    )


def _size(artifact: Artifact | None) -> str:
    if artifact is None:
        return "–"
    file = artifact.folder / LITERT
    return (
        t("{megabytes} MB", megabytes=number(file.stat().st_size / 1e6, 1))
        if file.is_file()
        else t("missing")
    )


def _side(artifact: Artifact | None) -> str:
    if artifact is None:
        return "–"
    side = number(artifact.card.input_size)
    return t("{side} × {side} pixels, {backbone}", side=side, backbone=artifact.card.backbone)


def _parameters(artifact: Artifact | None) -> str:
    if artifact is None:
        return t("the model is gone")
    try:
        count = _counted(artifact.card.files[KERAS], artifact)
    except (ModelError, OSError, KeyError, zipfile.BadZipFile):
        return t("cannot be read")
    return t("{millions} million", millions=number(count / 1e6, 1))


@st.cache_data(show_spinner=False, max_entries=16)
def _counted(digest: str, _artifact: Artifact) -> int:
    """How many numbers its weights are, from the file that its card vouches for."""
    del digest
    with zipfile.ZipFile(io.BytesIO(_artifact.content(KERAS))) as packed:
        if packed.getinfo(_WEIGHTS).file_size > _MAX_WEIGHTS_BYTES:
            raise OSError("larger than any model")
        weights = packed.read(_WEIGHTS)
    total = 0

    def add(name: str, thing: object) -> None:
        nonlocal total
        if isinstance(thing, h5py.Dataset) and not name.startswith("optimizer"):
            total += int(thing.size)

    with h5py.File(io.BytesIO(weights)) as file:
        file.visititems(add)
    return total
