"""May a model take the other's place: the verdict on tables whose every flip is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.tables import about
from training import comparison, gate, prediction_table
from training.comparison import Change
from training.gate import Verdict


def tables(
    flips: dict[str, tuple[int, int, int]], p: float = 0.9, p_after: float | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For each race so many faces, of which so many are gained and so many lost; else both models are right nine times.

    Women and men take turns, so that neither gains or loses alone.
    """
    rows = []
    for race, (n, gained, lost) in flips.items():
        for number in range(n):
            before = number >= gained and (number < gained + lost or number % 10 != 9)
            after = number < gained or (number >= gained + lost and before)
            rows.append((f"{race}-{number}", number % 2, race, before, after))
    ids, labels, races, earlier, later = zip(*rows, strict=True)
    made = []
    for right, sure in ((earlier, p), (later, p if p_after is None else p_after)):
        said = np.where(np.array(right) == (np.array(labels) == 1), sure, 1 - sure)
        table = pd.DataFrame({"id": ids, "label": np.array(labels, np.int8), "p_male": said, "race": races})
        made.append(table.assign(found=True))
    return made[0], made[1]


def verdict(one: pd.DataFrame, two: pd.DataFrame, sure_at: tuple[float, float] = (0.8, 0.8)) -> Verdict:
    return gate.decide("new", "old", comparison.compare(one, two), one, two, sure_at)


def codes(found: Verdict) -> list[str]:
    return [line.code for line in found.lines]


def test_better_on_more_faces_than_luck_gives_is_promoted() -> None:
    found = verdict(*tables({"White": (400, 41, 12), "Black": (200, 20, 2)}))

    assert found.answer == "promote"
    assert codes(found) == ["flips", "better", "no_group_lost", "sure"]
    assert found.lines[0].text == "Better on 61, worse on 14 of 600 faces."
    assert found.vetoes == ()


def test_one_group_that_loses_more_than_its_interval_keeps_the_old_one() -> None:
    found = verdict(*tables({"White": (600, 80, 2), "Indian": (40, 0, 12)}))

    assert found.answer == "keep"
    [veto] = found.vetoes
    assert (veto.column, veto.group, veto.change.lost) == ("race", "Indian", 12)
    assert "Indian lost more than can be luck: better on 0, worse on 12 of 40." in [
        line.text for line in found.lines
    ]


def test_of_many_groups_one_is_hardly_ever_accused_by_luck_alone() -> None:
    """Two models of which neither is better: on 20 groups of 100 faces they part on 12 of each, by a coin."""
    random = np.random.default_rng(0)
    accused = []
    for _ in range(10):
        lost = {f"{number}": int(random.binomial(12, 0.5)) for number in range(20)}
        found = verdict(*tables({race: (100, 12 - number, number) for race, number in lost.items()}))
        accused.append(bool(found.vetoes))

    assert np.mean(accused) <= 0.1


def test_what_the_test_calls_luck_is_no_loss_though_its_range_lies_below_zero() -> None:
    """Five faces lost of forty, and none gained: p is 0.06, and the range ends at -0.1 points."""
    change = Change(40, 0, 5)
    assert change.difference is not None
    assert change.difference.high < 0
    faces, _ = tables({"White": (40, 0, 0)})
    sure = faces.assign(p_male=np.where(faces["label"] == 1, 0.9, 0.1))
    fewer = sure.assign(p_male=sure["p_male"].mask((sure.index < 10) & (sure["label"] == 1), 0.6))

    found = verdict(sure, fewer)

    assert found.sure_change == change
    assert "less_sure" not in codes(found)
    assert found.comparison is not None
    assert list(gate._vetoes(replace(found.comparison, recall={"female": change}))) == []


def test_a_group_with_too_few_faces_has_no_veto() -> None:
    found = verdict(*tables({"White": (600, 80, 2), "Indian": (29, 0, 12)}))

    assert found.answer == "promote"
    assert found.vetoes == ()


@pytest.mark.parametrize(
    ("flips", "answer", "luck"),
    [((400, 5, 5), "unclear", "luck"), ((400, 2, 30), "keep", "worse"), ((400, 0, 0), "unclear", "alike")],
)
def test_what_can_be_luck_is_unclear_and_what_is_worse_is_kept_out(
    flips: tuple[int, int, int], answer: str, luck: str
) -> None:
    found = verdict(*tables({"White": flips}))

    assert found.answer == answer
    assert luck in codes(found)


def test_a_model_that_is_worse_at_saying_how_sure_it_is_is_kept_out() -> None:
    found = verdict(*tables({"White": (600, 40, 2)}, p=0.9, p_after=0.55))

    assert found.answer == "keep"
    assert "calibration_worse" in codes(found)


def test_percentages_that_are_off_by_hardly_more_than_before_keep_nobody_out() -> None:
    """Two models that are alike, of which one says 0.9 points more than is true: no luck, and without a meaning."""
    faces, _ = tables({"White": (40_000, 0, 0)})
    right = faces.index % 10 != 9
    one, two = (faces.assign(p_male=np.where((faces["label"] == 1) == right, p, 1 - p)) for p in (0.9, 0.909))

    found = verdict(one, two)

    assert found.comparison is not None
    assert found.comparison.ece is not None
    assert found.comparison.ece.low > 0
    assert codes(found)[0] == "alike"
    assert "calibration_worse" not in codes(found)


def test_a_model_that_is_sure_of_fewer_faces_is_not_promoted_unasked() -> None:
    found = verdict(*tables({"White": (600, 40, 2)}), sure_at=(0.8, 0.95))

    assert found.answer == "unclear"
    assert found.lines[-1].text == "It is sure of fewer faces: 0% instead of 100%."
    assert found.sure_change is not None
    assert found.sure_change.lost == 600


def test_few_faces_tell_nothing() -> None:
    found = verdict(*tables({"White": (29, 20, 0)}))

    assert (found.answer, codes(found)) == ("unclear", ["too_few"])


def test_photos_of_the_same_names_in_another_folder_are_other_photos(tmp_path: Path) -> None:
    table, _ = tables({"White": (40, 0, 0)})
    here, there = (about(spec=f"folder:/{group}/photos") for group in "ab")
    prediction_table.write(tmp_path / "there.parquet", table.assign(error=None), there)

    assert gate._matching(table, there, [(tmp_path / "there.parquet", there)]) is not None
    assert gate._matching(table, here, [(tmp_path / "there.parquet", there)]) is None
