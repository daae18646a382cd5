"""A small vision transformer (ViT-S: Dosovitskiy et al. 2020, Touvron et al. 2021), of layers that every Keras knows.

Its patches are cut by four small convolutions, which learn far better from few photos than one large step of 16
(Xiao et al. 2021, "Early convolutions help transformers see better"). Where a patch lies is learnt as the bias of the
projection that follows, one vector a place: Keras has no layer for it, and a layer of our own would not open elsewhere.
"""

import keras
from keras import layers

PATCH_PX = 16
WIDTH = 384
HEADS = 6
BLOCKS = 12
STEM_FILTERS = (48, 96, 192, 384)


def build(input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """From pixels 0..255 to the patches' last tokens, laid out as a feature map; with random weights."""
    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="preprocess")(pixels)
    for number, filters in enumerate(STEM_FILTERS, start=1):
        x = layers.Conv2D(filters, 3, 2, "same", use_bias=False, name=f"stem{number}_conv")(x)
        x = layers.BatchNormalization(name=f"stem{number}_bn")(x)
        x = layers.ReLU(name=f"stem{number}_relu")(x)
    rows, columns = x.shape[1], x.shape[2]
    x = layers.Reshape((rows * columns, WIDTH), name="patches")(x)
    x = layers.EinsumDense(
        "npc,cd->npd",
        (rows * columns, WIDTH),
        bias_axes="pd",
        bias_initializer=keras.initializers.RandomNormal(stddev=0.02),
        name="places",
    )(x)
    for number in range(1, BLOCKS + 1):
        x = _block(x, f"block{number}")
    x = layers.LayerNormalization(epsilon=1e-6, name="norm")(x)
    x = layers.Reshape((rows, columns, WIDTH), name="map")(x)
    return keras.Model(pixels, x, name="vit_small")


def _block(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Each patch looks at all others, then thinks for itself; both add to what it knew."""
    seen = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_look_norm")(x)
    seen = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=f"{name}_look")(seen, seen)
    x = layers.Add(name=f"{name}_look_add")([x, seen])
    y = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_think_norm")(x)
    y = layers.Dense(4 * WIDTH, activation="gelu", name=f"{name}_think1")(y)
    y = layers.Dense(WIDTH, name=f"{name}_think2")(y)
    return layers.Add(name=f"{name}_think_add")([x, y])
