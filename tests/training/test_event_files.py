"""A run's figures for TensorBoard, on a disk that has no room for them."""

import pytest

from model import atomic
from tests.training import disks
from training.event_files import Events


def test_a_full_disk_is_no_lack_of_memory(tmp_path_factory: pytest.TempPathFactory) -> None:
    with disks.of_size(tmp_path_factory.mktemp("disks") / "small", mb=1) as place:
        events = Events(place / "run", [])
        disks.fill(place)

        with pytest.raises(OSError, match="No space left") as full:
            events.add({"epoch": 1, "loss": 0.5})

        assert atomic.is_full(full.value)
