"""Photos inside parquet files, row by row: files lie in `image{bytes, path}`, row groups are read as needed.

Compressed row groups that were read last stay in a small cache; a scan streams and keeps nothing. Safe to read
from several threads, and to send to another process (each opens the files for itself).
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.table import DatasetError

CACHE_BYTES = 128 * 2**20
_BATCH_ROWS = 64


class ParquetRows:
    """Rows of several files of one kind as one sequence: file after file, row group after row group."""

    def __init__(self, files: Sequence[Path], *, cache_bytes: int = CACHE_BYTES) -> None:
        self.files = tuple(files)
        self._cache_bytes = cache_bytes
        self._cache: OrderedDict[int, pa.ChunkedArray] = OrderedDict()
        self._lock = Lock()
        self._groups: list[tuple[Path, int]] = []
        lengths = [0]
        for path in self.files:
            metadata = _open(path).metadata
            for group in range(metadata.num_row_groups):
                self._groups.append((path, group))
                lengths.append(metadata.row_group(group).num_rows)
        self._starts = np.cumsum(lengths)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __reduce__(self) -> tuple[Any, ...]:
        return ParquetRows, (self.files,)

    def frame(self, name: str, needed: Sequence[str]) -> pd.DataFrame:
        """Every column but the photos themselves, with `path`, the photo's own name, and `file`, its place's."""
        frames = []
        for path in self.files:
            file = _open(path)
            columns = file.schema_arrow.names
            for missing in ("image", *needed):
                if missing not in columns:
                    raise DatasetError("bad_columns", file=path.name, missing=missing, name=name)
            if not {"bytes", "path"} <= _fields(file):
                raise DatasetError("bad_columns", file=path.name, missing="image{bytes, path}", name=name)
            flat = [column for column in columns if column != "image"]
            table = _guarded(path, file.read, columns=[*flat, "image.path"], use_threads=False).flatten()
            frame = table.rename_columns([column.removeprefix("image.") for column in table.column_names])
            frames.append(frame.to_pandas().assign(file=path.name, row=np.arange(frame.num_rows)))
        return pd.concat(frames, ignore_index=True)

    def read(self, row: int) -> bytes:
        """The file of one row."""
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        group = self._group_of(row)
        photo = self._loaded(group)[row - int(self._starts[group])].as_py()
        return photo or b""

    def stream(self, rows: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """The files of these rows, which must ascend, in small batches."""
        for group, members in groupby(rows, key=self._group_of):
            wanted = list(members)
            path, number = self._groups[group]
            start, taken = int(self._starts[group]), 0
            batches = _open(path).iter_batches(
                _BATCH_ROWS, row_groups=[number], columns=["image.bytes"], use_threads=False
            )
            while taken < len(wanted):
                photos = pc.struct_field(_guarded(path, next, batches).column(0), "bytes")
                while taken < len(wanted) and wanted[taken] < start + len(photos):
                    yield wanted[taken], photos[wanted[taken] - start].as_py() or b""
                    taken += 1
                start += len(photos)

    def _group_of(self, row: int) -> int:
        return int(np.searchsorted(self._starts, row, side="right")) - 1

    def _loaded(self, group: int) -> pa.ChunkedArray:
        with self._lock:
            if group not in self._cache:
                path, number = self._groups[group]
                file = _open(path)
                table = _guarded(
                    path, file.read_row_group, number, columns=["image.bytes"], use_threads=False
                )
                self._cache[group] = pc.struct_field(table.column(0), "bytes")
                while len(self._cache) > 1 and self._cached_bytes() > self._cache_bytes:
                    self._cache.popitem(last=False)
            self._cache.move_to_end(group)
            return self._cache[group]

    def _cached_bytes(self) -> int:
        return sum(photos.nbytes for photos in self._cache.values())


def _fields(file: pq.ParquetFile) -> set[str]:
    kind = file.schema_arrow.field("image").type
    return {field.name for field in kind} if pa.types.is_struct(kind) else set()


def _open(path: Path) -> pq.ParquetFile:
    return _guarded(path, pq.ParquetFile, path)


def _guarded(path: Path, call: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return call(*arguments, **options)
    except (pa.ArrowException, OSError) as error:
        raise DatasetError("unreadable_parquet", file=path.name) from error
