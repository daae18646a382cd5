"""The teacher's command line: `python -m training --help`."""

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any

from model import registry, typed
from training import (
    evaluate_command,
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
    resume.set_defaults(act=lambda choice: _follow(choice.run))
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
    prepare.set_defaults(act=_prepare)


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
    return _follow(folder)


def _follow(folder: Path) -> int:
    """Run it here, with a line that shows where it stands."""
    from training import background, jobs, run_state
    from training.progress import read_status

    if not (folder / "recipe.json").exists():
        print(f"There is no run in {folder}.", file=sys.stderr)
        return 2
    alone = jobs.trainer_lock()
    if alone is None:
        print("Another run is training on this computer; wait for it, or use fit --queue.", file=sys.stderr)
        return 2
    busy = run_state.at_work(folder)  # which asks for the run's lock itself
    with alone, background.alone(folder) as mine:
        if busy or not mine:
            print(
                f"This run is at work already; {typed.python()} -m training runs shows how far it is.",
                file=sys.stderr,
            )
            return 2
        state = _work_here(folder)
    status = read_status(folder) or {}
    if state != "done":
        reason = status.get("reason") or f"{typed.python()} -m training resume {folder} goes on"
        print(f"\n{state}: {reason}", file=sys.stderr)
        return 1
    if not (folder / "model").exists():
        print(f"\nDone: {typed.python()} -m training search --show {folder.name} shows what it has tried.")
        return 0
    print(f"\nDone: {folder / 'model'}")
    _print_card(folder / "model")
    return 0


def _work_here(folder: Path) -> str:
    from model import quiet
    from training import worker
    from training.progress import forget_stop_request, read_status

    quiet.tensorflow()
    forget_stop_request(folder)
    over = threading.Event()

    def show() -> None:
        while not over.wait(1.0):
            status = read_status(folder)
            if status and sys.stderr.isatty():
                print(f"\r\033[K{_line(status)}", end="", file=sys.stderr, flush=True)

    thread = threading.Thread(target=show, daemon=True, name="progress line")
    thread.start()
    state = worker.work_of(folder)(folder)
    over.set()
    thread.join()
    return state


def _line(status: dict[str, Any]) -> str:
    steps = status["steps"] or 0
    share = status["step"] / steps if steps else 0.0
    bar = ("█" * round(20 * share)).ljust(20, "░")
    parts = [f"{bar} {status['stage']}", f"epoch {status['epoch']} of {status['epochs']}"]
    if status["images_per_s"]:
        parts.append(f"{status['images_per_s']:.0f} photos/s")
    if status["eta_s"]:
        parts.append(f"about {max(1, round(status['eta_s'] / 60))} min left")
    if status["metrics"].get("val_accuracy"):
        parts.append(f"{100 * status['metrics']['val_accuracy']:.1f}% right")
    return " · ".join(parts)


def _print_card(folder: Path) -> None:
    from model import card

    for name, result in card.read(folder).results.items():
        low, high = result["accuracy_interval"]
        print(
            f"  {name}: {100 * result['accuracy']:.1f}% right ({100 * low:.1f} to {100 * high:.1f}) of {result['n']}, "
            f"{100 * result['answered']:.0f}% answered"
        )


def _stop(choice: argparse.Namespace) -> int:
    from training.progress import request_stop

    request_stop(choice.run)
    print("Asked to stop; it saves where it stands first.")
    return 0


def _prepare(choice: argparse.Namespace) -> int:
    if choice.offline_kit:
        from training import offline_kit_command

        return offline_kit_command.run(_follow, backbones=choice.backbones)
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
