"""Why people build such applications, and why others stopped: both told straight, for the visitor to weigh."""

import streamlit as st

from pages.parts.card_words import as_list
from ui.language import t


def show() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("What speaks for it"), anchor=False)
        st.markdown(as_list(_for()))
    with right:
        st.subheader(t("What speaks against it"), anchor=False)
        st.markdown(as_list(_against()))


def others_stopped() -> None:
    """What became of the same feature elsewhere, and what the law says where one is known."""
    st.markdown(
        as_list(
            [
                t(
                    "Google took the labels “man” and “woman” out of its picture service in 2020: it now says “person”."
                ),
                t(
                    "Microsoft closed its gender, age and emotion guesses to new customers in 2022 and to all in 2023, "
                    "because they invite stereotypes and can keep people from services."
                ),
                t(
                    "Amazon still offers the guess, and tells its customers that it is about looks in one picture, not "
                    "about who somebody is, and not for decisions over rights, privacy or access."
                ),
                t(
                    "In the European Union, systems that sort people by protected traits from their faces count as "
                    "high-risk, and people must be told that they meet one."
                ),
            ]
        )
    )


def _for() -> list[str]:
    """What the student projects before Rupa hoped for."""
    return [
        t(
            "**Counting.** Surveys and market studies want to know how many women and men they reached, and nobody "
            "has the time to sort thousands of photos by hand."
        ),
        t("**Advertising.** A shop would like to show each group the offers that it buys more often."),
        t("**Tailored pages.** Feeds and recommendations could follow what people like oneself enjoy."),
        t("**Safety.** Whoever searches hours of film for one person could skip half of the faces."),
        t("**Products.** Makers of clothes or make-up could see for whom they design."),
        t(
            "**Learning.** Two answers, many photos, and a task that looks easy: a good first exercise in teaching "
            "a machine, and in finding out where it fails. Rupa is made for this one."
        ),
    ]


def _against() -> list[str]:
    """What the same projects warned of, and what our own figures add."""
    return [
        t(
            "**A face is not the answer.** Light, pose, hair and make-up change what the model says; who somebody is "
            "does not stand in the picture. People who fit neither word are never right here."
        ),
        t(
            "**It errs unevenly.** The charts above show for whom. A count made with it is bent in the same way, and "
            "adding more photos does not straighten it."
        ),
        t(
            "**A face is personal.** Privacy law protects it, and the person in the photo is seldom the one who "
            "clicked “agree”."
        ),
        t(
            "**Guesses become rules.** What is shown to “women” or “men” teaches everybody what women and men are "
            "supposed to like."
        ),
        t(
            "**Wrong where it hurts.** Five errors in a hundred do no harm in class. At a door, in a police file or "
            "in a payment check, they happen to somebody."
        ),
        t("**There is a simpler way.** Whoever needs to know can ask, and offer “I would rather not say”."),
    ]
