"""What people said of doubtful labels, kept beside the data: one CSV a data set, one line a photo.

A vote is on a photo and the label it had then, and counts for every model that is looked at with these photos; once
the label has been mended, the vote no longer counts. The file is replaced whole, and read as if a stranger had
written it.
"""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from model import atomic, registry
from model.card import LABELS
from training import background, statistics
from training.answers import Answers
from training.prediction_table import MAX_WORD
from training.statistics import Estimate

Vote = Literal["wrong", "right", "cannot_tell"]
VOTES: tuple[Vote, ...] = get_args(Vote)
MAX_VOTES = 20_000
MAX_BYTES = 16 * 2**20
COLUMNS = ("id", "vote", "label", "at")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")

SENTENCES = {
    "votes_full": "There are {most:,} votes already, and no more are taken.",
    "votes_failed": "The vote was not kept, because the disk did not take it; the votes before it are still there.",
    "votes_damaged": "The file of votes {file} is damaged; mend it or move it away, then vote.",
}


class VoteError(Exception):
    """Nothing was kept, for the reason that `code` names; the text is the sentence for the person."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Cast:
    """A vote on the photo's label as it was then, and when (ISO)."""

    vote: Vote
    label: int
    at: str


@dataclass(frozen=True)
class Outcome:
    """Accuracy as labelled, and as it would be if the votes are right. `counted` votes are on faces that are here.

    `only_on_errors`: nobody looked at a right answer's label, so the second figure cannot be the lower one.
    """

    labelled: Estimate | None
    voted: Estimate | None
    counted: int
    only_on_errors: bool


def file(photos: str) -> Path:
    """Where the votes on these photos lie; a name that is no plain word is told by its digest."""
    name = photos if _PLAIN.fullmatch(photos) else f"own-{hashlib.sha256(photos.encode()).hexdigest()[:16]}"
    return registry.home() / "data" / "votes" / f"{name}.csv"


def read(photos: str) -> dict[str, Cast]:
    """Every vote on these photos, by the photo's id; raises `VoteError` where the file is none of ours."""
    path = file(photos)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise VoteError("votes_damaged", file=path.name)
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise VoteError("votes_damaged", file=path.name) from error
    found = {}
    for row in rows:
        if (known := _cast(row)) is None:
            raise VoteError("votes_damaged", file=path.name)
        found[_plain(row["id"])] = known
    return found


def cast(
    photos: str,
    id_: str,
    vote: Vote | None,
    label: int,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Keep this vote in place of an earlier one on the same photo; None takes the earlier one back."""
    path = file(photos)
    try:
        with background.turn(path.with_name(".lock")):
            votes = read(photos)
            votes.pop(id_, None)
            if vote is not None:
                if len(votes) >= MAX_VOTES:
                    raise VoteError("votes_full", most=MAX_VOTES)
                votes[id_] = Cast(vote, label, now().isoformat(timespec="seconds"))
            atomic.write(path, _written(votes))
    except OSError as error:
        raise VoteError("votes_failed") from error


def outcome(answers: Answers, places: Mapping[str, int], votes: Mapping[str, Cast]) -> Outcome:
    """What the votes do to the accuracy: a wrong label is the other one, a face nobody can tell is left out.

    `places` says where among the answers the face of each photo is.
    """
    right = answers.right.copy()
    kept = np.ones(len(right), dtype=bool)
    counted, on_errors = 0, 0
    for id_, vote in votes.items():
        place = places.get(id_)
        if place is None or vote.label != answers.labels[place]:
            continue
        counted += 1
        on_errors += not answers.right[place]
        if vote.vote == "wrong":
            right[place] = not right[place]
        kept[place] = vote.vote != "cannot_tell"
    return Outcome(
        statistics.proportion(int(answers.right.sum()), len(right)),
        statistics.proportion(int(right[kept].sum()), int(kept.sum())),
        counted,
        counted == on_errors,
    )


def _cast(row: Mapping[str | None, object]) -> Cast | None:
    id_, vote, label, at = (row.get(name) for name in COLUMNS)
    if not (isinstance(id_, str) and 0 < len(id_) <= MAX_WORD + 1 and isinstance(at, str)):
        return None
    if vote not in VOTES or label not in LABELS:
        return None
    try:
        datetime.fromisoformat(at)
    except ValueError:
        return None
    return Cast(vote, LABELS.index(label), at)


def _written(votes: Mapping[str, Cast]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for id_, one in votes.items():
        writer.writerow((_harmless(id_), one.vote, LABELS[one.label], one.at))
    return text.getvalue().encode()


def _harmless(id_: str) -> str:
    """As in `ui.downloads`, but also before a quote: what is read again must lose one quote and no other."""
    return f"'{id_}" if id_.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "'")) else id_


def _plain(id_: str) -> str:
    return id_.removeprefix("'")
