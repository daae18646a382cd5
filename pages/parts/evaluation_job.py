"""Work in the background as the Inspect pages show it: what runs, how far it is, what came of it, and how to end it."""

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from model.sentences import SENTENCES as OF_MODELS
from pages.parts import card_words, chosen_evaluation, evaluate_words
from training import chosen, evaluation_jobs, formats, rehearsal, run_state, stress_result
from training import prediction_table as predictions
from training.collection import CollectionError
from training.evaluation_jobs import Asked, Job, JobError, Kind
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
    **chosen.ChosenError.sentences,
    **CollectionError.sentences,
    **predictions.SENTENCES,
    **stress_result.SENTENCES,
    **formats.SENTENCES,
    **evaluation_jobs.SENTENCES,
    **OF_DOWNLOADS,
}


def begin(asked: Asked) -> None:
    """Start it, and show the page anew; where something else is at work, or only others may, say so."""
    if not access.presenter():
        access.explain()
        return
    try:
        job = evaluation_jobs.start(asked)
    except JobError as error:
        st.warning(why(error.code, error.facts), icon=":material/hourglass_top:")
        return
    state.keep(_MINE, job.id)
    st.rerun()


def busy() -> bool:
    """Whether work goes on that others have to wait for; a rehearsal gives way."""
    job = evaluation_jobs.running()
    return job is not None and job.asked.kind != "rehearse"


def can_start() -> bool:
    return access.presenter() and not busy()


def held_up(way_in: str = "") -> bool:
    """Say why nothing can be started now, where that is so; `way_in` as `access.explain` has it."""
    access.explain(way_in)
    if access.presenter() and busy():
        st.caption(t("Something else is being measured now; this can start when that has ended."))
    return not can_start()


def watch(kind: Kind) -> bool:
    """Draw the work of this kind that goes on, if any, and say whether there was; its end shows the page anew."""
    job = evaluation_jobs.running()
    if job is None or job.asked.kind != kind:
        return False
    state.keep(_MINE, job.id)
    st.fragment(_follow, run_every=EVERY_S)(job.id)
    return True


def over(kind: Kind) -> Job | None:
    """The work of this kind that this visit saw, now that it has ended; a failure is told here."""
    seen = st.session_state.get(f"{state.PREFIX}{_MINE}")
    job = evaluation_jobs.find(str(seen)) if seen else None
    if job is None or job.asked.kind != kind or job.state == "running":
        return None
    if job.state == "failed":
        st.warning(why(job.code, job.facts), icon=":material/info:")
    return job


def unopened() -> Job | None:
    """An evaluation that has ended and that nobody opened yet, for a presenter who went away meanwhile."""
    job = evaluation_jobs.unopened() if access.presenter() else None
    return job if job and job.made and job.made.is_file() else None


def forget() -> None:
    state.drop(_MINE)


def open_made(made: Path) -> None:
    """Turn the page to the evaluation that was made."""
    evaluation_jobs.mark_opened(made)
    chosen_evaluation.turn_to(str(made))
    forget()


def why(code: str | None, facts: Mapping[str, Any]) -> str:
    """The sentence of the code, as Markdown; without one, or its facts, that of an end without a reason."""
    sentence = SENTENCES.get(code or "", evaluation_jobs.SENTENCES["died"])
    wanted = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    if not wanted <= set(facts):
        return t(evaluation_jobs.SENTENCES["died"])
    plain = {
        name: evaluate_words.fact(str(fact), LONGEST) if isinstance(fact, str | Path) else fact
        for name, fact in facts.items()
    }
    return t(sentence, **plain)


def named(asked: Asked) -> str:
    """The photos of a job in words, as Markdown."""
    if asked.data.startswith(chosen.PREFIX):
        return evaluate_words.literal(dataset_name(chosen.name_of(asked.data), speech()))
    if asked.data.startswith(("folder:", "zip:")):
        return evaluate_words.literal(Path(asked.data.partition(":")[2]).name)
    return (
        card_words.measured_on(f"{asked.data}-{asked.split}")
        if asked.split
        else card_words.DATASETS[asked.data]
    )


def _follow(id_: str) -> None:
    job = evaluation_jobs.find(id_)
    if job is None or job.state != "running":
        st.rerun()
    with st.container(gap="xsmall"):
        st.progress(job.share, text=_told(job))
        if access.presenter() and st.button(
            t("Cancel"), key=f"rupa-cancel-{job.id}", type="tertiary", icon=":material/close:"
        ):
            evaluation_jobs.cancel(job)


def _told(job: Job) -> str:
    asked, model = job.asked, evaluate_words.literal(job.asked.model)
    if job.stage == "fetching":
        parts = [t("Fetching the photos")]
        if job.steps:
            done, of = (number(part / _MB) for part in (job.step, job.steps))
            parts.append(t("{done} of {of} MB", done=done, of=of))
    elif asked.kind == "stress":
        parts = [t("Stress test of {model}: {photos}", model=model, photos=named(asked))]
    elif asked.kind == "inspect":
        parts = [t("Looking at the photos: {photos}", photos=named(asked))]
    elif asked.kind == "unpack":
        parts = [t("Unpacking the zip: {photos}", photos=named(asked))]
    elif asked.kind == "judge":
        parts = [t("Asking {model} about the same photos", model=model)]
    elif asked.kind == "export":
        parts = [t("Writing {model} in another format, and comparing the two", model=model)]
    else:
        parts = [t("Evaluating {model}: {photos}", model=model, photos=named(asked))]
    if not job.steps and job.stage != "fetching":
        parts.append(t("getting ready"))
    elif job.stage != "fetching" and not (asked.kind == "export" and job.stage != "faces"):
        parts.append(t("{done} of {of} photos", done=number(job.step), of=number(job.steps)))
    if job.eta_s is not None and job.step:
        parts.append(_left(job.eta_s))
    return " · ".join(parts)


def _left(seconds: float) -> str:
    if seconds < 60:
        return t("less than a minute left")
    minutes = round(seconds / 60)
    return tn("about {n} minute left", "about {n} minutes left", minutes)
