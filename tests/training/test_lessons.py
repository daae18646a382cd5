"""The traps do what the lessons say of them."""

import pytest

from tests.training.tables import exact, table
from training import answers as reading
from training import lessons
from training.statistics import Estimate


def test_shuffled_labels_fall_to_a_coins_share_and_keep_every_sum() -> None:
    said = reading.read(exact([[1160, 72], [58, 1202]]))

    counts = lessons.shuffled(said, seed=1)

    assert counts.accuracy
    assert 0.47 < counts.accuracy.value < 0.53
    assert counts.confusion.sum(axis=0).tolist() == said.counts().confusion.sum(axis=0).tolist()
    assert counts.confusion.sum(axis=1).tolist() == [1232, 1260]
    assert (lessons.shuffled(said, seed=2).confusion != counts.confusion).any()
    assert (lessons.shuffled(said, seed=1).confusion == counts.confusion).all()


def test_in_the_lopsided_mix_the_constant_answer_gets_what_was_published() -> None:
    counts = lessons.lopsided(reading.read(table(n=2000)), seed=0)

    assert counts
    assert counts.confusion.sum(axis=1).tolist() == [953, 47]
    assert counts.constant_answer == ("female", pytest.approx(0.953))


def test_a_mix_needs_women_and_men() -> None:
    assert lessons.lopsided(reading.read(exact([[10, 2], [0, 0]])), seed=0) is None


def test_if_the_known_are_all_right_the_strangers_carry_every_error() -> None:
    found = lessons.on_strangers(Estimate(0.968, 0.949, 0.980), 0.33)

    assert found
    assert found.value == pytest.approx(1 - 0.032 / 0.67)
    assert found.low < found.value < found.high
    assert lessons.on_strangers(Estimate(0.2, 0.1, 0.3), 0.33) == Estimate(0.0, 0.0, 0.0)
    assert lessons.on_strangers(Estimate(0.9, 0.8, 1.0), 0.0) == Estimate(0.9, 0.8, 1.0)
    assert lessons.on_strangers(Estimate(0.9, 0.8, 1.0), 1.0) is None


def test_draws_of_500_spread_as_a_share_of_500_does() -> None:
    said = reading.read(exact([[480, 20], [12, 488]]))

    found = lessons.draws(said, seed=0)

    assert found
    assert found.shares.mean() == pytest.approx(0.968, abs=0.001)
    assert found.high - found.low == pytest.approx(2 * 1.96 * (0.968 * 0.032 / 500) ** 0.5, rel=0.15)
    assert found.apart > 0.85
    assert lessons.draws(reading.read(exact([[0, 0], [0, 0]])), seed=0) is None


def test_two_draws_differ_by_at_least_one_photo_however_many_there_are() -> None:
    said = reading.read(exact([[480, 20], [12, 488]]))

    found = lessons.draws(said, seed=0, photos=20_000)

    assert found
    assert found.apart == (found.shares[::2] != found.shares[1::2]).mean() > 0.97
