"""`python -m training report`: which evaluation, in which language, and where the file goes."""

import argparse
import sys
from pathlib import Path

from model import typed

FAILED, WRONG = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="a model's name, such as rupa-1")
    parser.add_argument(
        "--data", required=True, help="the data set that it was evaluated on, such as utkface"
    )
    parser.add_argument(
        "--split", help="which of its photos, such as validation (default: the first evaluation)"
    )
    parser.add_argument("--language", choices=("en", "id"), default="en", help="English or Indonesian")
    parser.add_argument(
        "--faces", action="store_true", help="show its 24 most confident mistakes: people's faces"
    )
    parser.add_argument("--out", type=Path, help="the file (default: report-MODEL-DATA-SPLIT.html)")


def run(choice: argparse.Namespace) -> int:
    from model import atomic
    from training import evaluations, report
    from training.prediction_table import EvaluationError

    found = [
        one
        for one in evaluations.kept()
        if one.about.model == choice.model
        and choice.data in (one.about.dataset, one.about.spec)
        and choice.split in (None, one.about.split)
    ]
    if not found:
        asked = f"--model {choice.model} --data {choice.data}" + (
            f" --split {choice.split}" if choice.split else ""
        )
        print(
            f"There is no such evaluation; {typed.python()} -m training evaluate {asked} makes it.",
            file=sys.stderr,
        )
        return WRONG
    out = choice.out or Path(report.file_name(found[0]))
    try:
        atomic.write(out, report.make(found[0], choice.language, with_faces=choice.faces).encode())
    except (EvaluationError, OSError) as error:
        print(error, file=sys.stderr)
        return FAILED
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
    return 0
