"""Photos that have been read in this session, so that a rerun of the page does not read them again.

A reading holds its pixels, so only the last few are kept; what has been dropped is read once more when it is shown.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model import running, turns
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


def of(upload: Upload, *, told: Callable[[int], object], whole_picture: bool = False) -> Seen:
    """The photo, read now or a moment ago; waits for an engine that is still warming up.

    Where many come at once, this one is `told` its place in the line until it is its turn.
    """
    pipeline = running.get().pipeline
    data = upload.read()
    key = _key(upload.name, data, whole_picture)
    seen = _known().get(key)
    if seen is None:
        with turns.PHOTOS.turn(told):
            seen = _drawn(pipeline.read(data, file=upload.name, whole_picture=whole_picture))
    # A refusal that passes, such as "busy", is no answer to remember.
    if seen.reading.error is None or seen.reading.error.code == "no_face":
        _keep(key, seen)
    return seen


def remember(upload: Upload, read: Callable[[int], Reading]) -> None:
    """Let this photo be shown as it was read before; `read` gets the side of the crops that the model sees."""
    key = _key(upload.name, upload.read(), False)
    _keep(key, _known().get(key) or _drawn(read(running.get().artifact.card.input_size)))


def _key(name: str, data: bytes, whole_picture: bool) -> str:
    told_apart_by = (name, str(whole_picture), running.get().artifact.name)
    return hashlib.sha256(data + "\0".join(told_apart_by).encode("utf-8", "surrogatepass")).hexdigest()


def _known() -> OrderedDict[str, Seen]:
    known: OrderedDict[str, Seen] = state.kept("photo.seen", OrderedDict)
    return known


def _keep(key: str, seen: Seen) -> None:
    known = _known()
    known[key] = seen
    known.move_to_end(key)
    while len(known) > MOST_KEPT:
        known.popitem(last=False)


def card(answer: Answer) -> cards.Card:
    return cards.Card(answer.label, answer.probabilities["female"], cards.crop_of(answer.crop))


def _drawn(reading: Reading) -> Seen:
    shown = picture.ready(reading.pixels) if reading.pixels is not None else None
    return Seen(reading, shown, _cards(reading.faces))


def _cards(faces: Sequence[Answer]) -> tuple[cards.Card, ...]:
    return tuple(card(answer) for answer in faces)
