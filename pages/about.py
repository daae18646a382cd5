"""The model's card for people: what it is, for whom it errs, what it is not for, and whether one should build it."""

import streamlit as st

from model import registry, running
from model.card import Card, ModelError
from model.sentences import SENTENCES
from pages.parts import card_groups, card_stress, card_words, reasons
from ui import access
from ui.language import day, of_100, percent, plain_error, t


def main() -> None:
    st.title(t("What is this model, and for whom does it err?"), anchor=False)
    try:
        card = _card()
    except ModelError as error:
        st.error(plain_error(error, SENTENCES), icon=":material/build:")
    else:
        _about(card)
    st.header(t("Should anybody build such a thing?"), anchor=False)
    reasons.show()
    st.header(t("What others did"), anchor=False)
    reasons.others_stopped()


def _card() -> Card:
    """Of the model that answers now; while it warms up, of the one that will."""
    name = running.status().model
    if name:
        return registry.find(name).card
    return registry.open_active(lambda artifact: artifact.card).engine


def _about(card: Card) -> None:
    st.markdown(
        t(
            "**{name}** looks at a picture of a face and says whether it looks female or male to it, or that it is "
            "not sure. It learnt this from {photos:,} photos that people had labelled. It sees a picture and nothing "
            "else: **the model cannot know who somebody is.**",
            name=card.name,
            photos=sum(source.photos for source in card.trained_on),
        )
    )
    if measured := card_words.results(card):
        [(where, hardest), *_] = measured
        _headline(card_words.measured_on(where), hardest)
        st.header(t("For whom does it err?"), anchor=False)
        card_groups.show(hardest)
        if others := card_words.elsewhere(card):
            st.markdown(t("On other photos:") + "\n" + others)
    card_stress.show(card)
    _limits(card)
    _origins(card)


def _headline(where: str, result: card_words.Result) -> None:
    """How good it is, how often it answers, and what a coin that knows the majority would get."""
    low, high = (of_100(end, 1) for end in result["accuracy_interval"])
    figures = [
        (
            t("Right"),
            percent(result["accuracy"], 1),
            t("{low} to {high} · {where}, the hardest we tried", low=low, high=high, where=where),
        ),
        (
            t("Sure enough to answer"),
            percent(result["answered"], 1),
            t(
                "of those {share} right; to the rest it says “not sure”",
                share=percent(result["accuracy_when_sure"], 1),
            ),
        ),
        (
            t("Without looking"),
            percent(result["constant_answer"]["accuracy"], 1),
            t("right by giving everybody the same answer"),
        ),
    ]
    for column, [label, figure, note] in zip(st.columns(3), figures, strict=True):
        with column.container(gap=None):
            st.metric(label, figure)
            st.caption(note.replace(">", r"\>"))  # a quotation, where a line begins with it


def _limits(card: Card) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.header(t("Where it fails"), anchor=False)
        st.markdown(card_words.as_list([t(sentence) for sentence in card.fails_on]))
    with right:
        st.header(t("What it must not be used for"), anchor=False)
        st.markdown(card_words.as_list([t(sentence) for sentence in card.not_for]))
        st.header(t("What it keeps"), anchor=False)
        access.say_whose_computer()
        st.markdown(
            t(
                "Nothing. Photos are read in this computer's memory and forgotten when you close the page. Nothing is "
                "sent anywhere, and a photo is written to disk only after you have said so in words."
            )
        )


def _origins(card: Card) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.header(t("What it learnt from"), anchor=False)
        st.markdown(card_words.taught_on(card))
    with right:
        st.header(t("Whose work it rests on"), anchor=False)
        st.markdown(card_words.whose_weights(card))
        st.caption(
            t(
                "Version {version}, made on {day}. It looks at {side} × {side} pixels of each face and answers when it "
                "is at least {sure} sure.",
                version=card.version,
                day=day(card.made),
                side=str(card.input_size),
                sure=percent(card.sure_at, 1),
            )
        )


main()
