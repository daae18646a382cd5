"""How long each architecture looks at a face, beside the shipped model's: the `effort` of `training/backbone_facts.py`.

    python -m benchmarks.backbone_effort

Each at its own usual size, untaught, in batches of 16, in turns with the shipped one's architecture at its size.
"""

import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from training.backbones import BACKBONES, build

BATCH, TURNS = 16, 4
SHIPPED, SHIPPED_PX = "face_resnet", 160


def main() -> None:
    shipped, its_photos = _made(SHIPPED, SHIPPED_PX)
    for name, known in BACKBONES.items():
        network, photos = _made(name, known.input_px)
        ratios = []
        for turn in range(TURNS):
            ours, theirs = _seconds(network, photos), _seconds(shipped, its_photos)
            if turn:  # the first turn builds the graphs
                ratios.append(ours / theirs)
        print(
            f"{name:20} {known.input_px:4} px  {statistics.median(ratios):6.2f} times the shipped one",
            flush=True,
        )
        del network


def _made(name: str, side: int) -> tuple[keras.Model, np.ndarray]:
    photos = np.random.default_rng(0).uniform(0, 255, (BATCH, side, side, 3)).astype(np.float32)
    return build(name, (side, side, 3)), photos


def _seconds(network: keras.Model, photos: np.ndarray) -> float:
    began = time.perf_counter()
    network.predict_on_batch(photos)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
