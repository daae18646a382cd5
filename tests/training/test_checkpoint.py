"""A checkpoint is whole or absent; a damaged one is passed over for the one before."""

from pathlib import Path

import numpy as np

from training import checkpoint
from training.checkpoint import Checkpoint, Position


def at(epoch: int) -> Checkpoint:
    rng = np.random.default_rng(epoch)
    position = Position(epoch=epoch, stage_epoch=epoch, history=[{"epoch": e} for e in range(1, epoch + 1)])
    return Checkpoint(position, [rng.random((3, 4)), rng.random(2)], [np.array(epoch), rng.random(5)])


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, at(3))

    found = checkpoint.latest(tmp_path)

    assert found is not None
    assert found.position == at(3).position
    for one, other in zip(
        (*found.weights, *found.optimizer), (*at(3).weights, *at(3).optimizer), strict=True
    ):
        assert np.array_equal(one, other)


def test_nothing_saved_is_nothing_found(tmp_path: Path) -> None:
    assert checkpoint.latest(tmp_path / "nowhere") is None
    assert checkpoint.best(tmp_path) is None


def test_only_the_two_newest_stay_and_half_written_ones_go(tmp_path: Path) -> None:
    (tmp_path / ".epoch-00009.npz.1234.part").write_bytes(b"half")

    for epoch in range(1, 6):
        checkpoint.save(tmp_path, at(epoch))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-00004.npz", "epoch-00005.npz"]


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, at(1))
    checkpoint.save(tmp_path, at(2))
    newest = tmp_path / "epoch-00002.npz"

    for damage in (newest.read_bytes()[:200], b"", b"PK\x03\x04 nonsense"):
        newest.write_bytes(damage)
        found = checkpoint.latest(tmp_path)
        assert found is not None
        assert found.position.epoch == 1


def test_ten_and_more_epochs_are_in_order(tmp_path: Path) -> None:
    for epoch in (9, 10, 11):
        checkpoint.save(tmp_path, at(epoch))

    found = checkpoint.latest(tmp_path)
    assert found is not None
    assert found.position.epoch == 11


def test_the_best_weights_lie_apart(tmp_path: Path) -> None:
    checkpoint.save_best(tmp_path, at(7).weights)

    found = checkpoint.best(tmp_path)

    assert found is not None
    assert np.array_equal(found[0], at(7).weights[0])
    assert checkpoint.latest(tmp_path) is None
