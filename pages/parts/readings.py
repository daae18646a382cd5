"""Photos that have been read in this session, so that a rerun of the page does not read them again.

A reading holds its pixels, so only the last few are kept; what has been dropped is read once more when it is shown.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from model import running
from model.pipeline import Answer, Reading
from ui import cards, picture, state
from ui.uploads import Upload

MOST_KEPT = 6


@dataclass(frozen=True)
class Seen:
    """A reading and what is drawn of it; `shown` is None where there was nothing to decode."""

    reading: Reading
    shown: picture.Picture | None
    cards: tuple[cards.Card, ...]

    def frames(self) -> list[picture.Frame]:
        reading = self.reading
        return [
            picture.Frame(
                picture.shares(answer.face.box, reading.width, reading.height),
                card.answer,
                cards.words(card, number),
            )
            for number, (answer, card) in enumerate(zip(reading.faces, self.cards, strict=True))
        ]


def of(upload: Upload, *, whole_picture: bool = False) -> Seen:
    """The photo, read now or a moment ago; waits for an engine that is still warming up."""
    engine = running.get()
    data = upload.read()
    told_apart_by = (upload.name, str(whole_picture), engine.artifact.name)
    key = hashlib.sha256(data + "\0".join(told_apart_by).encode("utf-8", "surrogatepass")).hexdigest()
    known: OrderedDict[str, Seen] = state.kept("photo.seen", OrderedDict)
    if key not in known:
        known[key] = _drawn(engine.pipeline.read(data, file=upload.name, whole_picture=whole_picture))
    known.move_to_end(key)
    while len(known) > MOST_KEPT:
        known.popitem(last=False)
    return known[key]


def card(answer: Answer) -> cards.Card:
    return cards.Card(answer.label, answer.probabilities["female"], cards.crop_of(answer.crop))


def _drawn(reading: Reading) -> Seen:
    shown = picture.ready(reading.pixels) if reading.pixels is not None else None
    return Seen(reading, shown, _cards(reading.faces))


def _cards(faces: Sequence[Answer]) -> tuple[cards.Card, ...]:
    return tuple(card(answer) for answer in faces)
