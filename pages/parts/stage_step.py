"""One step of the script, in letters for the last row: what to say, what to click, and the page that opens."""

import html

import streamlit as st

from pages.parts import stage_check, stage_lobby, stage_script, stage_ways
from pages.parts.stage_script import Step
from training.table import DatasetError
from ui import language, stage
from ui.language import t


def show(number: int) -> None:
    found = stage_lobby.seen()
    if number == stage.STEPS:
        # A model may have been taught since the check.
        found = (*(one for one in found if one.check != "pair"), stage_check.pair())
    step = stage_script.steps(found)[number - 1]
    with st.container(key="rupa-stage-step", gap="small"):
        st.html(f'<p class="stage-count">{html.escape(t("Step {n} of {of}", n=number, of=stage.STEPS))}</p>')
        st.title(step.title, anchor=False)
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in step.say)
        st.html(f'<div class="stage-say">{said}<p class="stage-do">{html.escape(step.do)}</p></div>')
    pressed = st.button(
        step.open,
        key=f"rupa-stage-page-{number}",
        type="primary",
        icon=":material/open_in_new:",
    )
    stage_ways.show(number)
    if pressed and _prepared(step):
        st.switch_page(f"../pages/{step.page}", query_params=language.in_address())


def _prepared(step: Step) -> bool:
    if step.prepare is None:
        return True
    try:
        with st.spinner(t("Getting the page ready")):
            step.prepare()
    except (DatasetError, OSError):
        st.warning(t("The page could not be made ready. Open it in the menu, and choose there."))
        return False
    return True
