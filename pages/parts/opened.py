"""The face whose panel is open, and what the session remembers for it under a name of its own."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from model.faces import Landmarks, Pixels
from model.pipeline import Answer, Reading
from ui import state

MOST_REMEMBERED = 64  # of all faces of a visit; a map of the evidence has 0.2 MB

Value = TypeVar("Value")


@dataclass(frozen=True)
class Opened:
    """`key` names this face on this page, and another face never has it."""

    reading: Reading
    answer: Answer
    key: str

    @property
    def likelier(self) -> int:
        """Index of the likelier answer, also where the model is not sure of it."""
        return int(self.answer.probabilities["male"] > self.answer.probabilities["female"])

    @property
    def pixels(self) -> Pixels:
        """The photo, or the crop where the photo is no longer at hand."""
        return self.answer.crop if self.reading.pixels is None else self.reading.pixels

    @property
    def landmarks(self) -> Landmarks:
        """In pixels of `pixels`; not numbers where there is no photo, or it was taken whole."""
        if self.reading.pixels is None:
            return np.full((5, 2), np.nan, np.float32)
        height, width = self.reading.pixels.shape[:2]
        return self.answer.face.scaled(width / self.reading.width, height / self.reading.height).landmarks

    def remembered(self, name: str, make: Callable[[], Value]) -> Value:
        """Worked out once for this face; again where since then so much was worked out for others."""
        known: OrderedDict[tuple[str, str], object] = state.kept("face.remembered", OrderedDict)
        what = (name, self.key)
        if what not in known:
            known[what] = make()
        known.move_to_end(what)
        while len(known) > MOST_REMEMBERED:
            known.popitem(last=False)
        return cast(Value, known[what])


def menu_key(key: str) -> str:
    return f"rupa.panel.{key}"
