"""The Evaluate page says what the table says, and copes with tables that say less, or something else."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import evaluate_chips, evaluate_seen
from tests.pages.shown import words
from tests.training.tables import about, exact, table
from training import evaluations, lessons, prediction_table
from training.evaluations import Kept
from training.view import View

PAGE = Path(__file__).resolve().parents[2] / "pages" / "evaluate.py"
HOME_ONLY = "mine"


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=30)
    app.query_params["lang"] = spoken
    return app.run()


def headline(app: AppTest) -> dict[str, str]:
    """Each figure of the headline by its name."""
    [html] = [one.proto.body for one in app.get("html") if 'class="evaluate-h' in one.proto.body]
    figures = dict(re.findall(r"<dt>(.*?)</dt><dd><b>(.*?)</b>", html))
    return figures | {"right": re.findall(r"<p><b>(.*?)</b>", html)[0]}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the only evaluations are those that a test puts there."""
    monkeypatch.setattr(registry, "home", lambda: tmp_path)
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "artifacts")
    return tmp_path


def put(home: Path, rows: pd.DataFrame, **changes: object) -> Path:
    path = evaluations.folder(HOME_ONLY, home) / "evaluation-photos-all.parquet"
    prediction_table.write(path, rows, about(**changes))
    return path


def test_the_shipped_model_is_shown_first_with_its_cards_figures() -> None:
    result = registry.find("rupa-1").card.results["utkface-validation"]

    app = visit()

    assert not app.exception
    figures = headline(app)
    assert figures["right"] == f"{result['accuracy']:.1%}"
    assert figures["Women recognised"] == f"{result['recall']['female']:.1%}"
    assert figures["Men recognised"] == f"{result['recall']['male']:.1%}"
    assert figures["Sure enough to answer"] == f"{result['answered']:.1%}"
    assert figures["Right when it is sure"] == f"{result['accuracy_when_sure']:.1%}"
    told = words(app)
    assert "In 9 of 2,492 photos the detector found nobody" in told
    assert re.search(r"All [\d,]+ figures match the card", told)
    assert not app.error


def test_in_indonesian_the_page_speaks_indonesian() -> None:
    app = visit("id")

    assert not app.exception
    assert app.title[0].value == "Seberapa baik, dan untuk siapa?"
    assert headline(app)["right"] == "94,8%"


def test_the_sliders_move_every_figure_and_lead_back(home: Path) -> None:
    rows = table(n=3000)
    put(home, rows)
    seen = rows[rows["found"]]
    labels, scores = seen["label"].to_numpy(), seen["p_male"].to_numpy(dtype=float)

    app = visit()
    before = headline(app)
    threshold, sure = app.slider[0], app.slider[1]
    threshold.set_value(70).run()
    sure.set_value(90.0).run()

    answered = scores > 0.7
    certain = np.where(answered, scores, 1 - scores) >= 0.9
    figures = headline(app)
    assert figures["right"] == f"{metrics.accuracy_score(labels, answered):.1%}"
    assert figures["Women recognised"] == f"{metrics.recall_score(labels, answered, pos_label=0):.1%}"
    assert figures["F1 of “male”"] == f"{metrics.f1_score(labels, answered):.1%}"
    assert figures["Sure enough to answer"] == f"{certain.mean():.1%}"
    assert figures["Right when it is sure"] == f"{(labels == answered)[certain].mean():.1%}"
    app.button(key="rupa-evaluate-back").click().run()
    assert headline(app) == before


def test_a_cell_opens_its_faces_and_a_group_narrows_the_page(home: Path) -> None:
    rows = table(n=600)
    put(home, rows)
    view = View.of(rows, about())
    counts = view.groups(view.at(), "race")["Black"]

    app = visit()
    app.selectbox[2].set_value(("race", "Black")).run()

    assert headline(app)["right"] == f"{counts.right / counts.n:.1%}"
    assert f"about these **{counts.n} faces** only" in words(app)
    taken_off = [one for one in app.button if one.key == "rupa-chip-race-Black"]
    taken_off[0].click().run()
    assert "faces** only" not in words(app)


