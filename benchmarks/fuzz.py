"""Bytes that nobody meant, for all that reads a stranger's file: `python -m benchmarks.fuzz zip -max_total_time=300`.

Looks for new paths through the code with atheris, which is not among Rupa's packages: `pip install atheris`, on Linux
and with Python 3.11 to 3.13. Without it, tests/test_fuzz.py tries the same readers by chance. Each reader may give
what it was made for, or raise its own error; whatever else comes out is a fault. Photos are decoded in a process of
their own, where atheris sees nothing: `photo` is their whole way, for the tests; `picture` decodes them in this one.
"""

import contextlib
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from model import card as cards
from model import decoding, images
from model.card import CardError
from model.decoding import UndecodableError
from model.images import PhotoError
from model.registry import SHIPPED
from training import prediction_table, recipe, zips
from training.prediction_table import About, EvaluationError
from training.recipe import RecipeError
from training.zips import ZipError

SAMPLES = Path(__file__).resolve().parents[1] / "ui" / "assets" / "samples"
SMALL = zips.Limits(archive_bytes=2**20, entries=100, photo_bytes=2**18, total_bytes=2**20)


@dataclass(frozen=True)
class Reader:
    """`read` takes any bytes; `seeds` are whole files that it takes."""

    read: Callable[[bytes], object]
    refuses: type[Exception] | tuple[type[Exception], ...]
    seeds: Callable[[], list[bytes]]

    def try_on(self, data: bytes) -> bool:
        """Whether they were taken; what is neither taken nor refused is raised."""
        try:
            self.read(data)
        except self.refuses:
            return False
        return True


def _photos() -> list[bytes]:
    from PIL import Image

    picture = Image.open(SAMPLES / "astronaut.jpg").resize((64, 64))
    found = []
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
        file = io.BytesIO()
        picture.save(file, kind)
        found.append(file.getvalue())
    return found


def _decoded(data: bytes) -> None:
    decoded = decoding.decode(data, images._sniff(data), images.WORKING_PX)
    for _ in decoding.upright_bands(decoded):
        pass


def _zips() -> list[bytes]:
    found = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("female/a.jpg", _photos()[0])
            archive.writestr("male/b.png", _photos()[1][:500])
            archive.writestr("__MACOSX/._a", b"x" * 40)
        found.append(file.getvalue())
    return found


def _unzipped(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "deep" / "out"
        inside.parent.mkdir()
        try:
            zips.extract(io.BytesIO(data), inside, limits=SMALL)
        finally:
            outside = [
                path for path in Path(folder).rglob("*") if path.is_file() and inside not in path.parents
            ]
            assert not outside, f"written outside: {outside}"


def _looked_into(data: bytes) -> None:
    for _, read in zips.photos(io.BytesIO(data), limits=SMALL).photos:
        with contextlib.suppress(PhotoError):
            assert len(read()) <= SMALL.photo_bytes


def _evaluations() -> list[bytes]:
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "label": np.array([0, 1, 1], np.int8),
            "p_male": np.array([0.1, 0.9, np.nan], np.float32),
            "found": [True, True, False],
            "error": pd.Series([None, None, "no_face"], dtype="str"),
            "age": [30.0, 40.0, np.nan],
            "embedding": pd.Series([np.ones(4, np.float16), np.ones(4, np.float16), np.ones(0, np.float16)]),
        }
    )
    about = About("m", "0" * 64, "c", 0.9, "d", "test", "raw", "2026-01-01T00:00:00+00:00", "s")
    with tempfile.TemporaryDirectory() as folder:
        prediction_table.write(Path(folder) / "e.parquet", table, about)
        return [(Path(folder) / "e.parquet").read_bytes()]


def _evaluated(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "e.parquet"
        path.write_bytes(data)
        table, _ = prediction_table.read(path)
        prediction_table.vectors(path, table["found"].to_numpy(dtype=bool))


def _recipes() -> list[bytes]:
    from dataclasses import asdict

    return [json.dumps(asdict(one)).encode() for one in list(recipe.PRESETS.values())[:2]]


INSTRUMENTED = (
    *(
        "json.decoder",
        "model.card",
        "model.decoding",
        "model.images",
        "training.prediction_table",
        "training.recipe",
    ),
    *("training.zips", "zipfile", "PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.Image", "PIL.ImageFile"),
    *("PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.TiffImagePlugin", "PIL.WebPImagePlugin"),
)
READERS = {
    "photo": Reader(images.load, PhotoError, _photos),
    "picture": Reader(_decoded, (PhotoError, UndecodableError), _photos),
    "zip": Reader(_unzipped, ZipError, _zips),
    "zip of photos": Reader(_looked_into, ZipError, _zips),
    "card": Reader(cards.parse, CardError, lambda: [next(SHIPPED.rglob(cards.CARD)).read_bytes()]),
    "evaluation": Reader(_evaluated, EvaluationError, _evaluations),
    "recipe": Reader(lambda data: recipe.read(data.decode("latin-1")), RecipeError, _recipes),
}


def functions(of: ModuleType | type, module: str) -> Iterator[FunctionType]:
    """Those that are written in this module, methods too."""
    for one in vars(of).values():
        if isinstance(one, FunctionType) and one.__module__ == module:
            yield one
        elif isinstance(one, type) and one.__module__ == module:
            yield from functions(one, module)


def main() -> None:
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        sys.exit(
            "atheris is not installed; pip install atheris, or run tests/test_fuzz.py, which needs nothing."
        )
    if len(sys.argv) < 2 or sys.argv[1] not in READERS:
        sys.exit(f"Say what to read: {', '.join(READERS)}; options of libFuzzer may follow.")
    reader = READERS[sys.argv.pop(1)]
    for name in INSTRUMENTED:
        for function in functions(import_module(name), name):
            atheris.instrument_func(function)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(reader.seeds()):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, folder], lambda data: reader.try_on(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
