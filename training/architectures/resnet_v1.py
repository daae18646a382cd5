"""ResNet18: the smallest of the first residual networks (He et al. 2015); Keras itself begins at 50 layers."""

import keras
from keras import layers

# Filters and first stride of each stage of two blocks.
STAGES = ((64, 1), (128, 2), (256, 2), (512, 2))


def build(input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """From pixels 0..255 to the last feature map, with random weights."""
    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="preprocess")(pixels)
    x = _convolve(x, 64, 7, 2, "stem")
    x = layers.ReLU(name="stem_relu")(x)
    x = layers.MaxPooling2D(3, 2, padding="same", name="stem_pool")(x)
    for stage, (filters, stride) in enumerate(STAGES, start=2):
        x = _block(x, filters, stride, f"conv{stage}a")
        x = _block(x, filters, 1, f"conv{stage}b")
    return keras.Model(pixels, x, name="resnet18")


def _block(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """Two convolutions that learn what to add; a third fits the shape where it changes."""
    y = _convolve(x, filters, 3, stride, f"{name}_1")
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    y = _convolve(y, filters, 3, 1, f"{name}_2")
    if stride > 1:
        x = _convolve(x, filters, 1, stride, f"{name}_0")
    x = layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_relu")(x)


def _convolve(x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters, kernel, stride, "same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv"
    )(x)
    return layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn")(x)
