"""What the model took whom for, and the curves beside it: the matrix opens onto its faces, the tabs onto the rest."""

import streamlit as st

from model import registry
from model.card import ModelError
from pages.parts import evaluate_charts, evaluate_chips, evaluate_words
from pages.parts.evaluate_seen import Seen
from training import audit, figures, figures_curves
from training.figures import Drawn
from ui.language import speech, t


def matrix(seen: Seen) -> None:
    st.header(t("What did it take whom for?"), anchor=False)
    drawn = figures.confusion(seen.counts, evaluate_charts.look(), speech(), chosen=evaluate_chips.cell())
    key = f"matrix-{evaluate_chips.turn()}"
    evaluate_charts.show_clickable(drawn, key, evaluate_chips.choose_cell)
    st.caption(t("Click on a cell to see its faces below. The shares are of the women and of the men."))


def curves(seen: Seen) -> None:
    """Only the tab that is open is drawn."""
    st.header(t("How sure is it, and rightly so?"), anchor=False)
    with st.container(key="evaluate-curves"):
        _tabs(seen)


def _tabs(seen: Seen) -> None:
    tabs = {
        t("Scores"): _scores,
        t("Calibration"): _calibration,
        t("ROC"): _roc,
        t("Precision"): _precision_recall,
        t("Training"): _training,
    }
    for tab, draw in zip(
        st.tabs(list(tabs), key="rupa.evaluate.tab", on_change="rerun"), tabs.values(), strict=True
    ):
        if tab.open:
            with tab:
                draw(seen)


def _scores(seen: Seen) -> None:
    _draw(
        figures.histograms(seen.answers, seen.threshold, seen.sure_at, evaluate_charts.look(), speech()),
        "scores",
        t(
            "Each bar is faces. Right of the dotted line it answers “male”; in the grey zone it says “not sure”. The "
            "heights are roots of the counts, or nobody would see the few doubtful ones."
        ),
    )


def _calibration(seen: Seen) -> None:
    found = seen.view.reliability
    if found is None:
        st.markdown(t("There are no faces to say it of."))
        return
    _draw(
        figures_curves.reliability(found, seen.view.ece, evaluate_charts.look(), speech()),
        "calibration",
        t(
            "If it is 90% sure, is it right nine times in ten? On the dotted line it is. The sliders do not move this."
        ),
        said=True,
    )


def _roc(seen: Seen) -> None:
    drawn = figures_curves.roc(seen.view, seen.answers, evaluate_charts.look(), speech())
    _draw(
        drawn,
        "roc",
        t(
            "A coin would stay on the dotted line; the further up and left, the better. The dot moves with the slider."
        ),
        said=True,
    )


def _precision_recall(seen: Seen) -> None:
    drawn = figures_curves.precision_recall(seen.view, seen.answers, evaluate_charts.look(), speech())
    _draw(
        drawn,
        "precision-recall",
        t("Who wants to miss nobody must put up with more wrong answers. The marks move with the slider."),
        said=True,
    )


def _training(seen: Seen) -> None:
    model = seen.kept.about.model
    try:
        artifact = registry.find(model)
        rows, watched = audit.history(artifact), audit.watched(artifact)
    except ModelError:
        rows, watched = [], None
    drawn = figures_curves.training_curves(rows, watched, evaluate_charts.look(), speech())
    if drawn is None:
        st.markdown(
            t(
                "Nothing is kept here of how **{model}** was trained. For a model that you have trained yourself, this "
                "is where one sees when it stopped getting better.",
                model=evaluate_words.literal(model),
            )
        )
        return
    _draw(drawn, "training", "", said=True)


def _draw(drawn: Drawn | None, key: str, caption: str, said: bool = False) -> None:
    """`said`: what the chart says stands below it for everybody to read."""
    if drawn is None:
        st.markdown(t("This needs both women and men among the faces."))
        return
    evaluate_charts.show(drawn, key)
    if said:
        st.markdown(drawn.says)
    if caption:
        st.caption(caption)
