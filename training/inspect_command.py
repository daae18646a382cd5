"""`python -m training inspect`: what to know about photos before training on them, printed, or kept for a page."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from training import evaluate_command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, help="a data set, folder:PATH or zip:PATH")
    parser.add_argument("--unpack", action="store_true", help="unpack the zip, and look at nothing")
    evaluate_command.add_status(parser)


def run(choice: argparse.Namespace) -> int:
    from training import inspect_seen, inspection
    from training.datasets import DatasetError, open_dataset

    if choice.status:
        from training import page_job_report

        if choice.unpack:
            return page_job_report.work(choice.status, lambda _: _unpacked(choice.data))
        return page_job_report.work(choice.status, lambda report: _seen(choice.data, report.at("looking")))
    try:
        dataset = open_dataset(choice.data)
        if choice.unpack:
            return 0
        seen = inspect_seen.look(dataset, evaluate_command.line())
    except DatasetError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{dataset.name}: {len(dataset)} photos. {dataset.licence}")
    for finding in inspection.inspect_both(dataset, seen):
        print(f"- {finding.advice}")
    return 0


def _unpacked(spec: str) -> Path:
    """Open the zip, which unpacks it, and say where its photos lie."""
    from training import unpacked
    from training.datasets import open_dataset

    open_dataset(spec)
    return unpacked.place(Path(spec.partition(":")[2]))


def _seen(spec: str, progress: Callable[[int, int], None]) -> Path:
    """Look, keep what was seen, and say where."""
    from training import choices, inspect_seen
    from training.datasets import open_dataset

    dataset = open_dataset(spec)
    path = inspect_seen.place(dataset, choices.sources_of(spec))
    if inspect_seen.read(path, len(dataset)) is None:
        inspect_seen.write(path, inspect_seen.look(dataset, progress))
    return path
