"""Ten hard faces: drawn from an evaluation and a seed alone, evenly, and never without need the same ones again."""

from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.tables import about, exact, table
from training import quiz
from training.flagged import Said
from training.quiz import FACES, Draw
from training.view import View


def view(made: pd.DataFrame) -> View:
    return View.of(made, about())


@pytest.fixture(scope="module")
def many() -> View:
    return view(table(0, n=3000))


def rows(of: View, drawn: Draw) -> pd.DataFrame:
    return of.table.set_index("id").loc[[one.id for one in drawn.questions]]


@pytest.mark.parametrize("seed", range(8))
def test_half_are_wrong_or_unsure_and_half_right_but_least_sure(many: View, seed: int) -> None:
    drawn = quiz.draw(many, seed)

    assert len({one.id for one in drawn.questions}) == FACES
    assert drawn.stumbled == FACES // 2
    assert sum(one.label for one in drawn.questions) == FACES // 2
    answers = many.at()
    good = np.sort(np.maximum(answers.p_male, 1 - answers.p_male)[answers.right & answers.sure])
    narrow = [one.confidence for one in drawn.questions if one.right and one.sure]
    assert max(narrow) <= np.quantile(good, 0.1)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_drawn_is_what_the_table_says(many: View, seed: int) -> None:
    drawn = quiz.draw(many, seed)

    said = rows(many, drawn)
    assert [one.label for one in drawn.questions] == said["label"].tolist()
    assert [one.p_male for one in drawn.questions] == pytest.approx(said["p_male"].tolist())
    assert (said["age"].isna() | (said["age"] >= 3)).all()
    assert said["race"].nunique(dropna=False) >= 4
    right = many.at().right
    assert drawn.of == len(right)
    assert drawn.overall is not None
    assert drawn.overall.value == right.mean()


def test_one_seed_is_one_draw_in_one_order(many: View) -> None:
    assert quiz.draw(many, 7) == quiz.draw(many, 7)
    assert quiz.draw(many, 7).questions != quiz.draw(many, 8).questions


def test_the_order_tells_nothing(many: View) -> None:
    """Neither label nor right and wrong sits at the same place in every draw."""
    draws = [quiz.draw(many, seed).questions for seed in range(60)]

    for place in range(FACES):
        assert 10 < sum(one[place].label for one in draws) < 50
        assert 10 < sum(one[place].right and one[place].sure for one in draws) < 50


def test_the_next_game_has_other_faces(many: View) -> None:
    random = Random(1)
    first = quiz.another(many, (), random)

    second = quiz.another(many, [one.id for one in first.questions], random)

    assert len({one.id for one in first.questions} & {one.id for one in second.questions}) < FACES / 2


@pytest.mark.parametrize(
    ("confusion", "count"), [([[0, 0], [0, 0]], 0), ([[2, 1], [0, 1]], 4), ([[900, 0], [0, 0]], FACES)]
)
def test_few_faces_or_one_label_give_what_there_is(confusion: list[list[int]], count: int) -> None:
    drawn = quiz.draw(view(exact(confusion)), 0)

    assert len({one.id for one in drawn.questions}) == count


@given(st.integers(0, 40), st.floats(0, 1), st.integers(0, quiz.SEEDS))
def test_any_evaluation_gives_as_many_faces_as_it_has(n: int, right: float, seed: int) -> None:
    made = view(table(seed % 97, n=n, right=right))
    babies = made.columns["age"].codes == 0 if "age" in made.columns and n else np.zeros(len(made.rows), bool)
    if "age" in made.columns and made.columns["age"].names[:1] != ("0-2",):
        babies[:] = False

    drawn = quiz.draw(made, seed)

    assert len({one.id for one in drawn.questions}) == min(FACES, int((~babies).sum()))


def test_a_face_whose_photo_is_gone_leaves_the_others(many: View) -> None:
    drawn = quiz.draw(many, 0)

    left = drawn.without(drawn.questions[3].id)

    assert left.questions == drawn.questions[:3] + drawn.questions[4:]


@pytest.mark.parametrize(("women", "men", "expected"), [(20, 20, (5, 5)), (20, 2, (8, 2)), (0, 4, (0, 4))])
def test_kept_faces_come_of_both_labels_as_far_as_there_are(
    women: int, men: int, expected: tuple[int, int]
) -> None:
    said = {f"w{n}": ("female", Said("male", 0.9, "m", "c")) for n in range(women)}
    said |= {f"m{n}": ("male", Said("unsure", 0.6, "m", "c")) for n in range(men)}

    drawn = quiz.of_flagged(said, (), Random(0))

    labels = [one.label for one in drawn.questions]
    assert (labels.count(0), labels.count(1)) == expected
    assert all(one.sure == (one.label == 0) for one in drawn.questions)
    assert drawn.overall is None
