"""`python -m training rehearse`: how long would this recipe take here? A few steps of it are timed."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import evaluate_command, progress, rehearsal

if TYPE_CHECKING:
    from training.rehearsal_measure import Found


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "rehearse", help="time a few steps of a recipe: how long would it take here?"
    )
    parser.add_argument("--recipe", required=True, help="a preset's name, or a recipe as JSON")
    parser.add_argument(
        "--data", required=True, action="append", help="a data set, folder:PATH or zip:PATH; may be repeated"
    )
    evaluate_command.add_status(parser)
    parser.set_defaults(act=run)


def run(choice: argparse.Namespace) -> int:
    from model.card import ModelError
    from training import page_job_report
    from training.backbone_facts import BackboneError
    from training.recipe import RecipeError
    from training.table import DatasetError

    if choice.status:
        return page_job_report.work(choice.status, lambda report: _kept(choice, report.at("rehearsing")))
    try:
        found = _measured(choice, lambda done, of: None)
    except (BackboneError, DatasetError, ModelError, RecipeError, page_job_report.WorkError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found.details, indent=1))
    print(
        f"{found.estimate.low_s:.0f} to {found.estimate.high_s:.0f} s, {found.estimate.needs_mb} MB of memory"
    )
    return 0


def _kept(choice: argparse.Namespace, tell: Callable[[int, int], None]) -> Path:
    found = _measured(choice, tell)
    path: Path = choice.status / rehearsal.FILE
    rehearsal.write(path, found.estimate, found.details)
    return path


def _measured(choice: argparse.Namespace, tell: Callable[[int, int], None]) -> "Found":
    from training.recipe import read

    recipe = read(choice.recipe)
    from model import quiet

    quiet.tensorflow()
    from model.export import ExportError
    from training import rehearsal_measure
    from training.finetune import TrainingError
    from training.page_job_report import WorkError

    try:
        # One that is killed leaves it behind: with its job, it is cleared away.
        with tempfile.TemporaryDirectory(prefix="rupa-rehearsal-", dir=choice.status) as folder:
            return rehearsal_measure.rehearse(recipe, choice.data, Path(folder), _since_start_s(), tell)
    except TrainingError as error:
        raise WorkError(error.code, str(error)) from error
    except ExportError as error:
        raise WorkError("no_export", rehearsal.SENTENCES["no_export"]) from error


def _since_start_s() -> float:
    """How long this process has been at it; only its work so far where the system does not say when it began."""
    ticks = progress.started_at(os.getpid())
    if not ticks or not hasattr(time, "CLOCK_BOOTTIME"):
        return time.process_time()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
