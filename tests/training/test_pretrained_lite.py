"""A torch file is read without torch, down to its strides, and without running what it asks for."""

import io
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

from training import efficientnet_lite, pretrained_lite


@pytest.fixture
def torch_names_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pickle of torch names, as empty shells: enough to write one, nothing to read one with."""
    torch, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for module, name in ((torch, "FloatStorage"), (torch, "LongStorage"), (inner, "_rebuild_tensor_v2")):
        shell = type(name, (), {"__module__": module.__name__, "__qualname__": name})
        setattr(module, name, shell)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)


@pytest.mark.usefixtures("torch_names_exist")
def test_the_network_gets_every_tensor_also_those_that_lie_transposed(tmp_path: Path) -> None:
    network = efficientnet_lite.build(input_shape=(32, 32, 3), top=1000)
    tensors = {f"{name}.{part}": value for name, part, value in _random_tensors(network)}
    (tmp_path / "lite.pth").write_bytes(_torch_file(tensors))

    pretrained_lite.convert(tmp_path / "lite.pth", "lite0", tmp_path / "lite.weights.h5")

    network.load_weights(tmp_path / "lite.weights.h5")
    (stem,) = network.get_layer("stem_conv").get_weights()
    (around,) = network.get_layer("block3b_depthwise_conv").get_weights()
    np.testing.assert_allclose(stem, tensors["_conv_stem.weight"].transpose(2, 3, 1, 0), rtol=1e-3)
    np.testing.assert_allclose(
        around, tensors["_blocks.4._depthwise_conv.weight"].transpose(2, 3, 0, 1), rtol=1e-3
    )
    np.testing.assert_array_equal(network.get_layer("head_bn").get_weights()[3], tensors["_bn1.running_var"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lite.pth", "lite.weights.h5"]


@pytest.mark.usefixtures("torch_names_exist")
def test_a_tensor_that_reaches_beyond_its_storage_is_refused() -> None:
    file = _torch_file({"a": np.zeros((4, 4), np.float32)}, claimed_rows=400)

    with pytest.raises(ValueError, match="reaches beyond its storage"):
        pretrained_lite.read_torch(io.BytesIO(file))


def test_a_tensor_without_a_place_is_an_error() -> None:
    network = efficientnet_lite.build(input_shape=(32, 32, 3), top=1000)
    tensors = {f"{name}.{part}": value for name, part, value in _random_tensors(network)}
    tensors["_blocks.16._bn2.weight"] = np.zeros(3, np.float32)

    with pytest.raises(ValueError, match="no place for"):
        pretrained_lite.fill(network, tensors)


def test_a_file_that_asks_for_code_is_refused() -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (os.system, ("exit 1",))

    with pytest.raises(pickle.UnpicklingError, match="no business with"):
        pretrained_lite.read_torch(io.BytesIO(pickle.dumps(Hostile())))


def _random_tensors(network: keras.Model) -> list[tuple[str, str, np.ndarray]]:
    """Numbers in torch's order of axes, under the package's names."""
    random = np.random.default_rng(1)
    names, found = pretrained_lite.torch_names(network), []
    for layer in network.layers:
        for part, weight in (
            zip(pretrained_lite.parts(layer), layer.weights, strict=True) if layer.weights else ()
        ):
            axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[len(weight.shape)]
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                axes = (2, 3, 0, 1)
            shape = [weight.shape[axis] for axis in axes]
            found.append((names[layer.name], part, random.uniform(1, 2, shape).astype(np.float32)))
    return found


def _torch_file(tensors: dict[str, np.ndarray], claimed_rows: int | None = None) -> bytes:
    """What `torch.save` of old wrote, every matrix and kernel lying transposed in its storage."""
    shells = sys.modules["torch"], sys.modules["torch._utils"]
    file, described, raw = io.BytesIO(), {}, {}
    for number, (name, tensor) in enumerate(tensors.items()):
        key = str(number)
        lying = np.ascontiguousarray(tensor.T)
        strides = tuple(step // tensor.itemsize for step in lying.T.strides)
        raw[key] = lying.tobytes()
        shape = (claimed_rows, *tensor.shape[1:]) if claimed_rows else tensor.shape
        described[name] = _Tensor(_Storage(shells[0], key, tensor.size), shape, strides, shells[1])
    for value in (pretrained_lite.MAGIC, 1001, {"little_endian": True}):
        pickle.dump(value, file, protocol=2)
    _Pickler(file, protocol=2).dump(described)
    pickle.dump(list(raw), file, protocol=2)
    for content in raw.values():
        file.write((len(content) // 4).to_bytes(8, "little") + content)
    return file.getvalue()


class _Storage:
    def __init__(self, torch: Any, key: str, count: int) -> None:
        self.pid = ("storage", torch.FloatStorage, key, "cpu", count, None)


class _Tensor:
    def __init__(self, storage: _Storage, shape: tuple, strides: tuple, inner: Any) -> None:
        self.made_from = (storage, 0, shape, strides, False, None)
        self.inner = inner

    def __reduce__(self) -> tuple[Any, tuple]:
        return self.inner._rebuild_tensor_v2, self.made_from


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: object) -> tuple | None:
        return value.pid if isinstance(value, _Storage) else None
