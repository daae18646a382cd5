"""A run's figures as TensorBoard reads them: an event file in the run's folder, with a scalar a figure and epoch.

Whoever goes on with a run writes the file anew from the history, so that a run that was killed shows no epoch twice;
from then on it only grows, because TensorBoard follows growing files.
"""

import errno
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import tensorflow as tf

FOLDER = "tensorboard"
_NAMES = {
    "loss": "loss/learning",
    "val_loss": "loss/validation",
    "val_accuracy": "accuracy/validation",
    "val_recall_female": "accuracy/women",
    "val_recall_male": "accuracy/men",
}

Row = Mapping[str, float | int | str]


class Events:
    """Open from where a run stands; `add` what it has learnt since."""

    def __init__(self, run: Path, rows: Sequence[Row]) -> None:
        folder = run / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        now = time.time()
        # TensorBoard takes the file of the largest name for the one that grows.
        self._path = folder / f"events.out.tfevents.{now:017.6f}.rupa"
        self._scratch = folder / ".records"
        since = [float(row.get("seconds", 0.0)) for row in rows]
        began = now - sum(since)
        first = tf.compat.v1.Event(wall_time=began, file_version="brain.Event:2")
        past = (_events(row, began + sum(since[: at + 1])) for at, row in enumerate(rows))
        self._append([first, *(event for events in past for event in events)])

    def add(self, row: Row) -> None:
        self._append(list(_events(row, time.time())))

    def _append(self, events: Sequence[tf.compat.v1.Event]) -> None:
        """TensorFlow frames the records, though only into a file of its own."""
        try:
            with tf.io.TFRecordWriter(str(self._scratch)) as records:
                for event in events:
                    records.write(event.SerializeToString())
        except tf.errors.ResourceExhaustedError as error:  # to TensorFlow, a disk is memory too
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._scratch)) from error
        with self._path.open("ab") as file:
            file.write(self._scratch.read_bytes())
        self._scratch.unlink()


def _events(row: Row, wall_time: float) -> Iterator[tf.compat.v1.Event]:
    values = [
        tf.compat.v1.Summary.Value(tag=tag, simple_value=float(row[name]))
        for name, tag in _NAMES.items()
        if name in row
    ]
    if values:
        summary = tf.compat.v1.Summary(value=values)
        yield tf.compat.v1.Event(wall_time=wall_time, step=int(row["epoch"]), summary=summary)
