"""From CelebA's 5,000 aligned photos to a finished, measured model: `python -m benchmarks.training`.

Detection and crops included, learnt on the official training partition, judged on the test partition, whose people
neither the run nor `rupa-1` ever saw. Beside it stand what the student projects published for the same 5,000 photos;
their random splits let a third of the people in their test photos into training. Needs RUPA_DATA.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from model import card
from training import fit
from training.recipe import PRESETS

PUBLISHED = {"InceptionV3": 0.968, "Xception": 0.952, "ResNet50V2": 0.934}


def run(preset: str, home: Path) -> None:
    os.environ["RUPA_HOME"] = str(home)
    folder = home / "runs" / preset
    start = time.perf_counter()
    fit.begin(folder, ["celeba"], PRESETS[preset], preset)
    state = fit.go_on(folder)
    seconds = time.perf_counter() - start
    if state != "done":
        raise SystemExit((folder / "log.txt").read_text())
    [result] = card.read(folder / "model").results.values()
    low, high = result["accuracy_interval"]
    print(
        f"{preset:16} {result['accuracy']:.3f} ({low:.3f} to {high:.3f}) of {result['n']} test photos, "
        f"{seconds:.0f} s in all"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=["quick", "quick-imagenet"])
    for preset in parser.parse_args().presets:
        with tempfile.TemporaryDirectory() as home:  # nothing is left over from another run
            run(preset, Path(home))
    for name, accuracy in PUBLISHED.items():
        print(f"{name:16} {accuracy:.3f}, as published by a student project (random split, 500 test photos)")


if __name__ == "__main__":
    main()
