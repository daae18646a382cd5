"""Four ways to fool oneself with numbers such as these, each in a closed line beside its trap and done live."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from model.card import LABELS
from pages.parts import evaluate_charts
from pages.parts.evaluate_seen import Seen
from training import figures, lessons
from training.statistics import Estimate
from ui import charts
from ui.language import number, percent, speech, t

_SEED = "rupa.evaluate.seed"


def shuffled(seen: Seen) -> None:
    with _box("shuffled", t("How a shuffled list turns 95% into 51%")) as drawn:
        if not drawn:
            return
        st.markdown(
            t(
                "A student project published two matrices that were 50.9% and 51.1% right, beside training logs of "
                "95.5% and 93.9%. The model was as good as its log: the photos had been **shuffled**, the list of "
                "labels had not, and each answer was compared with somebody else's label. Here are the answers above, "
                "with the labels in another order:"
            )
        )
        seed = _again("shuffled", t("Shuffle again"))
        counts = lessons.shuffled(seen.answers, seed)
        evaluate_charts.show(figures.confusion(counts, evaluate_charts.look(), speech()), "lesson-shuffled")
        left, right = st.columns(2, gap="large")
        with left:
            _now(t("Right, as it is"), seen.counts.accuracy)
        with right:
            _now(t("Right, shuffled"), counts.accuracy)
        st.caption(
            t(
                "Rupa keeps the label and the answer in one row of one table, so that nothing can come between."
            )
        )


def lopsided(seen: Seen) -> None:
    with _box("lopsided", t("Why 98.5% right can mean nothing")) as drawn:
        if not drawn:
            return
        st.markdown(
            t(
                "A student project reported 98.5% on a test of {women} women and {men} men. Whoever answers “female” "
                "to everybody, without looking, gets {share} there. Here are faces of this evaluation, drawn in that "
                "mix:",
                women=number(lessons.WOMEN),
                men=number(lessons.MEN),
                share=percent(lessons.WOMEN / (lessons.WOMEN + lessons.MEN), 1),
            )
        )
        seed = _again("lopsided", t("Draw again"))
        counts = lessons.lopsided(seen.answers, seed)
        if counts is None or counts.constant_answer is None:
            st.markdown(t("This needs both women and men among the faces."))
            return
        columns = st.columns(3, gap="large")
        with columns[0]:
            _now(t("Right in this mix"), counts.accuracy)
        with columns[1]:
            _figure(
                t("“Female” to everybody"),
                percent(counts.constant_answer[1], 1),
                t("and not one man recognised"),
            )
        with columns[2]:
            _now(t("Men recognised, of {n}", n=number(lessons.MEN)), counts.recall[LABELS[1]])
        st.caption(
            t("So look at women and men apart, and never at a share alone. With 47 men the range is wide.")
        )


def strangers(seen: Seen) -> None:
    with _box("strangers", t("How knowing the people makes a test easy")) as drawn:
        if not drawn:
            return
        st.markdown(
            t(
                "A student project had 5,000 photos of 3,796 people and split them by photo, not by person. About 33% "
                "of its 500 test photos then showed somebody from the training photos. A network can learn people by "
                "heart; what could hide behind this evaluation's figure, if it were like that?"
            )
        )
        known = st.slider(
            t("Test photos of people it knows"), 0, 60, round(100 * lessons.KNOWN_SHARE), 1, format="%d%%",
            key="rupa.evaluate.known",
        )  # fmt: skip
        accuracy = seen.counts.accuracy
        if accuracy is None:
            return
        left, right = st.columns(2, gap="large")
        with left:
            _now(t("Right, all test photos"), accuracy)
        with right:
            _now(t("Right on strangers, at worst"), lessons.on_strangers(accuracy, known / 100))
        st.caption(
            t(
                "At worst: if it knew all of those people by heart. Rupa splits by person wherever people are known."
            )
        )


def noise(seen: Seen) -> None:
    with _box("noise", t("Why 0.2 points on 500 photos is noise")) as drawn:
        if not drawn:
            return
        words = st.container()
        found = lessons.draws(seen.answers, _again("noise", t("Draw again")))
        if found is None:
            return
        words.markdown(
            t(
                "A student project chose between models by a test of 500 photos. Here are 500 faces of this "
                "evaluation, drawn {times} times. The model is one and the same, yet 95 of 100 draws lie between "
                "**{low}** and **{high}**, and {apart} of pairs of draws differ, by at least one photo, which is 0.2 "
                "points.",
                times=number(len(found.shares)),
                low=percent(found.low, 1),
                high=percent(found.high, 1),
                apart=percent(found.apart),
            )
        )
        figure = charts.histogram(found.shares.tolist(), name=t("Right of 500"), amount=t("Draws"), bins=250)
        low, high = float(found.shares.min()) - 0.01, min(1.0, float(found.shares.max()) + 0.01)
        figure.update_xaxes(
            range=[low, high],
            tickvals=[x / 100 for x in range(int(low * 100), int(high * 100) + 2)],
            ticktext=[percent(x / 100) for x in range(int(low * 100), int(high * 100) + 2)],
        )
        charts.show(figure, says=t("How often each share came up"), key="evaluate-lesson-noise")
        st.caption(
            t(
                "Its 96.8% of 500 has a range of 94.9 to 98.0; the 95.2% of the model that came second lies inside."
            )
        )


@contextmanager
def _box(name: str, title: str) -> Iterator[bool]:
    """A closed line; what is in it is drawn only once it is open."""
    box = st.expander(
        title,
        icon=":material/lightbulb:",
        key=f"rupa.evaluate.lesson.{name}",
        on_change="rerun",
        type="compact",
    )
    with box:
        yield bool(box.open)


def _again(name: str, words: str) -> int:
    """A button, and a number that is another one after each press."""
    key = f"{_SEED}.{name}"
    if st.button(words, icon=":material/casino:", key=f"rupa-evaluate-{name}"):
        st.session_state[key] = st.session_state.get(key, 0) + 1
    return int(st.session_state.get(key, 0))


def _now(name: str, estimate: Estimate | None) -> None:
    if estimate is None:
        _figure(name, "–", "")
        return
    _figure(name, percent(estimate.value, 1), figures.span(estimate, speech(), 1))


def _figure(name: str, figure: str, below: str) -> None:
    with st.container(gap=None):
        st.metric(name, figure)
        st.caption(below)
