"""The whole way: bytes in, a reading out, whatever the bytes are."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from model.classifier import Prediction
from model.faces import Pixels, tilt
from model.images import PhotoError
from model.mtcnn import Mtcnn
from model.pipeline import Pipeline, Reading

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


class Brightness:
    """A classifier that a test can compute by hand: bright crops are "male"."""

    certain = False  # as the network is where a float32 rounds to 1

    def __init__(self) -> None:
        self.asked: list[Pixels] = []

    def predict(self, crops: Pixels) -> Prediction:
        self.asked.append(crops)
        bright = crops.mean(axis=(1, 2, 3), dtype=np.float32) / 255
        bright = bright.round() if self.certain else bright
        p = np.stack([1 - bright, bright], axis=1).astype(np.float32)
        return Prediction(
            p, np.zeros((len(crops), 2, 2, 3), np.float32), np.zeros((len(crops), 3), np.float32)
        )


@pytest.fixture(scope="module")
def detector() -> Mtcnn:
    return Mtcnn()


def a_pipeline(detector: Mtcnn, sure_at: float = 0.5) -> tuple[Pipeline, Brightness]:
    classifier = Brightness()
    return Pipeline(detector, classifier, input_size=64, sure_at=sure_at), classifier


def encoded(pixels: np.ndarray, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def portrait() -> np.ndarray:
    return np.asarray(Image.open(SAMPLE).convert("RGB"))


def only_real_faces(reading: Reading) -> list[Any]:
    return [answer for answer in reading.faces if answer.face.score > 0.95]


def test_a_portrait_becomes_one_answer_in_the_photos_own_pixels(detector: Mtcnn) -> None:
    pipeline, classifier = a_pipeline(detector)

    reading = pipeline.read(SAMPLE.read_bytes(), file="astronaut.png")

    [answer] = only_real_faces(reading)
    x, y, w, h = answer.face.box
    assert 160 < x < 200
    assert 50 < y < 100
    assert 60 < w < 120
    assert 80 < h < 150
    assert classifier.asked[0].shape[1:] == (64, 64, 3)
    assert set(reading.timings_ms) == {"decode", "detect", "classify"}


def test_json_has_the_fields_that_were_promised(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)

    told = pipeline.read(SAMPLE.read_bytes(), file="a.png").as_json()

    assert set(told) == {"file", "width", "height", "turned", "faces", "error", "timings_ms"}
    assert (told["width"], told["height"], told["error"], told["turned"]) == (512, 512, None, 0)
    face = told["faces"][0]
    assert set(face) == {"box", "score", "label", "confidence", "probabilities", "sure"}
    assert set(face["probabilities"]) == {"female", "male"}
    assert face["label"] in ("female", "male", "unsure")


def test_the_likelier_label_is_the_one_at_its_index(detector: Mtcnn) -> None:
    dark, bright = (np.clip(portrait() * f, 0, 255).astype(np.uint8) for f in (0.5, 1.6))
    pipeline, _ = a_pipeline(detector)

    labels = [only_real_faces(pipeline.read(encoded(pixels)))[0].label for pixels in (dark, bright)]

    assert labels == ["female", "male"]


def test_below_the_models_own_bar_the_answer_is_unsure(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector, sure_at=0.99)

    [answer] = only_real_faces(pipeline.read(SAMPLE.read_bytes()))

    assert answer.label == "unsure"
    assert not answer.sure
    assert answer.confidence == max(answer.probabilities.values())


def test_a_model_that_is_never_sure_is_not_even_where_rounding_makes_it_certain(detector: Mtcnn) -> None:
    pipeline, classifier = a_pipeline(detector, sure_at=1.0)
    classifier.certain = True

    [answer] = only_real_faces(pipeline.read(SAMPLE.read_bytes()))

    assert (answer.confidence, answer.label) == (1.0, "unsure")


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_sideways_photo_is_turned_until_a_face_stands(detector: Mtcnn, turns: int) -> None:
    pipeline, _ = a_pipeline(detector)
    [upright] = only_real_faces(pipeline.read(SAMPLE.read_bytes()))

    reading = pipeline.read(encoded(np.ascontiguousarray(np.rot90(portrait(), turns))))

    assert reading.turned == 360 - 90 * turns
    [answer] = only_real_faces(reading)
    there = answer.face.turned(-turns, 512, 512)
    np.testing.assert_allclose(there.landmarks, upright.face.landmarks, atol=3)
    # The crop is cut upright from the photo as it lies.
    assert np.abs(answer.crop.astype(int) - upright.crop).mean() < 6


@pytest.mark.parametrize("turns", [1, 3])
@pytest.mark.parametrize("name", ["dorrell-tibbs", "olena-kovalova", "lin-manuel-miranda", "fausto-sandoval"])
def test_what_the_detector_takes_for_a_face_on_its_side_does_not_keep_a_photo_from_being_turned(
    detector: Mtcnn, shared_photos: Path, name: str, turns: int
) -> None:
    pipeline, _ = a_pipeline(detector)
    [path] = (shared_photos / "portraits").glob(f"{name}.*")
    pixels = np.asarray(Image.open(path).convert("RGB"))

    reading = pipeline.read(encoded(np.ascontiguousarray(np.rot90(pixels, turns)), "JPEG", quality=92))

    assert reading.turned == 360 - 90 * turns


def test_a_face_that_leans_is_answered_as_it_lies(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)
    for degrees in (-40, -20, 20, 40):
        matrix = cv2.getRotationMatrix2D((224, 120), degrees, 1)
        leaning = cv2.warpAffine(portrait(), matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)

        reading = pipeline.read(encoded(leaning))

        assert reading.turned == 0
        [answer] = reading.faces
        assert tilt(answer.face.landmarks) == pytest.approx(-degrees, abs=12)


def test_a_photo_larger_than_the_working_size_answers_in_full_size_pixels(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)
    big = cv2.resize(portrait(), (3600, 3600), interpolation=cv2.INTER_CUBIC)
    [small] = only_real_faces(pipeline.read(SAMPLE.read_bytes()))

    reading = pipeline.read(encoded(big, "JPEG", quality=92))

    [answer] = only_real_faces(reading)
    assert (reading.width, reading.height) == (3600, 3600)
    np.testing.assert_allclose(
        np.array(answer.face.box), np.array(small.face.box) * 3600 / 512, rtol=0.12, atol=40
    )


def test_jpeg_and_png_of_the_same_pixels_get_the_same_answer(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)

    png, jpeg = (
        only_real_faces(pipeline.read(encoded(portrait(), format, **options)))[0]
        for format, options in (("PNG", {}), ("JPEG", {"quality": 98, "subsampling": 0}))
    )

    assert png.probabilities["male"] == pytest.approx(jpeg.probabilities["male"], abs=0.01)


def test_red_stays_red_on_its_way_to_the_crop(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)
    red = portrait().copy()
    red[..., 0] = np.clip(red[..., 0].astype(int) + 60, 0, 255)

    crop = only_real_faces(pipeline.read(encoded(red)))[0].crop.reshape(-1, 3).mean(axis=0)

    assert crop[0] > crop[2] + 40


def test_a_file_that_is_no_picture_is_answered_with_its_reason(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)

    reading = pipeline.read(b"<html>not a picture</html>", file="page.jpg")

    assert reading.error is not None
    assert reading.error.code == "not_an_image"
    assert reading.as_json()["error"]["message"] == str(reading.error)


def test_nobody_on_the_photo_is_said_and_the_whole_picture_can_be_taken(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)
    sky = encoded(np.full((90, 160, 3), (120, 160, 220), np.uint8))

    nobody = pipeline.read(sky)
    whole = pipeline.read(sky, whole_picture=True)

    assert nobody.error is not None
    assert nobody.error.code == "no_face"
    assert nobody.faces == ()
    assert [answer.face.box for answer in whole.faces] == [(35.0, 0.0, 90.0, 90.0)]
    assert whole.as_json()["faces"][0]["confidence"] > 0


def test_many_photos_come_back_in_their_order_each_with_its_own_fate(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)
    good = SAMPLE.read_bytes()

    def gone() -> bytes:
        raise PhotoError("unreadable", reason="it is gone")

    files = [("a", lambda: good), ("b", lambda: b""), ("c", gone), ("d", lambda: good)]
    readings = list(pipeline.read_many(files))

    assert [reading.file for reading in readings] == ["a", "b", "c", "d"]
    assert [reading.error and reading.error.code for reading in readings] == [
        None,
        "empty",
        "unreadable",
        None,
    ]


def test_files_are_opened_only_a_few_ahead(detector: Mtcnn) -> None:
    pipeline, _ = a_pipeline(detector)
    opened: list[int] = []

    def opener(number: int) -> Any:
        def read() -> bytes:
            opened.append(number)
            return b""

        return read

    readings = pipeline.read_many(((str(n), opener(n)) for n in range(100)), workers=2)
    next(readings)

    assert len(opened) <= 5


@pytest.mark.parametrize("folder", ["no_face", "odd"])
def test_what_is_no_face_stays_none_whichever_way_up_it_is(
    detector: Mtcnn, shared_photos: Path, folder: str
) -> None:
    pipeline, _ = a_pipeline(detector)

    for path in sorted((shared_photos / folder).iterdir()):
        assert only_real_faces(pipeline.read(path.read_bytes())) == [], path.name
