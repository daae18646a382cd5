"""`python -m training stress`: its arguments, and the stress test in plain words, the worst condition first."""

import argparse
import sys
from typing import TYPE_CHECKING

from training import evaluate_command

if TYPE_CHECKING:
    from training.statistics import Estimate
    from training.stress_result import Condition, StressTest
    from words.speech import Speech

FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluate_command.add_what(parser)
    parser.add_argument(
        "--beside-model",
        action="store_true",
        help="keep the figures in the model's own folder and on its card, to be shipped with it",
    )


def run(choice: argparse.Namespace) -> int:
    """Measure, print, and say where the figures lie; a fault is one sentence on stderr."""
    from model.card import ModelError
    from training import page_job_report, stress
    from training.stress_result import StressError
    from training.table import DatasetError

    what = (choice.model, choice.data, choice.split)
    if choice.status:
        return page_job_report.work(
            choice.status,
            lambda report: (
                stress.stress(*what, beside_model=choice.beside_model, progress=report.at("redrawing")).path
            ),
        )
    try:
        done = stress.stress(*what, beside_model=choice.beside_model, progress=evaluate_command.line())
    except (DatasetError, StressError, ModelError) as error:
        print(error, file=sys.stderr)
        return FAILED
    print(as_text(done.test))
    print(f"The figures are in {done.path}")
    return 0


def as_text(test: "StressTest") -> str:
    from words.speech import Speech

    lines = [
        f"{test.model} on {test.dataset}, {test.split}, each face redrawn; seed {test.seed}",
        f"{test.photos:,} photos, a face found in {test.photos - test.not_found:,}",
        f"{'':12}{'women right':>25}{'men right':>25}{'answered':>10}{'change':>25}",
    ]
    return "\n".join(lines + [_row(one, Speech("en")) for one in (test.plain, *test.redrawn)])


def _row(one: "Condition", english: "Speech") -> str:
    women, men, sure = one.counts.recall["female"], one.counts.recall["male"], one.counts.answered
    shares = "".join(f"{_share(part, english) if part else 'nobody':>25}" for part in (women, men))
    answered = english.percent(sure.value) if sure else ""
    moved = one.change if one.name != "plain" else None
    change = (
        f"{100 * moved.value:+z.1f} ({100 * moved.low:+z.1f} to {100 * moved.high:+z.1f})" if moved else ""
    )
    return f"{one.name:12}{shares}{answered:>10}{change:>25}".rstrip()


def _share(part: "Estimate", english: "Speech") -> str:
    low, high = (english.of_100(end, 1) for end in part.interval)
    return f"{english.percent(part.value, 1)} ({low} to {high})"
