"""How long the chosen recipe takes on this computer: measured in the background as soon as recipe and photos are known.

It waits while something else is measured, gives way to a run that trains and to whatever else is asked for, and so
hinders nobody.
"""

import json
from dataclasses import dataclass

import streamlit as st

from pages.parts import job_panel, train_recipe_words, train_steps
from training import jobs, page_jobs, rehearsal
from training.backbone_facts import SENTENCES as OF_BACKBONES
from training.page_asked import Rehearse
from training.page_jobs import Job, JobError
from training.rehearsal import Estimate
from ui import access, state
from ui.language import number, t

EVERY_S = 1.5
_KEPT = "train.rehearsal"
_MB_IN_GB = 1000


@dataclass(frozen=True)
class Rehearsal:
    """Of this recipe: the job that measures, and what came of it once it is `over`: `failed` is the job that did."""

    recipe: str  # as JSON
    photos: tuple[str, ...]
    job: str | None = None
    over: bool = False
    estimate: Estimate | None = None
    failed: Job | None = None


def follow() -> None:
    """See that it is measured; draws nothing, and shows the page anew once more is known."""
    _go_on()
    wanted, held = _wanted(), _held()
    if wanted is None or not access.presenter() or (held and held.over):
        return
    drawn = False

    def look() -> None:
        nonlocal drawn
        # Not while the page is drawn: a rerun then would swallow the click that it answers.
        if drawn and _go_on():
            st.rerun()
        drawn = True

    st.fragment(look, run_every=EVERY_S)()


def line() -> str | None:
    """What is known of the time, for a line of text; None where nothing is being measured."""
    held = _held()
    if held and held.estimate:
        return words(held.estimate)
    if held is None or held.over:
        return None
    return t("measuring how long it takes …")


def trouble() -> str | None:
    """One sentence where the rehearsal says that it will not go well."""
    held = _held()
    if held and held.failed:
        code, facts = held.failed.code, held.failed.facts
        sentence = OF_BACKBONES.get(code or "")
        return t(sentence, **facts) if sentence else job_panel.why(code, facts)
    if held and held.estimate and not held.estimate.fits:
        return t(
            "It needs about {needs} GB of memory, and this computer has {has} GB. Choose fewer photos at once, smaller "
            "pictures or a smaller network.",
            needs=number(held.estimate.needs_mb / _MB_IN_GB, 1),
            has=number(held.estimate.has_mb / _MB_IN_GB, 1),
        )
    return None


def words(estimate: Estimate) -> str:
    """About 2 to 3 minutes on this computer, measured just now."""
    low, high = estimate.low_s, estimate.high_s
    if high < 100:
        between = _between(low / 10, high / 10, 10)
        return t(
            "about {between} seconds on this computer, measured just now; longer beside other work",
            between=between,
        )
    if high < 100 * 60:
        between = _between(low / 60, high / 60)
        return t(
            "about {between} minutes on this computer, measured just now; longer beside other work",
            between=between,
        )
    between = _between(low / 3600, high / 3600)
    return t(
        "about {between} hours on this computer, measured just now; longer beside other work", between=between
    )


def _between(low: float, high: float, times: int = 1) -> str:
    first, last = max(1, int(low + 0.3)), max(1, int(high + 0.7))
    if first == last:
        last += 1
    return t("{low} to {high}", low=number(first * times), high=number(last * times))


def _wanted() -> Rehearsal | None:
    choice, photos = train_steps.choice(), train_steps.photos()
    if choice is None or photos is None or train_recipe_words.fault(choice.recipe):
        return None
    return Rehearsal(json.dumps(choice.recipe.as_json(), sort_keys=True), photos.data)


def _held() -> Rehearsal | None:
    """What this visit knows of what is chosen now."""
    held: Rehearsal | None = st.session_state.get(state.PREFIX + _KEPT)
    wanted = _wanted()
    same = held and wanted and (held.recipe, held.photos) == (wanted.recipe, wanted.photos)
    return held if same else None


def _go_on() -> bool:
    """Begin, give way or take in what was measured; whether there is something new to show."""
    wanted, held = _wanted(), _held()
    if wanted is None or not access.presenter() or (held and held.over):
        return False
    mine = _mine()
    training = any(run.state == "running" for run in jobs.runs())
    if mine and mine.state == "running":
        if training or held is None:
            page_jobs.cancel(mine)
        return False
    if held and held.job:
        _end(held)
        return True
    if training or page_jobs.running():
        return False
    try:
        job = page_jobs.start(Rehearse(wanted.recipe, wanted.photos))
    except JobError:
        return False  # somebody else was faster; the next time
    state.keep(_KEPT, Rehearsal(wanted.recipe, wanted.photos, job.id))
    return True


def _mine() -> Job | None:
    held: Rehearsal | None = st.session_state.get(state.PREFIX + _KEPT)
    return page_jobs.find(held.job) if held and held.job else None


def _end(held: Rehearsal) -> None:
    """Keep what came of it. One that gave way begins again later."""
    job = page_jobs.find(held.job or "")
    if job and job.state == "stopped":
        state.drop(_KEPT)
        return
    estimate = rehearsal.read(job.made) if job and job.made else None
    failed = job if job and job.state == "failed" and job.code != "died" else None
    state.keep(_KEPT, Rehearsal(held.recipe, held.photos, held.job, True, estimate, failed))
