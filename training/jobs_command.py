"""`python -m training runs, work, judge, promote`: runs, and what becomes of them, in a terminal."""

import argparse
import sys
from pathlib import Path
from typing import Any

from model import registry, typed
from training import evaluate_command, jobs, worker
from training.run_state import Run


def add_commands(commands: Any) -> None:
    """`fit --queue` is beside `fit`."""
    listed = commands.add_parser("runs", help="every run, the newest first")
    listed.set_defaults(act=lambda choice: _runs())
    work = commands.add_parser("work", help="take the runs of the queue in turn until none is left")
    work.add_argument("--lock", type=int, metavar="FD", help="the worker's lock, held already")
    work.add_argument("--only", metavar="RUN", help="only this run, beside whoever works elsewhere")
    work.set_defaults(
        act=lambda choice: worker.work_on(choice.only) if choice.only else worker.work(choice.lock)
    )
    judge = commands.add_parser(
        "judge", help="evaluate a model on the photos that a run's model was judged on"
    )
    judge.add_argument("--model", required=True, help="a model's name")
    judge.add_argument("--run", required=True, help="the run's name")
    evaluate_command.add_status(judge)
    judge.set_defaults(act=_judge)
    promote = commands.add_parser(
        "promote", help="let a model answer, where it is better than the one that does"
    )
    promote.add_argument(
        "model", nargs="?", help="its name or its run's folder; without one, say which changes there were"
    )
    promote.add_argument("--reason", help="why it should answer though it is not known to be better")
    promote.add_argument("--back", action="store_true", help="let the model before this one answer again")
    promote.set_defaults(act=_promote)


def put(asked: jobs.Asked) -> int:
    """Into the queue, and see that somebody works on it."""
    try:
        run = jobs.enqueue(asked)
    except jobs.JobError as error:
        print(error, file=sys.stderr)
        return 1
    jobs.ensure_worker()
    print(f"{run.id} waits its turn; {typed.python()} -m training runs shows how far it is.")
    return 0


def _runs() -> int:
    jobs.ensure_worker()
    for run in (found := jobs.runs()):
        print(line(run))
    if not found:
        print(f"None yet; {typed.python()} -m training fit --data folder:photos begins one.")
    return 0


def line(run: Run) -> str:
    right = run.metrics.get("val_accuracy")
    said = f"{100 * right:.1f}% right" if isinstance(right, float) else ""
    where, unit = f"on {run.host}" if run.host else "", "try" if run.trials else "epoch"
    parts = [f"{run.id:32} {run.state:8} {unit} {run.epoch} of {run.epochs}", said, where, run.reason or ""]
    return " · ".join(filter(None, parts))


def _judge(choice: argparse.Namespace) -> int:
    from model.card import ModelError
    from training import page_job_report
    from training.prediction_table import EvaluationError
    from training.table import DatasetError

    def judged(step: Any) -> Path:
        from training import beside, fit

        run = jobs.find(choice.run)
        if run is None:
            raise ModelError("model_unknown", name=choice.run[:64])
        made = beside.ask(registry.find(choice.model), fit.judged_of(run.folder), step)
        if not made:
            raise EvaluationError("no_common_photos")
        return made[0]

    if choice.status:
        return page_job_report.work(choice.status, lambda report: judged(report.at("asking")))
    try:
        print(judged(lambda done, of: None))
    except (DatasetError, EvaluationError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _promote(choice: argparse.Namespace) -> int:
    from model.card import ModelError
    from training import gate, promotion
    from training.prediction_table import EvaluationError

    try:
        if choice.back:
            print(f"{promotion.roll_back().after} answers again.")
        elif choice.model:
            name = _name(choice.model)
            for said in gate.gate(name, promotion.active()).lines:
                print(said.text)
            print(f"{promotion.promote(name, choice.reason).after} answers from now on.")
        else:
            for change in (changes := promotion.history()):
                print(
                    f"{change.when}  {change.before} -> {change.after}  {change.reason or change.verdict or ''}"
                )
            if not changes:
                print(f"None yet; {typed.python()} -m training promote NAME lets another model answer.")
                print(_there_are())
    except (promotion.PromotionError, ModelError, EvaluationError) as error:
        print(error, file=sys.stderr)
        if getattr(error, "code", None) == "model_unknown":
            print(_there_are(), file=sys.stderr)
        return 1
    return 0


def _name(said: str) -> str:
    """The model's name, also where its run's folder was typed, as `resume` takes it, or what `fit` told at its end."""
    folder = Path(said).resolve()
    folder = folder.parent if folder.name == "model" else folder
    return folder.name if folder.parent == (registry.home() / "runs").resolve() else said


def _there_are() -> str:
    return f"There are: {', '.join(registry.names())}."
