"""Charts of an evaluation on a page: in this visitor's colours, and with clicks that mean something."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from training.figures import Drawn, Look
from ui import charts, theme

_STYLE = Path(__file__).resolve().parents[2] / "ui" / "assets" / "evaluate.css"


def begin() -> None:
    """Once a page, before anything of it is drawn."""
    st.html(f"<style>{_style()}</style>")


def look() -> Look:
    """The colours that this visitor sees."""
    colours = theme.palette()
    named = {field.name: getattr(colours, field.name) for field in fields(Look) if field.name != "font"}
    return Look(**named, font=charts.FONT)


def show(drawn: Drawn, key: str) -> None:
    charts.show(drawn.figure, says=drawn.says, key=f"evaluate-{key}")


def show_clickable(drawn: Drawn, key: str, clicked: Callable[[Any], None]) -> None:
    """`clicked` is given what the mark that was clicked stands for; a click on nothing is passed over."""
    name = f"evaluate-{key}"

    def chosen() -> None:
        points = st.session_state[name]["selection"]["points"]
        if points:
            clicked(points[0].get("customdata"))

    with st.container(key=f"chart-{name}"):
        charts_config = {"displayModeBar": False, "scrollZoom": False}
        st.plotly_chart(
            drawn.figure,
            theme=None,
            key=name,
            on_select=chosen,
            selection_mode="points",
            config=charts_config,
            alt=drawn.says,
        )


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
