"""Three words on a doubtful label, of which one can be chosen; the chosen one again takes the vote back."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.errors_known import Known
from training import votes
from training.votes import SENTENCES, Cast, VoteError
from ui import access, state
from ui.language import plain_error, t

_TROUBLE = "errors.vote-trouble"


def read(known: Known) -> dict[str, Cast] | None:
    """The votes on these photos; None, with a sentence on the page, where their file cannot be read."""
    try:
        return votes.read(known.photos)
    except VoteError as error:
        st.warning(plain_error(error, SENTENCES))
        return None


def show(known: Known, id_: str, cast: Mapping[str, Cast]) -> None:
    place = known.places[id_]
    label = int(known.answers.labels[place])
    earlier = cast.get(id_)
    key = f"rupa.vote.{known.key}.{place}"
    if earlier is not None and earlier.label == label:
        st.session_state.setdefault(key, earlier.vote)
    words = {
        "wrong": t("Label is wrong"),
        "right": t("Label is right"),
        "cannot_tell": t("Cannot tell"),
    }
    said = (t("The label says “female”. What do you say?"), t("The label says “male”. What do you say?"))[
        label
    ]
    with st.container(key="errors-vote"):
        st.pills(
            said,
            votes.VOTES,
            format_func=words.__getitem__,
            key=key,
            on_change=_cast,
            args=(known.photos, id_, label, key),
            disabled=not access.presenter(),
        )
        access.explain("votes")
    trouble = state.kept(_TROUBLE, lambda: None)
    if isinstance(trouble, VoteError):
        st.warning(plain_error(trouble, SENTENCES))
        state.drop(_TROUBLE)


def _cast(photos: str, id_: str, label: int, key: str) -> None:
    if not access.presenter():
        return
    try:
        votes.cast(photos, id_, st.session_state[key], label)
    except VoteError as error:
        state.keep(_TROUBLE, error)
