"""Every figure holds the numbers it is drawn from, has its sentence, and looks as the pages look."""

from dataclasses import fields

import numpy as np
import plotly.graph_objects as go
import pytest

from tests.training.tables import about, exact, table
from training import figures, figures_curves, figures_groups, statistics
from training import groups as grouping
from training.figures import LIGHT, Drawn
from training.view import View
from ui import charts, theme
from words.speech import Speech

ENGLISH = Speech("en")


@pytest.fixture
def view() -> View:
    return View.of(table(n=1500), about())


def marks(drawn: Drawn) -> list[go.Scatter]:
    """What can be clicked."""
    return [trace for trace in drawn.figure.data if trace.customdata is not None and trace.type == "scatter"]


def test_the_look_of_a_report_is_that_of_the_light_pages() -> None:
    assert LIGHT.font == charts.FONT
    for field in fields(LIGHT):
        if field.name != "font":
            assert getattr(LIGHT, field.name) == getattr(theme.LIGHT, field.name), field.name


def test_each_cell_of_the_matrix_gives_its_label_and_answer_when_clicked() -> None:
    counts = View.of(exact([[1160, 72], [58, 1202]]), about()).at().counts()

    drawn = figures.confusion(counts, LIGHT, ENGLISH, chosen=(0, 1))

    [squares] = marks(drawn)
    places = zip(squares.x, squares.y, squares.customdata, strict=True)
    assert all([y, x] == list(mark) for x, y, mark in places)
    texts = [note.text for note in drawn.figure.layout.annotations]
    assert texts == [
        "<b>1,160</b>",
        "94.2%",
        "<b>72</b>",
        "5.8%",
        "<b>58</b>",
        "4.6%",
        "<b>1,202</b>",
        "95.4%",
    ]
    assert "women taken for men: 72" in drawn.says
    [frame] = drawn.figure.layout.shapes
    assert (frame.x0 < 1 < frame.x1, frame.y0 < 0 < frame.y1) == (True, True)


def test_a_matrix_without_women_has_a_word_instead_of_a_share() -> None:
    counts = View.of(exact([[0, 0], [3, 7]]), about()).at().counts()

    texts = [note.text for note in figures.confusion(counts, LIGHT, ENGLISH).figure.layout.annotations]

    assert texts == ["<b>0</b>", "nobody", "<b>0</b>", "nobody", "<b>3</b>", "30.0%", "<b>7</b>", "70.0%"]


def test_the_histogram_counts_every_face_once(view: View) -> None:
    answers = view.at(0.6, 0.8)

    drawn = figures.histograms(answers, 0.6, 0.8, LIGHT, ENGLISH)

    women, men = drawn.figure.data
    assert (sum(women.customdata), sum(men.customdata)) == tuple(np.bincount(answers.labels))
    assert [round(height**2) for height in women.y] == list(women.customdata)
    assert max(men.y) <= 0
    zone = drawn.figure.layout.shapes[0]
    assert (zone.x0, zone.x1) == pytest.approx((0.2, 0.8))
    assert f"{int((~answers.right).sum())} of {len(answers):,}" in drawn.says


def test_groups_stand_worst_first_and_small_ones_last_and_faint(view: View) -> None:
    answers = view.at()
    found = view.groups(answers, "race")
    small = [name for name in found if found[name].n < grouping.ENOUGH]

    drawn = figures_groups.groups(found, answers.counts(), LIGHT, ENGLISH, names={"White": "Putih"})

    large, *faint, clicks = drawn.figure.data
    assert list(large.customdata) == grouping.ranked(found)
    assert [row for trace in faint for row in trace.customdata] == small
    assert all(trace.marker.color == LIGHT.paper for trace in faint)
    assert set(clicks.customdata) == set(found)
    assert any("Putih" in tick for tick in drawn.figure.layout.yaxis.ticktext)
    assert drawn.figure.layout.xaxis.ticktext[-2:] == ("", "100%")
    assert all(one in drawn.says for one in (f"{found['White'].right / found['White'].n:.0%}", "(", "Putih"))


def test_no_group_at_all_is_a_sentence(view: View) -> None:
    drawn = figures_groups.groups({}, view.at().counts(), LIGHT, ENGLISH)

    assert drawn.says == "No group of these faces is known."


def test_the_dot_on_the_roc_is_this_threshold(view: View) -> None:
    answers = view.at(0.7)

    drawn = figures_curves.roc(view, answers, LIGHT, ENGLISH)

    assert drawn
    dot = drawn.figure.data[-1]
    cells = answers.counts().confusion
    assert dot.x[0] == cells[0, 1] / cells[0].sum()
    assert dot.y[0] == cells[1, 1] / cells[1].sum()


def test_precision_and_recall_mark_both_answers(view: View) -> None:
    counts = view.at(0.3).counts()

    drawn = figures_curves.precision_recall(view, view.at(0.3), LIGHT, ENGLISH)

    assert drawn
    dots = [trace for trace in drawn.figure.data if trace.mode == "markers"]
    wanted = [(counts.recall[name], counts.precision[name]) for name in ("female", "male")]
    assert [(dot.x[0], dot.y[0]) for dot in dots] == [(r.value, p.value) for r, p in wanted if r and p]


