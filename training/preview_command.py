"""`python -m training preview`: what each augmentation does to a photo, as a zip of small pictures on standard output.

Nothing is written anywhere else. The photo is the first of a data set that shows a face, or a file.
"""

import argparse
import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.preview import COUNT, ORIGINAL, name_of

if TYPE_CHECKING:
    from model.faces import Pixels

LOOKED_THROUGH = 40
NOBODY = 3
_SEED = 7
_QUALITY = 88


def add_command(commands: Any) -> None:
    parser = commands.add_parser("preview", help="what each augmentation does to a photo, as a zip on stdout")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--data", action="append", help="a data set, folder:PATH or zip:PATH; may be repeated")
    given.add_argument("--photo", type=Path, help="a file with a face")
    parser.set_defaults(act=run)


def run(choice: argparse.Namespace) -> int:
    from model.card import ModelError
    from training.table import DatasetError

    if sys.stdout.isatty():
        print(
            "The pictures go to standard output; send them to a file: preview ... > variants.zip",
            file=sys.stderr,
        )
        return 2
    try:
        crop = _first_face(choice.data or [], choice.photo)
    except (DatasetError, ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if crop is None:
        print("No face was found in the first photos.", file=sys.stderr)
        return NOBODY
    sys.stdout.buffer.write(_packed(crop))
    return 0


def _first_face(specs: list[str], file: Path | None) -> "Pixels | None":
    from itertools import islice

    from model.mtcnn import LiteRTNetworks, Mtcnn
    from training.crops import crop_of
    from training.datasets import open_dataset

    detector = Mtcnn(lambda: LiteRTNetworks(threads=1))
    if file is not None:
        return crop_of(detector, file.read_bytes())
    for spec in specs:
        dataset = open_dataset(spec)
        for _, photo in islice(dataset.scan(range(min(len(dataset), LOOKED_THROUGH))), LOOKED_THROUGH):
            crop = crop_of(detector, photo)
            if crop is not None:
                return crop
    return None


def _packed(crop: "Pixels") -> bytes:
    from training import augmentation, disturb
    from training.crops import FIELD

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr(f"{ORIGINAL}.jpg", _jpeg(disturb.look(crop, round(crop.shape[0] / FIELD))))
        for name in augmentation.PRESETS:
            for number, picture in enumerate(augmentation.variants(crop, name, COUNT, _SEED)):
                opened.writestr(name_of(name, number), _jpeg(picture))
    return packed.getvalue()


def _jpeg(pixels: "Pixels") -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
