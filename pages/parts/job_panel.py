"""Work in the background as pages show it: what runs, how far it is, what came of it, and how to end it."""

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from model.sentences import SENTENCES as OF_MODELS
from pages.parts import card_words, chosen_evaluation, evaluate_words
from training import choices, formats, page_jobs, rehearsal, run_state, stress_result
from training import prediction_table as predictions
from training.collection import CollectionError
from training.page_asked import Asked, Evaluate, Export, Fetch, Inspect, Judge, Rehearse, Stress, Unpack
from training.page_jobs import Job, JobError
from training.report_words import dataset_name
from training.table import SENTENCES as OF_DATASETS
from training.zips import ZipError
from ui import access, state
from ui.language import number, speech, t, tn

EVERY_S = 1.0
_MINE = "job"  # the job that this visit has seen at work, whose end it is told
_MB = 1e6
LONGEST = 500  # of a path, which whoever typed it wants to see whole

# What the command line says of a download speaks of commands; a visitor has a button.
OF_DOWNLOADS = {
    "offline": (
        "The photos cannot be fetched: this computer has no way to the Internet now, or their home does not answer. "
        "A folder of your own photos does instead."
    ),
    "hub_refuses": "The home of these photos does not hand them out now. A folder of your own photos does instead.",
    "hub_trouble": "The home of these photos has trouble now; press the button again later, and it goes on from there.",
    "hub_changed": "The home of these photos has other files than it had. A folder of your own photos does instead.",
    "cut_off": "The download was cut off; press the button again, and it goes on from there.",
    "checksum": "The file came damaged, and was deleted; press the button again.",
    "no_room": "Fetching the photos needs {gb:.1f} GB in {folder}, and the disk has less; make room and try again.",
    "cannot_write": "Nothing can be written to {folder}. A folder of your own photos does instead.",
}
SENTENCES: Mapping[str, str] = {
    **run_state.SENTENCES,
    **rehearsal.SENTENCES,
    **OF_MODELS,
    **OF_DATASETS,
    **ZipError.sentences,
    **choices.ChosenError.sentences,
    **CollectionError.sentences,
    **predictions.SENTENCES,
    **stress_result.SENTENCES,
    **formats.SENTENCES,
    **page_jobs.SENTENCES,
    **OF_DOWNLOADS,
}


def begin(asked: Asked) -> None:
    """Start it, and show the page anew; where something else is at work, or only others may, say so."""
    if not access.presenter():
        access.explain()
        return
    try:
        job = page_jobs.start(asked)
    except JobError as error:
        st.warning(why(error.code, error.facts), icon=":material/hourglass_top:")
        return
    state.keep(_MINE, job.id)
    st.rerun()


def busy() -> bool:
    """Whether work goes on that others have to wait for; a rehearsal gives way."""
    job = page_jobs.running()
    return job is not None and not isinstance(job.asked, Rehearse)


def can_start() -> bool:
    return access.presenter() and not busy()


def held_up(way_in: str = "") -> bool:
    """Say why nothing can be started now, where that is so; `way_in` as `access.explain` has it."""
    access.explain(way_in)
    if access.presenter() and busy():
        st.caption(t("Something else is being measured now; this can start when that has ended."))
    return not can_start()


def watch(kind: type[Asked]) -> bool:
    """Draw the work of this kind that goes on, if any, and say whether there was; its end shows the page anew."""
    job = page_jobs.running()
    if job is None or not isinstance(job.asked, kind):
        return False
    state.keep(_MINE, job.id)
    st.fragment(_follow, run_every=EVERY_S)(job.id)
    return True


def over(kind: type[Asked]) -> Job | None:
    """The work of this kind that this visit saw, now that it has ended; a failure is told here."""
    seen = st.session_state.get(f"{state.PREFIX}{_MINE}")
    job = page_jobs.find(str(seen)) if seen else None
    if job is None or not isinstance(job.asked, kind) or job.state == "running":
        return None
    if job.state == "failed":
        st.warning(why(job.code, job.facts), icon=":material/info:")
    return job


def unopened() -> Job | None:
    """An evaluation that has ended and that nobody opened yet, for a presenter who went away meanwhile."""
    job = page_jobs.unopened() if access.presenter() else None
    return job if job and job.made and job.made.is_file() else None


def forget() -> None:
    state.drop(_MINE)


def open_made(made: Path) -> None:
    """Turn the page to the evaluation that was made."""
    page_jobs.mark_opened(made)
    chosen_evaluation.turn_to(str(made))
    forget()


def why(code: str | None, facts: Mapping[str, Any]) -> str:
    """The sentence of the code, as Markdown; without one, or its facts, that of an end without a reason."""
    sentence = SENTENCES.get(code or "", page_jobs.SENTENCES["died"])
    wanted = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    if not wanted <= set(facts):
        return t(page_jobs.SENTENCES["died"])
    plain = {
        name: evaluate_words.fact(str(fact), LONGEST) if isinstance(fact, str | Path) else fact
        for name, fact in facts.items()
    }
    return t(sentence, **plain)


def named(photos: str, split: str | None = None) -> str:
    """The photos of a job in words, as Markdown."""
    if photos.startswith(choices.PREFIX):
        return evaluate_words.literal(dataset_name(choices.name_of(photos), speech()))
    if photos.startswith(("folder:", "zip:")):
        return evaluate_words.literal(Path(photos.partition(":")[2]).name)
    return card_words.measured_on(f"{photos}-{split}") if split else card_words.DATASETS[photos]


def _follow(id_: str) -> None:
    job = page_jobs.find(id_)
    if job is None or job.state != "running":
        st.rerun()
    with st.container(gap="xsmall"):
        st.progress(job.share, text=_told(job))
        if access.presenter() and st.button(
            t("Cancel"), key=f"rupa-cancel-{job.id}", type="tertiary", icon=":material/close:"
        ):
            page_jobs.cancel(job)


def _told(job: Job) -> str:
    parts = [t("Fetching the photos") if job.stage == "fetching" else _what(job.asked)]
    if job.stage == "fetching" and job.steps:
        done, of = (number(part / _MB) for part in (job.step, job.steps))
        parts.append(t("{done} of {of} MB", done=done, of=of))
    if not job.steps and job.stage != "fetching":
        parts.append(t("getting ready"))
    elif job.stage != "fetching" and not (isinstance(job.asked, Export) and job.stage != "faces"):
        parts.append(t("{done} of {of} photos", done=number(job.step), of=number(job.steps)))
    if job.eta_s is not None and job.step:
        parts.append(_left(job.eta_s))
    return " · ".join(parts)


def _what(asked: Asked) -> str:
    literal = evaluate_words.literal
    match asked:
        case Evaluate(model, photos, split) | Fetch(model, photos, split):
            return t("Evaluating {model}: {photos}", model=literal(model), photos=named(photos, split))
        case Stress(model, photos, split):
            return t("Stress test of {model}: {photos}", model=literal(model), photos=named(photos, split))
        case Judge(model):
            return t("Asking {model} about the same photos", model=literal(model))
        case Export(model):
            return t("Writing {model} in another format, and comparing the two", model=literal(model))
        case Rehearse():
            return t("measuring how long it takes …")
        case Inspect(photos):
            return t("Looking at the photos: {photos}", photos=named(photos))
        case Unpack(photos):
            return t("Unpacking the zip: {photos}", photos=named(photos))


def _left(seconds: float) -> str:
    if seconds < 60:
        return t("less than a minute left")
    minutes = round(seconds / 60)
    return tn("about {n} minute left", "about {n} minutes left", minutes)