def test_curves_are_thin_and_keep_their_ends() -> None:
    curve = View.of(table(n=20_000), about()).roc
    assert curve

    scores = np.linspace(0, 1, 5000)
    fine = type(curve)(scores, scores**2, scores, curve.area)
    places = figures_curves.thinned(fine)

    assert len(places) <= figures_curves.MOST_POINTS
    assert (places[0], places[-1]) == (0, 4999)


def test_without_both_labels_there_is_no_curve() -> None:
    view = View.of(exact([[5, 5], [0, 0]]), about())

    assert figures_curves.roc(view, view.at(), LIGHT, ENGLISH) is None
    assert figures_curves.precision_recall(view, view.at(), LIGHT, ENGLISH) is None


def test_reliability_leaves_out_empty_bins_and_says_the_error(view: View) -> None:
    found = view.reliability
    assert found

    drawn = figures_curves.reliability(found, view.ece, LIGHT, ENGLISH)

    dots = drawn.figure.data[-1]
    assert len(dots.x) == int((found.counts > 0).sum())
    assert view.ece
    assert f"{view.ece.value * 100:.1f} points apart" in drawn.says


def of_a_model_that_keeps_its_word(n: int) -> View:
    made, random = table(n=n, found=1), np.random.default_rng(0)
    made["label"] = (random.random(n) < made["p_male"]).astype(np.int8)
    return View.of(made, about())


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (29, "With fewer than 30 faces, nobody can say how far the two are apart."),
        (200, "points apart (0.0 to "),
        (200, "whether this one keeps it cannot be told."),
    ],
)
def test_a_calibration_error_that_chance_makes_is_said_to_tell_nothing(n: int, said: str) -> None:
    view = of_a_model_that_keeps_its_word(n)
    assert view.reliability
    assert view.ece

    drawn = figures_curves.reliability(view.reliability, view.ece, LIGHT, ENGLISH)

    assert view.ece.low == 0
    assert said in drawn.says
    assert ("points apart" in drawn.says) == (n >= 30)


def test_a_calibration_error_that_chance_does_not_make_stands_alone() -> None:
    view = View.of(exact([[600, 400], [400, 600]]), about())
    assert view.reliability

    drawn = figures_curves.reliability(view.reliability, view.ece, LIGHT, ENGLISH)

    assert "points apart (" in drawn.says
    assert "cannot be told" not in drawn.says


def test_the_range_of_a_share_is_all_only_where_it_is_all() -> None:
    found = statistics.proportion(4990, 5000)
    all_of_it = statistics.proportion(50, 50)
    assert found
    assert all_of_it

    assert figures.span(found, ENGLISH) == "(>99 to >99)"
    assert figures.span(found, ENGLISH, 1) == "(99.6 to 99.9)"
    assert figures.span(all_of_it, ENGLISH) == "(93 to 100)"


def test_a_group_that_is_nearly_all_right_has_its_range_beside_it_and_no_markup() -> None:
    counts = View.of(exact([[0, 0], [1, 3999]]), about()).at().counts()

    drawn = figures_groups.groups({"Asian": counts}, counts, LIGHT, ENGLISH)

    assert [note.text for note in drawn.figure.layout.annotations] == ["<b>&gt;99%</b> (&gt;99 to &gt;99)"]
    assert "Asian: >99% (>99 to >99)" in drawn.says


def test_training_curves_name_the_best_epoch_and_need_a_history() -> None:
    rows = [
        {"epoch": epoch, "loss": 0.5 / epoch, "val_loss": 0.4 / epoch, "val_accuracy": share}
        for epoch, share in ((1, 0.9), (2, 0.95), (3, 0.94))
    ]

    drawn = figures_curves.training_curves(rows, 400, LIGHT, ENGLISH)
    of_unknown_many = figures_curves.training_curves(rows, None, LIGHT, ENGLISH)

    assert drawn
    assert drawn.says == (
        "The best of 3 epochs was epoch 2. After it, 95.0% (92.4 to 96.7) of 400 validation photos were right. "
        "These photos chose that epoch, so the figure flatters a little."
    )
    assert of_unknown_many
    assert of_unknown_many.says == "The best of 3 epochs was epoch 2."
    of_one = figures_curves.training_curves(rows[:1], None, LIGHT, ENGLISH)
    assert of_one
    assert of_one.says == "There was one epoch."
    counted_one = figures_curves.training_curves(rows[:1], 400, LIGHT, ENGLISH)
    assert counted_one
    assert counted_one.says.endswith("were right.")
    assert figures_curves.training_curves([], 400, LIGHT, ENGLISH) is None
    assert figures_curves.training_curves([{"epoch": 1}], 400, LIGHT, ENGLISH) is None
