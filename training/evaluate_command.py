"""`python -m training evaluate`: its arguments, its progress line, and the evaluation as JSON or in plain words."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

EVERY_S = 0.5
FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
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


def run(choice: argparse.Namespace) -> int:
    """Measure, print, and say where the predictions lie; a fault is one sentence on stderr."""
    from model.card import ModelError
    from training import evaluation
    from training.evaluation_text import as_text
    from training.prediction_table import EvaluationError
    from training.table import DatasetError

    progress = _line() if sys.stderr.isatty() else _silent
    try:
        found = evaluation.evaluate(
            choice.model,
            choice.data,
            choice.split,
            choice.source,
            beside_model=choice.beside_model,
            progress=progress,
        )
    except (DatasetError, EvaluationError, ModelError) as error:
        print(error, file=sys.stderr)
        return FAILED
    if choice.json:
        print(json.dumps(found.summary, indent=1, allow_nan=False))
    else:
        print(as_text(found.summary, found.about))
        print(f"The predictions are in {found.path}")
    return 0


def main_evaluate(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training evaluate", description="How good is a model, and for whom?"
    )
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def _silent(done: int, of: int) -> None:
    """Where nobody watches, nothing is written."""


def _line(clock: Callable[[], float] = time.monotonic) -> Callable[[int, int], None]:
    """One line that is written over."""
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
