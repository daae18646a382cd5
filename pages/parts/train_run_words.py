"""A run in words: what it is at, how long it still takes, and why it ended. As Markdown, in the visitor's language."""

import re
import string
from datetime import datetime

from model.sentences import SENTENCES as OF_MODELS
from pages.parts.card_words import DATASETS
from pages.parts.evaluate_words import fact, literal
from training import jobs, run_state
from training.backbone_facts import SENTENCES as OF_BACKBONES
from training.report_words import dataset_name
from training.run_state import Run
from training.table import SENTENCES as OF_DATASETS
from training.zips import ZipError
from ui.language import day, number, speech, t, tn

SENTENCES = {
    **OF_MODELS,
    **OF_DATASETS,
    **ZipError.sentences,
    **OF_BACKBONES,
    **run_state.SENTENCES,
}
LONGEST = 500
_NAMELESS = re.compile(r"[0-9]{8}-[0-9]{6}")  # as `jobs.enqueue` calls a run that nobody named
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60
LEARNS = "training"  # how the stages begin in which epochs pass


def state(run: Run) -> str:
    if jobs.active(run):
        return {"queued": t("waits"), "running": t("at work")}.get(run.state, t("goes on in a moment"))
    return {
        "paused": t("paused"),
        "stopped": t("stopped"),
        "failed": t("failed"),
        "done": t("done"),
    }.get(run.state, t("stopped"))


def stage(run: Run) -> str:
    """What it is at, of a run at work."""
    if run.stage.startswith(LEARNS):
        return t("Learning")
    begins, _, name = run.stage.partition(" in " if run.stage.startswith("finding") else " on ")
    photos = DATASETS.get(name) or literal(dataset_name(name, speech()))
    if begins == "finding faces":
        return t("Finding the faces in {photos}", photos=photos)
    if begins == "measuring":
        return t("Measuring how good it has become, on {photos}", photos=photos)
    return {
        "starting": t("Getting ready: what it computes with is loaded, for up to half a minute"),
        "photos": t("Looking through the photos"),
        "trying": t("Trying recipes"),
        "asking the teacher": t("Asking another model what it makes of the labels"),
        "finishing": t("Making a model of the best epoch"),
        "calibrating": t("Checking how sure it may be"),
        "exporting": t("Writing the model"),
        "asking the active model": t("Asking the model that answers now about the same photos"),
    }.get(run.stage, t("At work"))


def progress(run: Run) -> str:
    """The stage with its numbers, in one line."""
    parts = [stage(run)]
    if run.stage.startswith(LEARNS):
        now = min(run.epoch + 1, run.epochs)
        parts.append(t("epoch {n} of {of}", n=number(now), of=number(run.epochs)))
        if run.images_per_s:
            parts.append(t("{n} photos a second", n=number(run.images_per_s)))
        if run.eta_s is not None:
            parts.append(left(run.eta_s))
    elif run.steps and run.stage.startswith("finding"):
        parts.append(t("{done} of {of} photos", done=number(run.step), of=number(run.steps)))
    return " · ".join(parts)


def share(run: Run) -> float:
    """How much of the stage is done, from 0 to 1."""
    step = run.step / run.steps if run.steps else 0.0
    if run.stage.startswith(LEARNS):
        step = (run.epoch + min(step, 1.0) * (run.epoch < run.epochs)) / max(1, run.epochs)
    return min(max(step, 0.0), 1.0)


def left(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return t("less than a minute left")
    if seconds < 90 * _MINUTE_S:
        return tn("about {n} minute left", "about {n} minutes left", round(seconds / _MINUTE_S))
    return tn("about {n} hour left", "about {n} hours left", round(seconds / _HOUR_S))


def duration(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return tn("{n} second", "{n} seconds", round(seconds))
    if seconds < 90 * _MINUTE_S:
        return tn("{n} minute", "{n} minutes", round(seconds / _MINUTE_S))
    if seconds < 2 * _DAY_S:
        return tn("{n} hour", "{n} hours", round(seconds / _HOUR_S))
    return tn("{n} day", "{n} days", round(seconds / _DAY_S))


def why(run: Run) -> str:
    """The one sentence why it is not done; for what has no sentence of its own, what the log says."""
    sentence = SENTENCES.get(run.code or "")
    wanted = {name for _, name, _, _ in string.Formatter().parse(sentence or "") if name}
    if sentence and wanted <= set(run.facts):
        facts = {name: fact(one, LONGEST) if isinstance(one, str) else one for name, one in run.facts.items()}
        return t(sentence, **facts)
    if run.reason:
        return t("The training could not go on: {reason}", reason=fact(run.reason, LONGEST))
    return t(run_state.SENTENCES["died"])


def title(run: Run) -> str:
    return literal(name(run))


def name(run: Run) -> str:
    """What somebody called it, else when it was asked for. Plain text."""
    if run.name != run.id or not _NAMELESS.match(run.id):
        return run.name
    asked = datetime.fromtimestamp(run.asked)
    return f"{day(asked.isoformat())}, {asked:%H:%M}"
