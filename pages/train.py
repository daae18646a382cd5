"""Teach the model better: photos, recipe, run, result, in four steps on one page."""

import streamlit as st

from pages.parts import (
    train_photos,
    train_recipe,
    train_recipe_estimate,
    train_result,
    train_run,
    train_steps,
)
from pages.parts.train_steps import Step
from ui import access, panels
from ui.language import t


def main() -> None:
    panels.begin()
    st.title(t("Teach the model better"), anchor=False)
    st.markdown(
        t(
            "Show it photos with the answers, let it learn, and see whether it has become better. Everything happens "
            "on this computer."
        )
    )
    access.door()
    train_recipe_estimate.follow()
    train_steps.draw(
        (
            Step(train_steps.PHOTOS, t("Photos"), train_photos.line, train_photos.show),
            Step(train_steps.RECIPE, t("Recipe"), train_recipe.line, train_recipe.show),
            Step(train_steps.RUN, t("Run"), train_run.line, train_run.show),
            Step(train_steps.RESULT, t("Result"), train_result.line, train_result.show),
        )
    )


main()
