"""A run that is taught in this terminal: how far it is meanwhile, and what came of it."""

import sys
import threading
from pathlib import Path
from typing import Any

from model import registry, typed


def run(folder: Path) -> int:
    """Work on it here, with a line that shows where it stands; the exit status."""
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
    if folder.resolve().parent == (registry.home() / "runs").resolve():
        print(f"To let it answer: {typed.python()} -m training promote {folder.name}")
    return 0


def _work_here(folder: Path) -> str:
    from model import quiet
    from training import run_state, worker
    from training.progress import forget_stop_request, read_status

    quiet.tensorflow()
    forget_stop_request(folder)
    over = threading.Event()
    begun = run_state.read(folder)
    unit = "try" if begun and begun.trials else "epoch"

    def show() -> None:
        shown = None
        while not over.wait(1.0):
            status = read_status(folder)
            if status and sys.stderr.isatty():
                print(f"\r\033[K{_bar(status)} {line(status, unit)}", end="", file=sys.stderr, flush=True)
            elif status and (status["stage"], status["epoch"]) != shown:
                shown = status["stage"], status["epoch"]
                print(line(status, unit), file=sys.stderr, flush=True)  # into a file, or to another program

    thread = threading.Thread(target=show, daemon=True, name="progress line")
    thread.start()
    state = worker.work_of(folder)(folder)
    over.set()
    thread.join()
    return state


def _bar(status: dict[str, Any]) -> str:
    steps = status["steps"] or 0
    share = status["step"] / steps if steps else 0.0
    return ("█" * round(20 * share)).ljust(20, "░")


def line(status: dict[str, Any], unit: str = "epoch") -> str:
    """Where a run stands; the `unit` of a search is a try."""
    parts = [status["stage"], f"{unit} {status['epoch']} of {status['epochs']}"]
    if status["images_per_s"]:
        parts.append(f"{status['images_per_s']:.0f} photos/s")
    if status["eta_s"]:
        parts.append(f"about {max(1, round(status['eta_s'] / 60))} min left")
    if status["metrics"].get("val_accuracy"):
        parts.append(f"{100 * status['metrics']['val_accuracy']:.1f}% right")
    return " · ".join(parts)


def _print_card(folder: Path) -> None:
    from model import card
    from words.speech import Speech

    english = Speech("en")
    for name, result in card.read(folder).results.items():
        low, high = (english.of_100(end, 1) for end in result["accuracy_interval"])
        print(
            f"  {name}: {english.percent(result['accuracy'], 1)} right ({low} to {high}) of {result['n']}, "
            f"{english.percent(result['answered'])} answered"
        )
