"""What is in the photos: how many of whom, what to mend with one click, some of them to look at, and their parts."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from model.card import LABELS
from model.images import PhotoError
from pages.parts import job_panel, train_photos_opened, train_photos_words, train_steps
from pages.parts.train_photos_opened import Opened, View
from pages.parts.train_steps import Photos
from training import choices, chosen
from training.datasets import open_dataset
from training.groups import ENOUGH
from training.inspection import Finding
from training.splits import SHARES
from training.table import FEMALE, MALE, SPLITS, DatasetError
from ui import access, picture
from ui.language import number, plain_error, t, tn

AT_ONCE = 6  # findings that stand open
SHOWN, SAMPLES = 8, 12
THUMBNAIL_PX = 112
_OF_GROUPS = ("small_group", "lopsided_group")  # one a group: there can be dozens
_ICONS = {1: ":material/priority_high:", 2: ":material/lightbulb:", 3: ":material/info:"}


@dataclass(frozen=True)
class _Part:
    split: str
    women: int
    men: int

    @property
    def photos(self) -> int:
        return self.women + self.men


def show(one: Opened) -> None:
    view = train_photos_opened.view(one)
    table = view.dataset.table
    women, men = (int((table["label"] == label).sum()) for label in (FEMALE, MALE))
    counted = tn(
        "{n:,} photo: {women:,} of women, {men:,} of men",
        "{n:,} photos: {women:,} of women, {men:,} of men",
        len(table),
        women=women,
        men=men,
    )
    st.markdown(f"##### {counted}")
    st.caption(t(one.dataset.licence))
    try:
        chosen.check(table)
        fault = None
    except DatasetError as error:
        fault = plain_error(error, error.sentences)
    if fault:
        st.warning(fault, icon=":material/info:")
    if len(table):
        parts = _parts_of(view)
        _counts(parts)
        _few_to_judge_by(parts)
        st.caption(t("Below, pictures with round corners are labelled female, square ones male."))
    _left_out()
    _findings(one, view)
    if len(table):
        _samples(one, view)
        _parts(one)
    if st.button(
        t("Learn from these photos"),
        type="primary",
        icon=":material/arrow_downward:",
        key="rupa-train-take",
        disabled=fault is not None,
    ):
        _take(one, view)


def _parts_of(view: View) -> list[_Part]:
    """One for each split; a final test only where there are photos for it, else those to check by are it as well."""
    counted = view.dataset.table.groupby(["split", "label"]).size()
    parts = [
        _Part(name, *(int(counted.get((name, label), 0)) for label in (FEMALE, MALE))) for name in SPLITS
    ]
    return [part for part in parts if part.split != "test" or part.photos]


def _counts(parts: Sequence[_Part]) -> None:
    """A bar for each part, women and men side by side in their colours and in numbers."""
    most = max(part.photos for part in parts) or 1
    rows = "".join(
        f"<li><span>{html.escape(_part_in_words(part.split))}</span>"
        f'<div aria-hidden="true"><i style="width:{100 * part.women / most:.2f}%"></i>'
        f'<b style="width:{100 * part.men / most:.2f}%"></b></div>'
        f"<em>{html.escape(_women_and_men(part))}</em></li>"
        for part in parts
    )
    st.html(f'<ul class="rupa-parts">{rows}</ul>')


def _few_to_judge_by(parts: Sequence[_Part]) -> None:
    judged = next(part for part in reversed(parts) if part.split != "train")
    if judged.photos < ENOUGH:
        st.caption(
            t(
                "Once it has learnt, nobody could tell from so few photos for the final test ({n}) whether it is "
                "better: at least {enough} are needed. Bring more, or divide them anew below.",
                n=judged.photos,
                enough=ENOUGH,
            )
        )


def _part_in_words(split: str) -> str:
    return {"train": t("to learn from"), "validation": t("to check by"), "test": t("for the final test")}[
        split
    ]


def _women_and_men(part: _Part) -> str:
    return t("{women:,} women · {men:,} men", women=part.women, men=part.men)


def _left_out() -> None:
    steps = train_photos_opened.left_out()
    if not steps:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="rupa-left-out"):
        count = sum(map(len, steps))
        st.markdown(tn("{n:,} photo is left out.", "{n:,} photos are left out.", count))
        st.button(
            t("Undo"),
            icon=":material/undo:",
            key="rupa-train-undo",
            on_click=train_photos_opened.put_back,
            args=(1,),
        )
        if len(steps) > 1:
            st.button(
                t("Put all back"),
                type="tertiary",
                key="rupa-train-undo-all",
                on_click=train_photos_opened.put_back,
                args=(len(steps),),
            )


def _findings(one: Opened, view: View) -> None:
    if not view.findings:
        if view.seen is not None and len(view.rows):
            st.markdown(
                f":material/check: {t('Nothing stands out: no copies, no broken files, no lopsided parts.')}"
            )
        return
    st.markdown(f"##### {t('What to know before it learns')}")
    by_weight = sorted(view.findings, key=lambda finding: finding.code in _OF_GROUPS)
    open_ = [finding for finding in by_weight if finding.code not in _OF_GROUPS][:AT_ONCE]
    for place, finding in enumerate(open_):
        _finding(one, view, finding, place)
    rest = by_weight[len(open_) :]
    if rest:
        with st.expander(tn("{n} more", "{n} more", len(rest))):
            for place, finding in enumerate(rest, len(open_)):
                _finding(one, view, finding, place)


def _finding(one: Opened, view: View, finding: Finding, place: int) -> None:
    with st.container(gap="small", key=f"rupa-finding-{place}"):
        st.markdown(f"{_ICONS[finding.severity]} {train_photos_words.advice(finding)}")
        spare = train_photos_opened.to_spare(finding, view)
        if not spare:
            return
        shown = view.rows[list(finding.rows[:SHOWN])].tolist()
        _strip(one, shown, more=len(finding.rows) - len(shown))
        st.button(
            tn("Leave out {n:,} photo", "Leave out {n:,} photos", len(spare)),
            icon=":material/remove_circle:",
            key=f"rupa-leave-out-{view.number}-{finding.code}-{place}",
            help=t("All but one of each stay out.") if finding.code in ("copies", "near_copies") else None,
            on_click=train_photos_opened.leave_out,
            args=(view.number, spare),
        )


def _samples(one: Opened, view: View) -> None:
    labels = view.dataset.table["label"].to_numpy()
    for column, label in zip(st.columns(2, gap="medium"), (FEMALE, MALE), strict=True):
        rows = view.rows[labels == label]
        drawn = np.random.default_rng(0).permutation(rows)[:SAMPLES]
        with column:
            st.caption(
                t("Some of those labelled female") if label == FEMALE else t("Some of those labelled male")
            )
            _strip(one, np.sort(drawn).tolist())


def _strip(one: Opened, rows: Sequence[int], more: int = 0) -> None:
    labels = one.dataset.table["label"].to_numpy()
    pictures = "".join(
        f'<li class="{LABELS[labels[row]]}">{_picture(_thumbnail(one.number, row, one))}</li>' for row in rows
    )
    rest = f"<li><span>+{number(more)}</span></li>" if more > 0 else ""
    st.html(f'<ul class="rupa-strip">{pictures}{rest}</ul>')


def _picture(address: str | None) -> str:
    return f'<img src="{address}" alt="">' if address else "<span>?</span>"


@st.cache_data(show_spinner=False, max_entries=1000)
def _thumbnail(number: int, row: int, _one: Opened) -> str | None:
    """None where the photo cannot be read, or is no longer there."""
    from training import thumbnails

    del number
    try:
        pixels = thumbnails.square(_one.dataset.read(row), THUMBNAIL_PX)
    except (DatasetError, PhotoError):
        return None
    return picture.address(Image.fromarray(pixels), quality=80)


def _parts(one: Opened) -> None:
    now = train_photos_opened.shares()
    with st.expander(t("How the photos are divided")):
        if train_photos_opened.has_official(one) and now is None:
            st.markdown(
                t("These photos came divided by those who made them, and stay so unless you move a slider.")
            )
        st.markdown(
            t(
                "Most are learnt from. Some are kept aside to check after each round whether it still becomes better. "
                "The rest is for one final test, by photos that nothing was decided by. One person, and one picture, "
                "is never in two parts."
            )
        )
        shares = now or SHARES
        for split, label in (
            ("validation", t("To check by, percent")),
            ("test", t("For the final test, percent")),
        ):
            st.slider(
                label,
                5,  # without a final test, those to check by would be it, and others be held back to be watched
                40,
                round(100 * shares[split]),
                step=5,
                key=f"rupa-train-{split}-{one.number}-{now is None}",
                on_change=_divide,
                args=(split, f"rupa-train-{split}-{one.number}-{now is None}"),
            )
        if now is not None:
            st.button(
                t("Divide as before"),
                icon=":material/undo:",
                key="rupa-train-as-before",
                on_click=train_photos_opened.split_in,
                args=(None,),
            )


def _divide(split: str, key: str) -> None:
    shares = {**(train_photos_opened.shares() or SHARES), split: st.session_state[key] / 100}
    train_photos_opened.split_in({**shares, "train": 1 - shares["validation"] - shares["test"]})


def _take(one: Opened, view: View) -> None:
    """Keep the choice, and see that it opens: what was there a minute ago may have been deleted."""
    if not access.presenter():
        return
    try:
        choice = train_photos_opened.choice(one, view)
        spec = choices.keep(choice)
        table = open_dataset(spec).table
    except DatasetError as error:
        st.warning(job_panel.why(error.code, error.facts), icon=":material/info:")
        return
    women, men = (int((table["label"] == label).sum()) for label in (FEMALE, MALE))
    train_steps.choose_photos(Photos((spec,), women, men, choice.name))
    st.rerun()
