"""What the gate says of a run's model, in sentences; and, where it cannot say anything, the model's own figures."""

import html

import streamlit as st

from model.registry import Artifact
from pages.parts import card_words
from pages.parts.evaluate_words import literal
from training import gate
from training.gate import Verdict
from training.gate_words import Line
from ui.language import number, speech, t

_FIRST = (
    "flips",
    "alike",
    "better",
    "worse",
    "luck",
    "group_lost",
    "no_group_lost",
)  # in large; the others follow in small


def of(candidate: str, active: str) -> Verdict:
    """Computed once for everybody, as long as the models and their evaluations are the same."""
    return _verdict(candidate, active, gate.state(candidate, active))


def check(artifact: Artifact) -> None:
    """Raises `ModelError` where its files are not those of its card: nothing is said of such a model."""
    stats = [
        (artifact.folder / file).stat() for file in artifact.card.files if (artifact.folder / file).exists()
    ]
    _checked(artifact.name, tuple((stat.st_mtime_ns, stat.st_size) for stat in stats), artifact)


def sentence(verdict: Verdict) -> None:
    first = [line for line in verdict.lines if line.code in _FIRST] or list(verdict.lines)
    more = [line for line in verdict.lines if line not in first]
    small = " ".join(filter(None, [_joined(more), _advice(verdict)]))
    small = f"<small>{html.escape(small)}</small>" if small else ""
    st.html(f'<p class="compare-verdict">{html.escape(_joined(first))}{small}</p>')


def _advice(verdict: Verdict) -> str:
    if verdict.needed or verdict.comparison is None:
        return ""
    return {
        "promote": t("The comparison speaks for the new model."),
        "keep": t("The comparison speaks against the new model."),
        "unclear": t("The comparison speaks neither for nor against the new model."),
    }[verdict.answer]


def in_short(verdict: Verdict) -> str:
    """The first line, as Markdown."""
    return literal(_joined(verdict.lines[:1]), 200)


def own(artifact: Artifact) -> None:
    """How often it is right on the photos that were kept for judging it, without anybody beside it."""
    card = artifact.card
    measured = [(name, one) for name, one in card.results.items() if isinstance(one, dict) and _whole(one)]
    if not measured:
        st.markdown(t("There are no photos that it was judged on, so nobody can say how good it is."))
    for name, one in measured:
        told = t(
            "On {n} faces that were kept aside from its learning ({photos}), it is {right}.",
            n=number(one["n"]),
            photos=literal(card_words.measured_on(name)),
            right=card_words.right(one),
        )
        shares, ends = one.get("recall") or {}, one.get("recall_interval") or {}
        if all(shares.get(who) is not None and ends.get(who) for who in ("female", "male")):
            women, men = (card_words.with_interval(shares[who], *ends[who]) for who in ("female", "male"))
            told += " " + t("Women recognised: {women}. Men recognised: {men}.", women=women, men=men)
        st.markdown(told)
    began(artifact)


def began(artifact: Artifact) -> None:
    """Where the model that it went on from has seen photos that this one is judged on, says so."""
    for line in gate.began(artifact):
        st.markdown(literal(line.said(speech()), 400))


def _joined(lines: list[Line] | tuple[Line, ...]) -> str:
    return " ".join(line.said(speech()) for line in lines)


def _whole(result: card_words.Result) -> bool:
    return all(result.get(key) is not None for key in ("n", "accuracy", "accuracy_interval"))


@st.cache_resource(show_spinner=False, max_entries=16)
def _verdict(candidate: str, active: str, state: str) -> Verdict:
    del state
    return gate.gate(candidate, active)


@st.cache_resource(show_spinner=False, max_entries=16)
def _checked(name: str, state: tuple[tuple[int, int], ...], _artifact: Artifact) -> bool:
    del name, state
    for file in _artifact.card.files:
        _artifact.path(file)
    return True
