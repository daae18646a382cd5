"""How near the estimate before a run comes to the run: each recipe is rehearsed, then followed, on the same photos.

    python -m benchmarks.rehearsal folder:PATH [folder:PATH ...]

What the app keeps lies in a folder of its own for each, so that faces are searched for as on the first day.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

RECIPES = ("quick", "quick-imagenet")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rehearsal", description=__doc__.split("\n")[0]
    )
    parser.add_argument("data", nargs="+", help="a data set, folder:PATH or zip:PATH")
    asked = parser.parse_args()
    for data in asked.data:
        for recipe in RECIPES:
            with tempfile.TemporaryDirectory() as home:
                said, _ = _training(home, "rehearse", f"--recipe={recipe}", f"--data={data}")
                _, took_s = _training(home, "fit", f"--preset={recipe}", f"--data={data}")
            found = re.search(r"([\d.]+) to ([\d.]+) s", said)
            low, high = map(float, found.groups()) if found else (0.0, 0.0)
            ratio = 2 * took_s / (low + high) if found else float("nan")
            print(
                f"{recipe} on {data}: said {low:.0f} to {high:.0f} s, took {took_s:.0f} s, {ratio:.2f} of the middle",
                flush=True,
            )


def _training(home: str, *words: str) -> tuple[str, float]:
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "training", *words],
        env=os.environ | {"RUPA_HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return ended.stdout, time.monotonic() - began


if __name__ == "__main__":
    main()
