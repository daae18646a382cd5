"""The teacher's command line: `python -m training --help`."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from model import registry, typed
from training import (
    evaluate_command,
    follow_command,
    formats_command,
    inspect_command,
    jobs_command,
    preview_command,
    rehearsal_command,
    report_command,
    search_command,
    stress_command,
)

EXAMPLES = """examples (in Rupa's folder):
  {python} -m training fit --data celeba --preset quick            a new head on the shipped model, about a minute
  {python} -m training fit --data folder:photos --preset quick     the same from folders called female and male
  {python} -m training fit --data utkface,aaf,celeba --preset best the recipe of the shipped model, hours
  {python} -m training resume runs/20260101-120000                 go on after a stop, a crash or a power cut
  {python} -m training evaluate --model rupa-1 --data folder:photos --split all
  {python} -m training stress --model rupa-1 --data utkface        the same faces with headscarf, mask, in bad light ...
"""


def main(arguments: list[str] | None = None) -> int:
    choice = _parser().parse_args(arguments)
    code: int = choice.act(choice)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{typed.python()} -m training",
        description="Teach, measure and compare models.",
        epilog=EXAMPLES.format(python=typed.python()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_fit(commands)
    resume = commands.add_parser("resume", help="go on with a run where it stands")
    resume.add_argument("run", type=Path, help="the run's folder")
    resume.set_defaults(act=lambda choice: follow_command.run(choice.run))
    stop = commands.add_parser("stop", help="ask a run to save where it stands and end")
    stop.add_argument("run", type=Path, help="the run's folder")
    stop.set_defaults(act=_stop)
    jobs_command.add_commands(commands)
    rehearsal_command.add_command(commands)
    preview_command.add_command(commands)
    search_command.add_command(commands)
    _add_evaluate(commands)
    _add_prepare(commands)
    alike = commands.add_parser("neighbours", help="index the faces that a finished model was examined on")
    alike.add_argument("--model", required=True, help="the model's name")
    alike.set_defaults(act=_neighbours)
    look = commands.add_parser("inspect", help="what to know about photos before training on them")
    inspect_command.add_arguments(look)
    look.set_defaults(act=inspect_command.run)
    return parser


def _add_fit(commands: Any) -> None:
    fit = commands.add_parser(
        "fit",
        help="train a model",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EXAMPLES.format(python=typed.python()),
    )
    fit.add_argument(
        "--data",
        required=True,
        help="data sets with commas between: utkface, aaf, celeba, fairface, folder:PATH, zip:PATH",
    )
    presets = (
        "quick, quick-imagenet, quick-faces, best, seed-inceptionv3, seed-resnet50v2, seed-xception, ..."
    )
    fit.add_argument("--preset", default="quick", help=f"{presets}, or a recipe as JSON (default: quick)")
    fit.add_argument("--backbone", help="another architecture than the preset's")
    fit.add_argument(
        "--start", help='what it starts from: "random", "imagenet", "faces", or the name of a model here'
    )
    fit.add_argument("--epochs", type=int, help="epochs of each stage, instead of the preset's")
    fit.add_argument("--size", type=int, help="side of the picture that the network sees, in pixels")
    fit.add_argument("--seed", type=int, help="another order, other disturbances")
    fit.add_argument("--name", help="the finished model's name (default: the run's)")
    fit.add_argument("--out", type=Path, help="the run's folder (default: a new one under runs/)")
    fit.add_argument("--queue", action="store_true", help="let it wait its turn and train in the background")
    fit.set_defaults(act=_fit)


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser("evaluate", help="how good is a model, and for whom?")
    evaluate_command.add_arguments(evaluate)
    evaluate.set_defaults(act=evaluate_command.run)
    report = commands.add_parser("report", help="an evaluation as one HTML file that opens anywhere")
    report_command.add_arguments(report)
    report.set_defaults(act=report_command.run)
    stress = commands.add_parser(
        "stress", help="the same faces covered, dark, blurred, small: how good is it then?"
    )
    stress_command.add_arguments(stress)
    stress.set_defaults(act=stress_command.run)
    export = commands.add_parser("export", help="a finished model as ONNX, LiteRT or Keras, to use elsewhere")
    formats_command.add_arguments(export)
    export.set_defaults(act=formats_command.run)


def _add_prepare(commands: Any) -> None:
    prepare = commands.add_parser(
        "prepare",
        help="fetch a public data set, or all that a demonstration without the internet needs, once",
    )
    what = prepare.add_mutually_exclusive_group(required=True)
    what.add_argument("name", nargs="?", choices=("fairface", "fairface-validation", "celeba"))
    what.add_argument(
        "--offline-kit",
        action="store_true",
        help="photos, an evaluation and a short training for a demonstration",
    )
    prepare.add_argument(
        "--backbones",
        action="store_true",
        help="with --offline-kit: the weights of every other backbone, too",
    )
    prepare.add_argument("--yes", action="store_true", help="accept the licence without being asked")
    prepare.set_defaults(act=lambda choice: _prepare(choice, prepare))


def _fit(choice: argparse.Namespace) -> int:
    from dataclasses import replace

    from training import jobs, recipe, run_state
    from training.datasets import DatasetError, open_dataset

    try:
        wanted = recipe.read(choice.preset)
        changes: dict[str, Any] = {"backbone": choice.backbone, "start": choice.start, "seed": choice.seed}
        if choice.size:
            changes |= {"input_height": choice.size, "input_width": choice.size}
        if choice.epochs:
            changes["stages"] = tuple(replace(stage, epochs=choice.epochs) for stage in wanted.stages)
        wanted = replace(wanted, **{name: value for name, value in changes.items() if value is not None})
        if choice.queue:
            asked = jobs.Asked(tuple(choice.data.split(",")), wanted, choice.name or "")
            return jobs_command.put(asked)
        folder = choice.out or registry.home() / "runs" / time.strftime("%Y%m%d-%H%M%S")
        data = choice.data.split(",")
        for one in data:
            open_dataset(one)  # a folder that is not there is told at once, and leaves no run behind
        run_state.begin(folder, data, wanted, choice.name or folder.name.lower())
    except (DatasetError, recipe.RecipeError) as error:
        print(error, file=sys.stderr)
        return 2
    return follow_command.run(folder)


def _stop(choice: argparse.Namespace) -> int:
    from training.progress import request_stop

    request_stop(choice.run)
    print("Asked to stop; it saves where it stands first.")
    return 0


def _prepare(choice: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if choice.backbones and not choice.offline_kit:
        parser.error("--backbones goes with --offline-kit only")
    if choice.yes and choice.offline_kit:
        parser.error("--yes goes with the name of a data set only; the kit asks nothing")
    if choice.offline_kit:
        from training import offline_kit_command

        return offline_kit_command.run(follow_command.run, backbones=choice.backbones)
    from training import download
    from training.datasets import DatasetError

    def accept(licence: str) -> bool:
        print(licence)
        return choice.yes or input("Type yes to accept these terms: ").strip().lower() == "yes"

    def show(file: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(
                f"\r\033[K{file}: {done / 1e6:.0f} of {total / 1e6:.0f} MB",
                end="",
                file=sys.stderr,
                flush=True,
            )

    try:
        prepared = download.prepare(choice.name, accept=accept, progress=show)
    except (download.PrepareError, DatasetError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{prepared.name}: {prepared.photos} photos in {prepared.folder}")
    return 0


def _neighbours(choice: argparse.Namespace) -> int:
    from model.card import ModelError
    from model.neighbours import NEIGHBOURS
    from training import neighbours
    from training.prediction_table import EvaluationError

    try:
        artifact = registry.find(choice.model)
        card = neighbours.add(artifact.folder, artifact.card)
    except (ModelError, EvaluationError) as error:
        print(error, file=sys.stderr)
        return 1
    if NEIGHBOURS not in card.files:
        print("The model's folder holds no evaluation with faces; evaluate it first.", file=sys.stderr)
        return 1
    file = artifact.folder / NEIGHBOURS
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
