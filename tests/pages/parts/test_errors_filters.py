"""In which order the Errors page shows the faces that were asked for."""

from pathlib import Path

import numpy as np
import pytest

from pages.parts import errors_filters
from pages.parts.errors_filters import Choice
from pages.parts.errors_known import Known
from tests.pages.parts.errors_made import of
from tests.training.tables import table
from training.view import Selection

EVERYTHING = Choice(Selection(), False, errors_filters.CONFIDENT, False)


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return of(table(3, n=500), tmp_path)


def test_the_surest_answer_comes_first(known: Known) -> None:
    found = errors_filters.places(known, EVERYTHING)

    assert sorted(found) == list(range(len(known.answers)))
    assert (np.diff(known.confidence[found]) <= 0).all()


def test_by_a_group_come_its_names_in_order_and_the_unknown_last(known: Known) -> None:
    found = errors_filters.places(known, Choice(Selection(), False, "age", False))

    codes = known.view.columns["age"].codes[found]
    seen = codes[codes >= 0]
    assert (np.diff(seen) >= 0).all()
    assert (codes[len(seen) :] == -1).all()


def test_by_suspicion_the_most_doubtful_label_comes_first(known: Known) -> None:
    found = errors_filters.places(known, Choice(Selection(), False, errors_filters.SUSPICION, False))
    doubtful = errors_filters.places(known, Choice(Selection(), True, errors_filters.SUSPICION, False))

    assert (np.diff(known.suspicion.score[found]) <= 0).all()
    assert 0 < len(doubtful) == int(known.suspicion.probably.sum())
    assert known.suspicion.probably[doubtful].all()
