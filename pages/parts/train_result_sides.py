"""Two models beside each other on the photos that the new one was judged on: figures, faces that turned, groups."""

from pathlib import Path

import streamlit as st

from pages.parts import (
    chosen_evaluation,
    compare_flips,
    compare_groups,
    compare_headline,
    compare_pair,
    evaluation_photos,
)
from pages.parts.compare_pair import Pair
from training import prediction_table
from training.evaluations import Kept
from training.gate import Verdict
from ui import language
from ui.language import t


def show(verdict: Verdict) -> None:
    """The model that answered before is A, the new one B."""
    kept = [(_kept(before), _kept(after)) for before, after in verdict.files]
    before, after = kept[0]
    if len(kept) > 1:
        titles = {str(two.path): chosen_evaluation.title(two) for _, two in kept}
        wish = st.segmented_control(
            t("Photos"),
            list(titles),
            format_func=titles.__getitem__,
            default=str(after.path),
            key=f"rupa-result-photos-{verdict.candidate}",
            required=True,
        )
        before, after = next((pair for pair in kept if str(pair[1].path) == wish), kept[0])
    pair = compare_pair.opened(before, after)
    compare_headline.sides(pair, [row for row in compare_headline.rows(pair) if row.brief])
    with st.container(horizontal=True, key="rupa-result-links"):
        if st.button(t("Evaluate it"), key="rupa-result-evaluate", icon=":material/target:"):
            _go("evaluate", after)
        if st.button(t("Its errors"), key="rupa-result-errors", icon=":material/grid_view:"):
            _go("errors", after)
        if st.button(t("Compare the two"), key="rupa-result-compare", icon=":material/balance:"):
            compare_pair.turn_to(before, after)
            _go("compare", before)
    st.markdown(f"##### {t('Which faces turned?')}")
    _faces(pair)
    if any(pair.found.groups.values()):
        with st.expander(t("For whom did it change?")):
            compare_groups.show(pair)


def _faces(pair: Pair) -> None:
    change = pair.found.change
    if change.gained or change.lost:
        evaluation_photos.explain(pair.first.about.photos)
        compare_flips.show(pair)
    else:
        st.markdown(t("None: on every face both are right, or both are wrong."))


def _kept(path: Path) -> Kept:
    return Kept(path, prediction_table.about(path), shipped=False)


def _go(page: str, kept: Kept) -> None:
    chosen_evaluation.turn_to(str(kept.path))
    language.turn_to(page)
