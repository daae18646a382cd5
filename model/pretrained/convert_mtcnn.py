"""Turn the three networks of the `mtcnn` package into LiteRT files: `python -m model.pretrained.convert_mtcnn`.

Each file takes pixels from 0 to 255 as float32: the package's `(x - 127.5) / 128` is folded into the first
convolution, which is exact because that convolution does not pad.
"""

from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SIDES: dict[str, int | None] = {"pnet": None, "rnet": 24, "onet": 48}


def network(name: str) -> Any:
    """The package's network with the package's weights, read from the package's own folder.

    `mtcnn` itself looks in the working directory first, and would unpickle a stranger's file from there.
    """
    import importlib

    import joblib
    import mtcnn

    weights = Path(mtcnn.__file__).parent / "assets" / "weights" / f"{name}.lz4"
    module = importlib.import_module(f"mtcnn.network.{name}")
    net = getattr(module, {"pnet": "PNet", "rnet": "RNet", "onet": "ONet"}[name])()
    net.build()
    net.set_weights(joblib.load(weights))
    return net


def callable_network(name: str) -> Any:
    """The network as a TensorFlow function of pixels from 0 to 255, with one fixed signature."""
    import tensorflow as tf

    net = network(name)
    kernel, bias = (variable.numpy() for variable in (net.conv1.kernel, net.conv1.bias))
    net.conv1.kernel.assign(kernel / 128)
    net.conv1.bias.assign(bias - kernel.sum(axis=(0, 1, 2)) * 127.5 / 128)
    side = SIDES[name]
    return tf.function(net.call, input_signature=[tf.TensorSpec((None, side, side, 3), tf.float32)])


def convert(name: str) -> bytes:
    import tensorflow as tf

    call = callable_network(name)
    # A second argument here would write a small file full of NaN, without an error.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()])
    return bytes(converter.convert())


def main() -> None:
    for name in SIDES:
        target = HERE / f"mtcnn_{name}.tflite"
        target.write_bytes(convert(name))
        print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
