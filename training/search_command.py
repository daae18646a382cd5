"""`python -m training search`: look for a better recipe, in the queue like any other run."""

import argparse
import sys
from pathlib import Path
from typing import Any

from model import typed
from training import jobs


def add_command(commands: Any) -> None:
    asked = commands.add_parser(
        "search", help="try many recipes on few photos, and keep the best", description=__doc__
    )
    asked.add_argument("--data", help="data sets with commas between, as fit takes them")
    asked.add_argument("--preset", default="quick", help="what to begin from: a preset, or a recipe as JSON")
    asked.add_argument("--trials", type=int, default=20, help="how many recipes are tried (default: 20)")
    asked.add_argument("--photos", type=int, default=1000, help="to learn from in each (default: 1000)")
    asked.add_argument("--epochs", type=int, default=4, help="at most so many in each (default: 4)")
    asked.add_argument(
        "--vary", help="rate,depth,dropout,augmentation,network, or some of them (default: all)"
    )
    asked.add_argument("--seed", type=int, default=0, help="other recipes, other photos")
    asked.add_argument("--name", default="", help="what you call it")
    asked.add_argument("--show", metavar="RUN", help="what a search has tried so far, and its best recipe")
    asked.set_defaults(act=run)


def run(choice: argparse.Namespace) -> int:
    from training.recipe import RecipeError
    from training.search import SearchError

    try:
        return _show(choice.show) if choice.show else _put(choice)
    except (RecipeError, SearchError, jobs.JobError) as error:
        print(error, file=sys.stderr)
        return 2


def _put(choice: argparse.Namespace) -> int:
    from training import recipe, search, search_space

    base = recipe.read(choice.preset)
    vary = tuple(choice.vary.split(",")) if choice.vary else search_space.VARIABLE
    networks = tuple(filter(search_space.comes_taught, search_space.networks_here(base)))
    settings = search.Settings(choice.trials, choice.photos, choice.epochs, vary, networks, choice.seed)
    begun = search.begin(tuple(filter(None, (choice.data or "").split(","))), base, settings, choice.name)
    jobs.ensure_worker()
    print(
        f"{begun.id} waits its turn; {typed.python()} -m training search --show {begun.id} shows what it has tried."
    )
    return 0


def _show(id_: str) -> int:
    import json

    from training import search

    found = jobs.find(Path(id_).name)
    if found is None:
        raise jobs.JobError("gone")
    jobs.ensure_worker()
    print(f"{found.id}: {found.state}, {found.epoch} of {found.epochs} tried {found.reason or ''}".rstrip())
    if tried := search.table(found.folder).to_string(index=False):
        print(tried)
    print(json.dumps(search.winner(found.folder).as_json()))
    return 0
