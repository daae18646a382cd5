"""Whether a model saw photos that another is judged on: counted where it is known, and said where it may be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model import card as cards
from model import registry
from tests.model import small_network
from tests.training import tables
from training import choices, gate, learnt
from training.choices import Choice
from training.datasets import HeldPhoto, in_memory
from training.learnt import Met

Made = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A run whose model began from `start`, learnt from these photos and is judged on those, where anybody knows."""
    monkeypatch.setattr(registry, "home", lambda: tmp_path)
    small_network.artifact(tmp_path / "small")
    card = cards.read(tmp_path / "small")

    def run(
        name: str, learns: str | None, judged: str | None = None, start: str = "faces", prefix: str = ""
    ) -> Path:
        folder = tmp_path / "runs" / name
        (folder / "model").mkdir(parents=True)
        cards.write(folder / "model", replace(card, name=name, recipe={"start": start}))
        for kind, photos in ((learnt.LEARNT, learns), (learnt.JUDGED, judged)):
            if photos is not None:
                held = [HeldPhoto(f"{prefix}{letter}.jpg", 0, letter.encode()) for letter in photos]
                learnt.keep(folder / kind, [(in_memory(held), np.arange(len(held)))])
        return folder

    return run


def test_photos_are_known_again_by_their_content_whatever_they_are_called(made: Made) -> None:
    made("before", "abcdef", "gh")
    made("after", "bdgh", "afx", start="before", prefix="class/")

    assert learnt.met("before", "after", []) == Met(seen=2, of=3)
    [line] = gate.began(registry.find("after"), [])
    assert line.text == (
        "before, from which after began, saw 2 of these 3 photos while it learnt; so after looks better than it is."
    )
    assert list(gate._unfair(registry.find("after"), "before", [])) == []


def test_where_it_saw_none_of_them_nothing_is_said(made: Made) -> None:
    made("before", "abc")
    made("after", "abc", "xyz", start="before")

    assert learnt.met("before", "after", []) is None
    assert list(gate.began(registry.find("after"), [])) == []


def test_what_a_model_further_back_saw_counts_too(made: Made) -> None:
    made("first", "ax")
    made("second", "b", start="first")
    made("third", "c", "x", start="second")

    assert learnt.met("second", "third", []) == Met(seen=1, of=1)


def test_where_nobody_wrote_down_what_a_model_learnt_from_it_may_have_seen_them(made: Made) -> None:
    made("old", None)
    made("lost", "a", start="deleted")
    made("new", "c", "x")

    assert learnt.met("old", "new", []) == learnt.met("lost", "new", []) == Met(seen=None, of=1)
    [line] = gate._unfair(registry.find("new"), "old", [])
    assert line.text == "old may have learnt from some of these photos; then that is unfair to the new model."


@pytest.mark.parametrize(
    ("source", "shares", "may"),
    [
        ("utkface", {"train": 0.7, "validation": 0.2, "test": 0.1}, True),
        ("utkface", {}, False),
        ("folder:/photos", {"train": 0.7, "validation": 0.2, "test": 0.1}, False),
    ],
)
def test_the_shipped_model_may_have_seen_published_photos_that_are_dealt_anew(
    made: Made, source: str, shares: dict[str, float], may: bool
) -> None:
    made("new", "c", "x", start="rupa-1")
    photos = {"train": ("a",), "validation": ("b",), "test": ("c",)}
    spec = choices.keep(Choice("photos", (source,), photos, {"shares": shares}))

    found = learnt.met("rupa-1", "new", [tables.about(spec=spec)])

    assert found == (Met(seen=None, of=1) if may else None)


def test_marks_are_written_once_and_hold_nothing_but_themselves(made: Made) -> None:
    path = made("run", "abc") / learnt.LEARNT
    before = path.read_bytes()

    learnt.keep(path, [])

    assert path.read_bytes() == before
    assert len(before) == 3 * 8


def test_a_spoilt_file_is_none(made: Made) -> None:
    (made("before", "abc") / learnt.LEARNT).write_bytes(b"odd")
    made("after", "c", "a")

    assert learnt.met("before", "after", []) == Met(seen=None, of=1)
