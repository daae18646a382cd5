"""`python -m training evaluate`: its arguments, its progress line, and the evaluation as JSON or in plain words."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from model import typed

if TYPE_CHECKING:
    from training.evaluation import Evaluation
    from training.predictions import Progress

EVERY_S = 0.5
FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_what(parser)
    parser.add_argument(
        "--from",
        dest="source",
        choices=("raw", "crops"),
        default="raw",
        help="whole photos through loader, detector and alignment, or faces already cut (default: raw)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument(
        "--beside-model",
        action="store_true",
        help="keep the predictions in the model's own folder, to be shipped with it",
    )
    parser.add_argument(
        "--fetch", action="store_true", help="fetch the photos first, where they are public and not here"
    )


def add_what(parser: argparse.ArgumentParser) -> None:
    """Which model, on which photos, and where to tell of it."""
    parser.add_argument("--model", required=True, help="a model's name, such as rupa-1")
    parser.add_argument(
        "--data",
        required=True,
        help="utkface, aaf, celeba, celeba-in-the-wild, fairface, folder:PATH or zip:PATH",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test", "all"),
        help="which of its photos (default: validation where there is one, else test, else all)",
    )
    add_status(parser)


def add_status(parser: argparse.ArgumentParser) -> None:
    """For whoever starts the command and follows it from another process."""
    parser.add_argument(
        "--status",
        type=Path,
        metavar="FOLDER",
        help="print nothing, work at low priority, and say in this folder how far it is and what came of it",
    )


def run(choice: argparse.Namespace) -> int:
    """Measure, print, and say where the predictions lie; a fault is one sentence on stderr."""
    from model.card import ModelError
    from training.evaluation_text import as_text
    from training.prediction_table import EvaluationError
    from training.table import DatasetError

    if choice.status:
        from training import page_job_report

        return page_job_report.work(choice.status, lambda report: _evaluated(choice, report.at).path)
    try:
        found = _evaluated(choice, lambda stage: line())
    except (DatasetError, EvaluationError, ModelError) as error:
        print(error, file=sys.stderr)
        return FAILED
    if choice.json:
        print(json.dumps(found.summary, indent=1, allow_nan=False))
    else:
        print(as_text(found.summary, found.about))
        print(f"The predictions are in {found.path}")
    return 0


def _evaluated(choice: argparse.Namespace, at: "Callable[[str], Progress]") -> "Evaluation":
    from training import evaluation

    if choice.fetch:
        _fetch(choice.data, choice.split, at("fetching"))
    return evaluation.evaluate(
        choice.model,
        choice.data,
        choice.split,
        choice.source,
        beside_model=choice.beside_model,
        progress=at("asking"),
    )


def _fetch(data: str, split: str | None, progress: "Progress") -> None:
    """What has no public home, or asks for a licence to be accepted, is left to who opens the data set."""
    from training import download

    names = [name for name in (f"{data}-{split}", data) if name in download.SOURCES]
    if names and not download.SOURCES[names[0]].must_accept:
        download.prepare(names[0], progress=lambda file, done, total: progress(done, total))


def main_evaluate(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{typed.python()} -m training evaluate", description="How good is a model, and for whom?"
    )
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def line(clock: Callable[[], float] = time.monotonic) -> "Progress":
    """One line that is written over; nothing where nobody watches."""
    if not sys.stderr.isatty():
        return lambda done, of: None
    started = told = clock()

    def tell(done: int, of: int) -> None:
        nonlocal told
        now = clock()
        if done < of and now - told < EVERY_S:
            return
        told = now
        rate = done / max(now - started, 1e-3)
        end = "\n" if done == of else ""
        print(f"\r{done:,} of {of:,} photos, {rate:.0f} a second ", end=end, file=sys.stderr, flush=True)

    return tell
