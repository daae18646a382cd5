"""The About page says what the card says, and copes with a card that says less or nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from model import registry, running
from pages.parts import card_groups
from tests.pages.shown import words
from training import statistics
from ui import theme

PAGE = Path(__file__).resolve().parents[2] / "pages" / "about.py"
RUPA_1 = registry.SHIPPED / "rupa-1"


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=30)
    app.query_params["lang"] = spoken
    return app.run()


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a shipped model that a test may change, and no model that runs already."""
    folder = tmp_path / "artifacts" / "rupa-1"
    folder.mkdir(parents=True)
    shutil.copy(RUPA_1 / "card.json", folder)
    monkeypatch.setattr(registry, "SHIPPED", folder.parent)
    monkeypatch.setattr(registry, "home", lambda: tmp_path)
    monkeypatch.setattr(running, "status", lambda: running.Status("warming"))
    return folder


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    change(card)
    (folder / "card.json").write_text(json.dumps(card))


def test_every_sentence_and_number_is_the_cards() -> None:
    card = registry.find("rupa-1").card
    app = visit()
    told = words(app)

    assert not app.exception
    assert all(sentence in told for sentence in (*card.fails_on, *card.not_for))
    assert all(
        f"{source.photos:,} photos" in told and source.licence.rpartition(": ")[2] in told
        for source in card.trained_on
    )
    assert [figure.value for figure in app.metric] == ["94.8%", "87.2%", "50.6%"]
    assert "CelebA, test photos: 98.8% right" in told


def test_the_card_does_not_call_a_difference_one_that_its_figures_cannot_tell() -> None:
    card = registry.find("rupa-1").card
    cells = card.results["utkface-validation"]["confusion"]
    women, men = cells["female"], cells["male"]
    apart = statistics.difference(men["male"], sum(men.values()), women["female"], sum(women.values()))
    assert apart

    [said] = [one for one in card.fails_on if "women and" in one]

    shares = (women["female"] / sum(women.values()), men["male"] / sum(men.values()))
    assert "{:.1%} of women and {:.1%} of men are right".format(*shares) in said
    assert f"({100 * apart.value:.1f} points, {100 * apart.low:.1f} to {100 * apart.high:.1f})" in said
    assert apart.low < 0 < apart.high
    assert "cannot be told" in said


def test_the_bars_of_faces_as_they_are_are_said_to_differ_from_the_figures_above() -> None:
    assert words(visit()).count("differ a little from those above.") == 1


def test_in_indonesian_nothing_of_the_card_stays_english() -> None:
    card = registry.find("rupa-1").card
    app = visit("id")
    told = words(app)

    assert not app.exception
    english = (
        *card.fails_on,
        *card.not_for,
        *(source.licence.rpartition(": ")[2] for source in card.trained_on),
    )
    assert [sentence for sentence in english if sentence in told] == []
    assert [figure.value for figure in app.metric] == ["94,8%", "87,2%", "50,6%"]


def test_groups_stand_worst_first_with_their_intervals_and_sizes() -> None:
    result = registry.find("rupa-1").card.results["utkface-validation"]

    ages = card_groups.by_group(result, "age")
    labels = card_groups.by_label(result)

    assert ages[0].name == "0-2 years"
    assert (ages[0].share, ages[0].low) == pytest.approx((0.693, 0.619), abs=0.001)
    assert ages[0].note == "163 faces"
    assert [bar.share for bar in ages] == sorted(bar.share for bar in ages)
    assert [(bar.name, bar.note, bar.colour) for bar in labels] == [
        ("Women", "1,227 faces", theme.FEMALE),
        ("Men", "1,256 faces", theme.MALE),
    ]


def test_a_bar_that_rests_on_few_faces_is_pale() -> None:
    few = {"groups": {"age": {"70+": {"n": 49, "accuracy": 0.9, "accuracy_interval": [0.8, 0.95]}}}}

    [bar] = card_groups.by_group(few, "age")

    assert bar.faint
    assert not any(
        b.faint
        for b in card_groups.by_group(registry.find("rupa-1").card.results["utkface-validation"], "race")
    )


def test_a_card_without_groups_shows_what_it_has(shipped: Path) -> None:
    rewrite(shipped, lambda card: card["results"]["utkface-validation"].pop("groups"))

    app = visit()

    assert not app.exception
    assert len(app.metric) == 3
    assert app.subheader[0].value == "Women and men"


def test_a_card_without_results_shows_what_it_has(shipped: Path) -> None:
    rewrite(shipped, lambda card: card.update(results={}))

    app = visit()

    assert not app.exception
    assert len(app.metric) == 0
    assert "Where it fails" in [heading.value for heading in app.header]


def test_half_a_measurement_is_left_out(shipped: Path) -> None:
    rewrite(shipped, lambda card: card.update(results={"mine-validation": {"accuracy": 0.9, "n": 10}}))

    app = visit()

    assert not app.exception
    assert len(app.metric) == 0


def test_a_broken_card_is_one_sentence_and_the_reasons_stay(shipped: Path) -> None:
    (shipped / "card.json").write_text("{")

    app = visit()

    assert not app.exception
    assert [shown.value for shown in app.error] == [
        "There is no model here that can be used; train one first, or restore model/artifacts."
    ]
    assert "**There is a simpler way.**" in words(app)
