"""Whether the numbers of the page can be trusted: counted anew, and laid beside the model's card and its run's log."""

import streamlit as st

from model import registry
from model.card import ModelError
from model.registry import Artifact
from pages.parts import evaluate_words
from training import audit
from training.audit import Audit, Check
from training.evaluations import Kept
from training.view import View
from ui.language import number, t, tn

# Counting all groups of more faces anew takes longer than a page may; then it is done when somebody asks.
AT_ONCE = 20_000
_SHOWN = 12


def show(kept: Kept, view: View) -> None:
    st.header(t("Can these numbers be trusted?"), anchor=False)
    artifact = _artifact(kept.about.model)
    if artifact is None:
        st.markdown(
            t(
                "The model **{model}** is not on this computer any more, so there is no card to compare with.",
                model=evaluate_words.literal(kept.about.model),
            )
        )
        return
    if len(view.table) > AT_ONCE and not st.toggle(
        t("Count everything anew (takes some seconds)"), key="rupa.evaluate.audit"
    ):
        return
    _said(_audited(str(kept.path), kept.state, audit.state(artifact), kept, view, artifact), kept)


def _said(found: Audit, kept: Kept) -> None:
    if found.wrong:
        st.error(
            tn(
                "{n:,} figure is not what was written down. Do not trust this page before somebody has looked at it.",
                "{n:,} figures are not what was written down. Do not trust this page before somebody has looked at it.",
                len(found.wrong),
            ),
            icon=":material/report:",
        )
        st.markdown("\n".join(_line(check) for check in found.wrong[:_SHOWN]))
        if len(found.wrong) > _SHOWN:
            st.caption(t("… and {n} more", n=number(len(found.wrong) - _SHOWN)))
        return
    lines = []
    if figures := found.of("card"):
        lines.append(
            t(
                ":material/check: All {n} figures match the card: counted anew from the saved answers, to the digit.",
                n=number(len(figures)),
            )
        )
    elif not kept.shipped:
        lines.append(
            t(
                "The model's card has no figures of its own for these very answers, so there is nothing to compare."
            )
        )
    lines.append(
        t(":material/check: The answers are this model's, from faces cut as it was taught, and unchanged.")
        if kept.shipped
        else t(
            "The file says of itself that the answers are this model's, from faces cut as it was taught. That nobody "
            "changed it since cannot be checked."
        )
    )
    if found.of("log"):
        lines.append(
            t(
                ":material/check: The log of the run that made the model names the same calibration as its card."
            )
        )
    st.markdown("\n\n".join(lines))


def _line(check: Check) -> str:
    where = {"card": t("card"), "file": t("files"), "log": t("log of the run")}[check.where]
    return "- " + t(
        "{where}, `{name}`: written **{written}**, found **{found}**",
        where=where,
        name=check.name.replace("`", ""),
        written=_short(check.written),
        found=_short(check.found),
    )


def _short(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return evaluate_words.literal(text if len(text) <= 20 else f"{text[:12]}…")


def _artifact(name: str) -> Artifact | None:
    try:
        return registry.find(name)
    except ModelError:
        return None


@st.cache_resource(show_spinner=False, max_entries=16)
def _audited(path: str, state: str, model: str, _kept: Kept, _view: View, _artifact: Artifact) -> Audit:
    del path, state, model
    return audit.audit(_kept, _view.table, _artifact)