def test_no_evaluation_at_all_is_a_sentence(home: Path) -> None:
    app = visit()

    assert not app.exception
    assert "Nobody has examined a model here yet" in words(app)


def test_a_file_damaged_after_it_was_listed_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(home, table(n=50))
    listed = evaluations.kept()
    path.write_bytes(path.read_bytes()[:-200])
    monkeypatch.setattr(evaluations, "kept", lambda: listed)

    app = visit()

    assert not app.exception
    assert [one.value for one in app.error] == [
        "The evaluation evaluation-photos-all.parquet is damaged or not one of Rupa's; run it again."
    ]


EDGES = {
    "one class only": exact([[40, 10], [0, 0]]),
    "all right": exact([[40, 0], [0, 40]]),
    "all wrong": exact([[0, 40], [40, 0]]),
    "one face": exact([[1, 0], [0, 0]]),
    "never sure": exact([[40, 3], [2, 40]], p=0.6),
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("tab", ["ROC", "Calibration"])
def test_the_edges_show_sentences_and_no_error(home: Path, edge: str, tab: str) -> None:
    put(home, EDGES[edge])
    app = AppTest.from_file(PAGE, default_timeout=30)
    app.session_state["rupa.evaluate.tab"] = tab
    for lesson in ("shuffled", "lopsided", "strangers", "noise"):
        app.session_state[f"rupa.evaluate.lesson.{lesson}"] = True

    app.run()

    assert not app.exception
    told = words(app)
    assert "nan" not in told.lower().split()
    assert "there are no groups to compare" in told
    assert "is not on this computer any more" in told
    if edge == "one class only":
        assert headline(app)["Men recognised"] == "–"
        assert "This needs both women and men" in told


def _wrong_once() -> None:
    from pathlib import Path

    import streamlit as st

    from pages.parts import card_words, evaluate_headline
    from pages.parts.evaluate_seen import Seen
    from tests.training.tables import about, exact
    from training.evaluations import Kept
    from training.view import View

    view = View.of(exact([[29_999, 1], [0, 1]]), about())
    evaluate_headline.show(Seen(Kept(Path(), view.about, False), view, view, (), 0.5, 0.8))
    st.caption(card_words.with_interval(29_999 / 30_000, 0.9998, 0.99999))
    st.caption(card_words.right({"accuracy": 29_999 / 30_000, "accuracy_interval": (0.9998, 0.99999)}))


def test_who_was_wrong_once_of_many_is_not_said_to_be_always_right() -> None:
    app = AppTest.from_function(_wrong_once).run()

    assert not app.exception
    assert headline(app)["Women recognised"] == "&gt;99.9%"
    assert "<small>&gt;99.9 to &gt;99.9</small>" in words(app)
    assert [one.value for one in app.caption][1:] == [
        ">99.9% (>99.9 to >99.9)",
        ">99.9% right (>99.9 to >99.9)",
    ]


def test_the_lesson_of_500_photos_names_what_one_photo_is_worth(home: Path) -> None:
    put(home, table())

    app = visit()

    one_photo = 100 / lessons.PHOTOS
    assert f"Why {one_photo} points on {lessons.PHOTOS} photos is noise" in [
        one.label for one in app.expander
    ]


def test_nobody_found_is_a_sentence(home: Path) -> None:
    put(home, table(n=20, found=0.0).drop(columns="embedding"))

    app = visit()

    assert not app.exception
    assert "In none of these 20 photos a face was found" in words(app)


def test_photos_without_a_face_and_photos_that_cannot_be_read_are_told_apart(home: Path) -> None:
    rows = table(n=300, found=1.0)
    rows.loc[:4, ["found", "p_male"]] = [False, np.nan]
    rows["error"] = pd.Series([*["no_face"] * 3, *["broken"] * 2, *[None] * 295], dtype="str")
    put(home, rows)

    told = words(visit())

    assert "In 3 of 300 photos the detector found nobody; they are in none of these numbers." in told
    assert "2 of 300 photos could not be read; they are in none of these numbers." in told


@pytest.mark.parametrize(
    ("dataset", "split", "title"),
    [
        ("utkface", "train", "UTKFace, foto latihan"),
        ("utkface", "validation", "UTKFace, foto validasi"),
        ("my-class", "all", "my-class"),
    ],
)
def test_photos_are_named_in_the_visitors_language(home: Path, dataset: str, split: str, title: str) -> None:
    put(home, table(n=60), dataset=dataset, split=split)

    app = visit("id")

    assert app.selectbox[1].options == [title]


def test_figures_unlike_the_cards_are_red(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    [kept] = [one for one in evaluations.kept() if one.shipped and one.about.dataset == "aaf"]
    rows, said = prediction_table.read(kept.path)
    rows["label"] = np.random.default_rng(0).permutation(rows["label"].to_numpy())
    path = tmp_path / kept.path.name
    prediction_table.write(path, rows, said)
    monkeypatch.setattr(evaluations, "kept", lambda: [Kept(path, said, shipped=True)])

    app = visit()

    assert not app.exception
    [fault] = app.error
    assert "figures are not what was written down" in fault.value
    assert "written **" in words(app)


def test_an_evaluation_made_here_is_not_said_to_be_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    [kept] = [one for one in evaluations.kept() if one.shipped and one.about.dataset == "aaf"]
    monkeypatch.setattr(evaluations, "kept", lambda: [replace(kept, shipped=False)])

    told = words(visit())

    assert "The file says of itself that the answers are this model's" in told
    assert "and unchanged" not in told


def test_names_that_are_markdown_stay_words(home: Path) -> None:
    rows = table(n=300)
    rows["race"] = pd.Series(["![x](https://example.org/x.png) **b**"] * len(rows), dtype="str")
    put(home, rows)
    app = visit()

    app.selectbox[2].set_value(("race", rows["race"].iloc[0])).run()

    assert not app.exception
    [chip] = [one for one in app.button if str(one.key).startswith("rupa-chip-race")]
    assert chip.label == r"\!\[x\]\(https\://example\.org/x\.png\) \*\*b\*\*"


def test_a_narrowed_view_counts_as_the_group_does() -> None:
    view = View.of(table(n=2000), about())
    whole = view.groups(view.at(), "race", "age")

    part = evaluate_seen.narrowed(view, (("race", "White"), ("age", "20-29")))

    assert (part.at().counts().cells == whole["White × 20-29"].cells).all()
    assert list(part.groups(part.at(), "race")) == ["White"]
    assert set(part.ids) <= set(view.ids)
    by_age = evaluate_seen.narrowed(view, (("race", "White"),))
    for age, counts in by_age.groups(by_age.at(), "age").items():
        assert (counts.cells == whole[f"White × {age}"].cells).all()
    assert len(evaluate_seen.narrowed(view, (("race", "Nobody"),)).rows) == 0


def test_a_group_that_other_photos_do_not_have_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = (("race", "White"), ("race", "Martian"), ("hat", "yes"))
    monkeypatch.setattr(evaluate_chips.state, "kept", lambda name, make: kept)

    assert evaluate_chips.groups(View.of(table(), about())) == (("race", "White"),)


def test_evaluation_of_other_sureness_has_its_own_slider(home: Path) -> None:
    put(home, table(n=300), sure_at=0.7134)

    app = visit()

    assert app.slider[1].value == 71.3
    seen = View.of(table(n=300), replace(about(), sure_at=0.7134))
    answered = seen.at().counts().answered
    assert answered
    assert headline(app)["Sure enough to answer"] == f"{answered.value:.1%}"
