"""The stress test on the Evaluate page: the same photos redrawn, and what the model makes of them."""

import streamlit as st

from pages.parts import evaluate_charts, evaluation_photos, job_panel, stress_examples, stress_table
from training import stress_figure, stress_result, stress_words
from training.evaluations import Kept
from training.figures import span
from training.page_asked import Stress
from training.stress_result import BAD, StressTest
from ui import panels
from ui.language import number, percent, speech, t

HEADSCARF = "headscarf"


def show(kept: Kept) -> None:
    """The figures of this model on these photos, or what it takes to make them."""
    st.header(t("And if the same faces were covered, dark or blurred?"), anchor=False)
    st.markdown(
        t(
            "The stress test redraws every one of these faces: with a headscarf, a cap, a medical mask or sunglasses, "
            "in a dim room, out of focus, squeezed hard, and 24 pixels small. Everybody is drawn alike, women and "
            "men; what changes in the answers comes from the drawing alone."
        )
    )
    at_work = job_panel.watch(Stress)
    if not at_work:
        job_panel.over(Stress)
    test = stress_result.of(kept)
    if test:
        _result(test, kept)
    elif not at_work:
        _offer(kept)


def _offer(kept: Kept) -> None:
    if not evaluation_photos.here(kept.about.photos):
        missing = t(
            "It was not made for this model and these photos, and needs the photos, which are not on this computer."
        )
        st.caption(evaluation_photos.unseen(kept.about.photos, missing))
        return
    pressed = st.button(
        t("Run the stress test"),
        key="rupa-stress-start",
        icon=":material/science:",
        disabled=not job_panel.can_start(),
    )
    if not job_panel.held_up():
        st.caption(
            t("It takes some minutes, shows how far it is, and is kept: once for each model and its photos.")
        )
    if pressed:
        about = kept.about
        job_panel.begin(Stress(about.model, about.photos, about.split))


def _result(test: StressTest, kept: Kept) -> None:
    panels.begin()
    _headscarf(test)
    drawn = stress_figure.conditions(test, evaluate_charts.look(), speech())
    evaluate_charts.show(drawn, "stress")
    st.caption(
        t(
            "The share that is right, with the range in which the true share lies in 95 of 100 cases. Dotted: the same "
            "faces as they are. The {faces} faces were found on the photos as they are; whether a covered face would "
            "be found at all is not measured here.",
            faces=number(test.photos - test.not_found),
        )
        + (f" {stress_words.cut_out_beforehand(speech())}" if kept.about.source == "raw" else "")
    )
    _failures(test)
    stress_examples.show(test, kept)
    with st.expander(t("All figures of the stress test"), icon=":material/table_chart:"):
        stress_table.show(test)


def _headscarf(test: StressTest) -> None:
    """The failure that a class in Indonesia meets first, whatever the figures are."""
    covered = test.under(HEADSCARF)
    share = covered and covered.counts.recall["female"]
    before, change = test.plain.counts.recall["female"], covered and covered.recall_change["female"]
    if not (share and before and change):
        panels.said(t("There are no women among these faces, so nothing can be said of headscarves."))
        return
    sentence = stress_words.headscarf(share.value, *share.interval, speech())
    if change.high < 0:
        cost = t(
            "The headscarf alone costs {points} points ({low} to {high}).",
            points=number(-change.value * 100, 1),
            low=number(-change.high * 100, 1),
            high=number(-change.low * 100, 1),
        )
    elif change.low > 0:
        cost = t(
            "With the headscarf more women are recognised, by {points} points ({low} to {high}): the cloth itself may "
            "speak for “female”. Look at the men below.",
            points=number(change.value * 100, 1),
            low=number(change.low * 100, 1),
            high=number(change.high * 100, 1),
        )
    else:
        cost = t("That the headscarf costs anything cannot be told from these photos.")
    panels.said(sentence, f"{stress_words.without(before.value, *before.interval, speech())} {cost}")


def _failures(test: StressTest) -> None:
    """Every recall that is surely too low to be passed over, by name."""
    names, words = stress_words.condition_names(speech()), {"female": t("women"), "male": t("men")}
    low = [
        t(
            "{condition}: {who} {share} {range}",
            condition=names[one.name],
            who=words[label],
            share=percent(share.value),
            range=span(share, speech()),
        )
        for one in test.redrawn
        for label, share in one.counts.recall.items()
        if share and share.high < BAD
    ]
    if low:
        st.markdown(
            t("Fewer than {bad} of 100 are right here: {list}.", bad=number(BAD * 100), list="; ".join(low))
        )
