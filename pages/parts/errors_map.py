"""The map of all faces: wrong answers stand out by shape, and what is circled on it opens in the gallery."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.parts import errors_words, evaluate_charts
from pages.parts.errors_known import Known, Places
from training import error_map
from training.figures import Look, plain
from training.prediction_table import SENTENCES, EvaluationError
from ui import state
from ui.language import number, percent, plain_error, speech, t, tn
from words.speech import Speech

HEIGHT_PX = 460
_SHARES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def circled(known: Known) -> Places | None:
    """The faces that were circled on the map; None where none were."""
    found: Places | None = state.kept(_name(known), lambda: None)
    return found


def show(known: Known) -> None:
    """The map, for the mouse and the finger; whoever has only keys finds the same faces by the chips."""
    try:
        with st.spinner(t("Drawing the map …")):
            found = known.map
    except EvaluationError as error:
        st.warning(plain_error(error, SENTENCES))
        return
    if found is None:
        st.info(t("There is no map: nobody kept what the model made of these faces."))
        return
    st.caption(
        t(
            "Each mark is a face. Across: what the model answers, from surely female to surely male. Upwards: what "
            "otherwise tells the faces apart most for the model, such as age, pose or light; it has no name. Circle "
            "some faces to see them below."
        )
    )
    chosen = error_map.drawn(known.answers.right)
    with st.container(key="errors-map"):
        st.html(f'<p class="rupa-unseen">{_says(known)}</p>')
        st.plotly_chart(
            _figure(known, found, chosen, evaluate_charts.look()),
            theme=None,
            key=_key(known),
            on_select=partial(_take, _name(known), _key(known), len(known.answers)),
            selection_mode=("lasso", "box"),
            config={"displaylogo": False, "scrollZoom": False, "modeBarButtonsToRemove": _UNUSED},
        )
    if len(chosen) < len(known.answers):
        st.caption(
            t(
                "{drawn} of {all} faces are drawn: every error there is room for, and right answers picked by lot.",
                drawn=number(len(chosen)),
                all=number(len(known.answers)),
            )
        )


def chip(known: Known) -> None:
    """What is circled, with the button that lets go of it."""
    found = circled(known)
    if found is None:
        return
    words = tn("{n:,} face circled on the map", "{n:,} faces circled on the map", len(found))
    st.button(
        words,
        icon=":material/close:",
        key="rupa-errors-uncircle",
        help=t("Show all again"),
        on_click=_let_go,
        args=(_name(known), _turn(known) + 1),
    )


_UNUSED = ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d", "toImage"]


def _take(name: str, key: str, count: int) -> None:
    event = st.session_state.get(key)
    points = event["selection"]["points"] if event else []
    inside = [point.get("customdata") for point in points]
    places = sorted({place for place in inside if isinstance(place, int) and 0 <= place < count})
    state.keep(name, np.array(places, dtype=np.int64) if places else None)


def _let_go(name: str, turn: int) -> None:
    """A new turn is a new chart, on which nothing is circled."""
    state.drop(name)
    state.keep(f"{name}.turn", turn)


def _figure(known: Known, found: error_map.ErrorMap, chosen: Places, look: Look) -> go.Figure:
    figure = plain(look, height_px=HEIGHT_PX)
    right = known.answers.right[chosen]
    label = known.answers.labels[chosen]
    words = speech()  # once: thousands of marks have a line each
    names = (t("right answers"), t("women taken for men"), t("men taken for women"))
    colours = (look.muted, look.female, look.male)
    symbols = ("circle", "circle-x", "square-x")
    for kind, inside in enumerate((right, ~right & (label == 0), ~right & (label == 1))):
        places = chosen[inside]
        wrong = kind > 0
        figure.add_trace(
            go.Scatter(
                x=found.across[places],
                y=found.upwards[places],
                mode="markers",
                name=names[kind],
                marker={
                    "symbol": symbols[kind],
                    "size": 12 if wrong else 5,
                    "color": colours[kind],
                    "opacity": 0.95 if wrong else 0.28,
                    "line": {"color": look.paper, "width": 1.4 if wrong else 0},
                },
                # As a list: of arrays the browser sends back an object.
                customdata=places.tolist(),
                text=[_hover(known, place, words) for place in places] if wrong else None,
                hovertemplate="%{text}<extra></extra>" if wrong else None,
                hoverinfo=None if wrong else "skip",
                selected={"marker": {"opacity": 1 if wrong else 0.6}},
                unselected={"marker": {"opacity": 0.35 if wrong else 0.12}},
            )
        )
    ticks = error_map.log_odds(np.array(_SHARES))
    figure.update_xaxes(
        range=[-error_map.FURTHEST - 0.4, error_map.FURTHEST + 0.4],
        tickvals=ticks,
        ticktext=[percent(share, 1 if share in (_SHARES[0], _SHARES[-1]) else 0) for share in _SHARES],
        title={"text": t("← female · how likely male, to the model · male →"), "font_size": 13},
        showgrid=True,
        gridcolor=look.line,
    )
    figure.update_yaxes(visible=False)
    figure.update_layout(
        dragmode="lasso",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemsizing": "constant"},
        margin={"l": 4, "r": 4, "t": 44, "b": 46},
        newselection_line={"color": look.accent, "width": 2},
        modebar={"color": look.muted, "activecolor": look.accent, "bgcolor": "rgba(0,0,0,0)"},
    )
    return figure


def _hover(known: Known, place: int, words: Speech) -> str:
    return f"{errors_words.answer(known.answers, place, words)}<br>{errors_words.label(known.answers, place, words)}"


def _says(known: Known) -> str:
    wrong = int((~known.answers.right).sum())
    return t(
        "A map of {all} faces, {wrong} of them answered wrongly; the chips above choose the same faces.",
        all=number(len(known.answers)),
        wrong=number(wrong),
    )


def _name(known: Known) -> str:
    return f"errors.circled.{known.key}"


def _turn(known: Known) -> int:
    turn: int = state.kept(f"{_name(known)}.turn", int)
    return turn


def _key(known: Known) -> str:
    return f"rupa-errors-map-{known.key}-{_turn(known)}"
