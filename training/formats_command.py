"""`python -m training export`: which model, in which format, compared on which faces, and where it goes."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from training import evaluate_command, formats
from training.formats import KINDS, FormatError

if TYPE_CHECKING:
    from training.formats_parity import Parity
    from training.formats_write import At

FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, help="a model's name, such as rupa-1")
    parser.add_argument(
        "--to",
        required=True,
        choices=KINDS,
        help="ONNX for onnxruntime, LiteRT for phones and browsers, with eight-bit numbers for small devices",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="a new folder, or a new file that ends in .zip (default: kept by the app, for its Train page)",
    )
    faces = parser.add_mutually_exclusive_group()
    faces.add_argument(
        "--data",
        help="compare on faces of this data set (default: one that the model learnt from, or any here)",
    )
    faces.add_argument(
        "--faces", type=Path, metavar="FILE.npy", help="compare on these aligned faces, uint8 N x S x S x 3"
    )
    evaluate_command.add_status(parser)


def run(choice: argparse.Namespace) -> int:
    """Write, compare, and say so; a fault is one sentence on stderr."""
    from model.card import ModelError
    from training import formats_parity
    from training.table import DatasetError

    if choice.status:
        from training import page_job_report

        def do(report: page_job_report.Report) -> Path:
            return _written(choice, report.at)[0]

        return page_job_report.work(choice.status, do)
    try:
        out, parity = _written(choice, lambda stage: evaluate_command.line() if stage == "faces" else _silent)
    except (DatasetError, FormatError, ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return FAILED
    print("\n".join([*formats_parity.as_text(parity), f"It is in {out}"]))
    return 0


def _written(choice: argparse.Namespace, at: "At") -> "tuple[Path, Parity]":
    from model import registry
    from training import formats_faces, formats_write

    artifact = registry.find(choice.model)
    if choice.faces:
        faces = formats_faces.of_file(choice.faces, artifact.card)
    elif choice.data:
        faces = formats_faces.of_data(choice.data, artifact.card, at("faces"))
    else:
        faces = formats_faces.of_whatever_is_here(artifact.card, at("faces"))
    out = choice.out or formats.place(artifact.name, choice.to)
    return out, formats_write.write(artifact, choice.to, faces, out, at)


def _silent(done: int, of: int) -> None:
    """All but the faces takes one long step."""
