"""A model to take home: its own file and its card at once, other formats once they have been made and compared."""

from functools import partial

import streamlit as st

from model import registry
from model.card import CARD, KERAS, LITERT, ModelError
from model.registry import Artifact
from pages.parts import job_panel
from training import formats, promotion
from training.formats import Kind, Packed
from training.formats_faces import MADE_UP
from training.formats_parity import Parity
from training.page_asked import Export
from ui.language import number, t

OFFERED: tuple[Kind, ...] = ("onnx", "litert", "litert-int8")
_MB = 1e6


def show(model: str | None) -> None:
    """Of the run's model, or of the one that answers: whoever wants the other chooses it."""
    names = list(dict.fromkeys(name for name in (model, promotion.answering()) if name))
    box = st.expander(t("Take a model home"), key="rupa-result-files", on_change="rerun")
    if not job_panel.watch(Export):
        job_panel.over(Export)
    if not box.open:
        return
    with box:
        if len(names) > 1:
            chosen = st.segmented_control(
                t("Model"), names, default=names[0], key=f"rupa-result-files-{model}", required=True
            )
            names = [chosen or names[0]]
        try:
            _files(registry.find(names[0]))
        except ModelError as error:
            st.error(job_panel.why(error.code, error.facts), icon=":material/build:")


def _files(artifact: Artifact) -> None:
    for file in (KERAS, LITERT):
        artifact.path(file)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            t("Keras file, {mb} MB", mb=_size(artifact)),
            partial(artifact.content, KERAS),
            file_name=f"{artifact.name}.keras",
            mime="application/octet-stream",
            key=f"rupa-get-keras-{artifact.name}",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            t("Its card"),
            artifact.card.as_json(),
            file_name=f"{artifact.name}-{CARD}",
            mime="application/json",
            key=f"rupa-get-card-{artifact.name}",
            on_click="ignore",
            icon=":material/badge:",
        )
    kept = formats.kept(artifact)
    for kind in OFFERED:
        with st.container(border=True, gap="small"):
            _format(artifact, kind, kept.get(kind))
    job_panel.held_up()
    st.caption(
        t(
            "All of them take a cut face of {side} × {side} pixels as numbers from 0 to 255, just as they are: scaling "
            "and calibration are inside. What comes out are the probabilities of female and male.",
            side=number(artifact.card.input_size),
        )
    )


def _format(artifact: Artifact, kind: Kind, packed: Packed | None) -> None:
    name, what = _named(kind)
    if packed is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{name}** · {what}")
            pressed = st.button(
                t("Make it"),
                key=f"rupa-make-{kind}-{artifact.name}",
                icon=":material/build:",
                disabled=not job_panel.can_start(),
            )
        if pressed:
            job_panel.begin(Export(artifact.name, kind))
        return
    st.markdown(f"**{name}** · {what}")
    st.markdown(parity(packed.parity))
    st.download_button(
        t("{name}, {mb} MB", name=name, mb=number(packed.path.stat().st_size / _MB, 1)),
        packed.path.read_bytes,
        file_name=f"{artifact.name}-{kind}.zip",
        mime="application/zip",
        key=f"rupa-get-{kind}-{artifact.name}",
        on_click="ignore",
        icon=":material/download:",
    )


def parity(report: Parity) -> str:
    """How far it answers as the model itself, in one sentence."""
    digits = 6 if report.largest_difference < 0.001 else 3
    facts = {
        "same": number(round(report.same_label * report.faces)),
        "n": number(report.faces),
        "apart": number(max(report.largest_difference, 10.0**-digits), digits),
    }
    if report.faces_from == MADE_UP:
        return t(
            "Same answer on {same} of {n} made-up pictures, as there are no photos here; probabilities differ by at "
            "most {apart}.",
            **facts,
        )
    return t("Same answer on {same} of {n} faces; probabilities differ by at most {apart}.", **facts)


def _named(kind: Kind) -> tuple[str, str]:
    named: dict[Kind, tuple[str, str]] = {
        "onnx": ("ONNX", t("runs nearly everywhere, with onnxruntime")),
        "litert": ("LiteRT", t("for phones and browsers")),
        "litert-int8": (t("LiteRT with eight-bit numbers"), t("a quarter of the size, for small devices")),
    }
    return named[kind]


def _size(artifact: Artifact) -> str:
    return number(artifact.path(KERAS).stat().st_size / _MB, 1)
