"""Labels that were turned round are found among labels that were not."""

import numpy as np

from tests.training.tables import about, exact, table
from training import suspicion
from training.view import View


def test_labels_that_were_turned_round_are_the_most_suspect() -> None:
    made = table(0, n=2000, right=1.0, found=1.0)
    made.loc[:29, "label"] = 1 - made.loc[:29, "label"]
    view = View.of(made, about())

    found = suspicion.of(view)

    assert found.probably[:30].mean() > 0.8
    assert found.probably[30:].mean() < 0.005
    assert found.score[:30].min() > np.quantile(found.score[30:], 0.9)
    assert ((found.score >= 0) & (found.score <= 1)).all()


def test_a_right_answer_is_never_probably_a_wrong_label() -> None:
    view = View.of(table(1, n=1000, right=0.85), about())

    found = suspicion.of(view)

    assert found.probably.any()
    assert not (found.probably & view.at().right).any()


def test_with_hardly_any_of_one_label_nobody_is_suspected() -> None:
    view = View.of(exact([[40, 3], [2, 3]]), about())

    found = suspicion.of(view)

    assert len(found.score) == 48
    assert not found.score.any()
    assert not found.probably.any()
