"""What the line below every page knows: which model answers, how often it is right, on what it runs."""

import streamlit as st

from model import running
from model.card import Card
from model.sentences import SENTENCES
from pages.parts import card_words
from ui import shell
from ui.language import of_100, plain_error, t, tn


def show(more: st.Page | None = None) -> None:
    """Draw the line, which leads to `more`; while the model warms up it looks again every second."""
    running.start()
    if running.status().state == "warming":
        st.fragment(_warming, run_every=1.0)()
    else:
        _settled(more)


def device(status: running.Status) -> str:
    """What answers, in words; empty while the model warms up."""
    return tn("CPU, {n} core", "CPU, {n} cores", status.cores) if status.cores else status.device


def _warming() -> None:
    if running.status().state != "warming":
        st.rerun()
    shell.footer(shell.Footer(None, None, None, t("The model is warming up; the page can be used already.")))


def _settled(more: st.Page | None) -> None:
    status = running.status()
    if status.state == "failed":
        st.error(_why(status.error), icon=":material/build:")
        return
    if status.passed_over:
        st.warning(plain_error(status.passed_over, SENTENCES))
    card = running.get().artifact.card
    line = shell.Footer(card.name, track_record(card), device(status), t("ready"))
    shell.footer(line, more)


def track_record(card: Card) -> str | None:
    """How often it is right on the hardest photos it was tried on: the figure that flatters least."""
    if not (measured := card_words.results(card)):
        return None
    _, hardest = measured[0]
    low, high = hardest["accuracy_interval"]
    few = card_words.of_few(hardest["accuracy"], hardest["n"], low, high)
    return few or t(
        "{right} of 100 right ({low} to {high})",
        right=of_100(hardest["accuracy"]),
        low=of_100(low),
        high=of_100(high),
    )


def _why(error: BaseException | None) -> str:
    code = getattr(error, "code", None)
    if error is None or code not in SENTENCES:
        return t("The model could not be started; the log of the server says why.")
    return t(SENTENCES[code], **getattr(error, "facts", {}))
