"""A view counts as the slow way does, and selects the faces that are asked for and no others."""

import numpy as np
import pytest

from tests.training.tables import about, table
from training import answers, groups
from training.view import Selection, View, confidence


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("columns", [("race",), ("age",), ("race", "age")])
def test_groups_count_as_they_do_without_a_view(seed: int, columns: tuple[str, ...]) -> None:
    made = table(seed, n=600)
    view = View.of(made, about())

    found = view.groups(view.at(0.4, 0.7), *columns)

    expected = groups.by(made, answers.read(made, 0.4, 0.7), *columns)
    assert list(found) == list(expected)
    assert all((found[name].cells == expected[name].cells).all() for name in expected)


def test_a_model_that_is_never_sure_is_so_of_no_score() -> None:
    made = table(n=60).assign(p_male=1.0)
    view = View.of(made, about())

    assert not answers.read(made, sure_at=1.0).sure.any()
    assert not view.at(sure_at=1.0).sure.any()
    assert view.at(sure_at=0.999).sure.all()


def test_an_attribute_that_is_not_known_of_a_face_counts_for_neither_side() -> None:
    made = table(1, n=300)
    made["attr_hat"] = [True, False, None] * 100
    made["attr_hat"] = made["attr_hat"].astype("boolean")
    view = View.of(made, about())

    found = view.groups(view.at(), "attr_hat")

    known = made["found"] & made["attr_hat"].notna()
    assert "attr_hat" in view.attributes
    assert {name: counts.n for name, counts in found.items()} == {
        "no": int((known & ~made["attr_hat"].fillna(True)).sum()),
        "yes": int((known & made["attr_hat"].fillna(False)).sum()),
    }


def test_every_part_of_a_selection_narrows_it() -> None:
    view = View.of(table(2, n=500), about())
    said = view.at(0.5, 0.8)
    race = view.columns["race"].names[0]

    chosen = view.where(
        said, Selection(label=0, predicted=1, sure=True, confidence=(0.8, 0.95), groups=(("race", race),))
    )

    slowly = [
        said.labels[i] == 0
        and said.predicted[i] == 1
        and bool(said.sure[i])
        and 0.8 <= confidence(said)[i] <= 0.95
        and view.table["race"].iloc[said.rows[i]] == race
        for i in range(len(said))
    ]
    assert chosen.tolist() == slowly
    assert view.where(said, Selection(right=False)).tolist() == (~said.right).tolist()


def test_ids_choose_faces_and_what_no_face_has_chooses_none() -> None:
    view = View.of(table(3, n=100), about())
    said = view.at()

    chosen = view.where(said, Selection(ids=frozenset(view.ids[:3])))

    assert np.flatnonzero(chosen).tolist() == [0, 1, 2]
    assert not view.where(said, Selection(groups=(("race", "no such"),))).any()
    assert not view.where(said, Selection(groups=(("no such column", "yes"),))).any()


def test_a_selection_lets_go_of_one_column_and_keeps_the_others() -> None:
    chosen = Selection(groups=(("race", "Asian"), ("age", "0-2")))

    assert chosen.without_group("race") == Selection(groups=(("age", "0-2"),))
