"""The face backbone: dlib's numbers read right, and a person on two photos nearer than two people."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from model.faces import align
from model.mtcnn import Mtcnn
from training import face_resnet
from training.pretrained_faces import fill, tensors, whole_number


@pytest.mark.parametrize(
    ("data", "value"), [(b"\x01\x05", 5), (b"\x02\x00\x01", 256), (b"\x81\x07", -7), (b"\x00", 0)]
)
def test_a_whole_number_is_as_long_as_its_first_byte_says(data: bytes, value: int) -> None:
    assert whole_number(data + b"rest", 0) == (value, len(data))


def test_a_file_that_is_cut_off_or_another_is_refused() -> None:
    layer = b"\x01\x05con_4" + b"\x01\x02" + b"\x02\x00\x01" + b"\x01\x01" * 3

    with pytest.raises(ValueError, match="cut off"):
        list(tensors(layer + b"\0" * 100))
    with pytest.raises(ValueError, match="layers are others"):
        fill(face_resnet.build(), layer + b"\0" * 1024)


@pytest.mark.parametrize("shape", [(104, 104, 3), (128, 128, 3), (160, 160, 3), (218, 178, 3)])
def test_it_builds_at_any_size(shape: tuple[int, int, int]) -> None:
    network = face_resnet.build(shape)

    assert network.output.shape[-1] == 256
    assert network.count_params() == 5_574_720


def test_one_person_on_two_photos_is_nearer_than_two_people(shared_photos: Path) -> None:
    network = face_resnet.build((150, 150, 3), "faces")
    detector = Mtcnn()

    def embedding(name: str, number: int) -> np.ndarray:
        pixels = np.asarray(Image.open(shared_photos / "portraits" / name).convert("RGB"))
        faces = [face for face in detector.detect(pixels) if face.box[2] > 100]
        # dlib cut its faces closer than we do.
        crop = align(pixels, faces[number].landmarks, 150, field=0.7)
        features = np.asarray(network(crop[None].astype(np.float32)))[0].mean(axis=(0, 1))
        return features / np.linalg.norm(features)

    obama, biden = embedding("obama.jpg", 0), embedding("biden.jpg", 0)
    both = [embedding("obama_and_biden.jpg", 0), embedding("obama_and_biden.jpg", 1)]

    nearest = [max((0, 1), key=lambda number: float(who @ both[number])) for who in (obama, biden)]
    assert nearest == [1, 0]
    assert obama @ both[1] > obama @ biden
