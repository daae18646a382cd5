"""The finished network as the bytes of another format. What they are worth, `formats_parity.py` says."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from model import quiet
from model.card import KERAS, Card
from model.classifier import OUTPUTS
from model.faces import Pixels

if TYPE_CHECKING:
    import keras

# All that these networks need, and old enough for any onnxruntime since 1.10.
OPSET = 15
INPUT, BATCH = "pixels", "faces"
INT8, INT8_WEIGHTS, FLOAT = "int8", "int8 weights", "float32"


def to_onnx(network: "keras.Model", card: Card) -> bytes:
    """ONNX of any batch size, checked; the file says itself what it takes and gives."""
    tf = quiet.tensorflow()
    with _quietly():
        import onnx
        import tf2onnx

        pixels = tf.TensorSpec([None, *network.input_shape[1:]], tf.float32, name=INPUT)
        run = tf.function(lambda pixels: network(pixels, training=False), input_signature=[pixels])
        made, _ = tf2onnx.convert.from_function(run, input_signature=[pixels], opset=OPSET)
    _hold_captured(made.graph, run.get_concrete_function().graph.captures)
    outputs = {value.name: value for value in made.graph.output}
    del made.graph.output[:]
    made.graph.output.extend(outputs[name] for name in OUTPUTS)
    for value in (*made.graph.input, *made.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    made.graph.name = card.name
    _without_erfc(made.graph)
    onnx.helper.set_model_props(made, _about(card))
    onnx.checker.check_model(made, full_check=True)
    data: bytes = made.SerializeToString()
    return data


def to_int8(network: "keras.Model", faces: Pixels) -> bytes:
    """LiteRT that calculates in whole numbers; their ranges are those that these faces need.

    It still takes and gives float32, so that the same program runs it.
    """
    tf = quiet.tensorflow()

    def shown() -> Iterator[list[Any]]:
        for face in faces:
            yield [face[None].astype(np.float32)]

    def aim(converter: Any) -> None:
        converter.representative_dataset = shown
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]

    return _litert(network, aim)


def to_int8_weights(network: "keras.Model") -> bytes:
    """LiteRT whose weights are whole numbers, and which calculates with numbers that each face brings."""
    return _litert(network, lambda converter: None)


def _litert(network: "keras.Model", aim: Callable[[Any], None]) -> bytes:
    tf = quiet.tensorflow()
    with _quietly():
        converter = tf.lite.TFLiteConverter.from_keras_model(network)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        aim(converter)
        data: bytes = converter.convert()
    return data


def _hold_captured(graph: Any, captured: Any) -> None:
    """Numbers that a layer keeps outside its weights come as further inputs; they belong into the file."""
    from onnx import numpy_helper

    numbers = {inside.name.partition(":")[0]: outside for outside, inside in captured}
    for value in list(graph.input):
        name = value.name.partition(":")[0]
        if name != INPUT:
            if name not in numbers:
                raise ValueError(f"The network wants {name} beside pixels.")
            graph.initializer.append(numpy_helper.from_array(numbers[name].numpy(), value.name))
            graph.input.remove(value)


def _without_erfc(graph: Any) -> None:
    """What Keras' GELU is made of and ONNX has no word for: one less the error function."""
    from onnx import helper

    nodes: list[Any] = []
    for number, node in enumerate(graph.node):
        if node.op_type != "Erfc":
            nodes.append(node)
            continue
        [x], [y] = node.input, node.output
        one, erf = f"{y}/one{number}", f"{y}/erf{number}"
        graph.initializer.append(helper.make_tensor(one, 1, [], [1.0]))  # 1 is float32
        nodes += [helper.make_node("Erf", [x], [erf]), helper.make_node("Sub", [one, erf], [y])]
    del graph.node[:]
    graph.node.extend(nodes)


def _about(card: Card) -> dict[str, str]:
    return {
        "model": card.name,
        "made": card.made,
        "keras_sha256": card.files[KERAS],
        "labels": ",".join(card.labels),
        "input": f"faces x {card.input_size} x {card.input_size} x 3, float32, RGB, 0 to 255, cut as {card.crop}",
        "sure_at": str(card.sure_at),
    }


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), quiet.stderr_closed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
