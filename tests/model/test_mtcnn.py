"""The detector: its networks answer as the package's do, its pyramid is whole, and it finds who is there."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from model.faces import Face
from model.mtcnn import Mtcnn, pyramid, suppress_nested, suppress_overlaps
from model.mtcnn_networks import LiteRTNetworks, TensorFlowNetworks

ROOT = Path(__file__).parents[2]
SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def overlap(a: Face, b: Face) -> float:
    (ax, ay, aw, ah), (bx, by, bw, bh) = a.box, b.box
    wide = max(0.0, min(ax + aw, bx + bw) - max(ax, bx))
    high = max(0.0, min(ay + ah, by + bh) - max(ay, by))
    return wide * high / (aw * ah + bw * bh - wide * high)


@pytest.fixture(scope="module")
def detector() -> Mtcnn:
    return Mtcnn()


def test_the_converted_networks_answer_as_the_packages_do() -> None:
    from model.pretrained.convert_mtcnn import network

    rng = np.random.default_rng(1)
    ours = LiteRTNetworks()
    for name, side in (("pnet", 74), ("rnet", 24), ("onet", 48)):
        pixels = rng.integers(0, 256, (3, side, side, 3)).astype(np.float32)
        theirs = network(name)((pixels - 127.5) / 128)
        for mine, reference in zip(getattr(ours, name)(pixels), theirs, strict=True):
            np.testing.assert_allclose(mine, np.asarray(reference), atol=2e-5)


@pytest.mark.parametrize("min_face_px", [12, 20, 24, 28, 30, 40, 63, 100])
@pytest.mark.parametrize("size", [(100, 100), (101, 347), (640, 480), (13, 900), (12, 12)])
def test_every_level_of_the_pyramid_fits_the_cell_and_its_top_fills_it(
    size: tuple[int, int], min_face_px: int
) -> None:
    levels = pyramid(np.zeros((*size, 3), np.uint8), min_face_px)

    shorter = [min(level.shape[:2]) for level in levels]
    assert all(side >= 12 for side in shorter)
    assert len(levels) == (0 if min(size) < min_face_px else len(levels))
    if min(size) >= min_face_px:
        assert shorter[-1] * 0.709 < 12.5


@pytest.mark.parametrize("min_face_px", [12, 20, 24, 28, 30, 40, 60])
def test_any_smallest_face_finds_the_portrait(detector: Mtcnn, min_face_px: int) -> None:
    faces = detector.detect(read(SAMPLE), min_face_px=min_face_px)

    assert len([face for face in faces if face.score > 0.95]) == 1


@pytest.mark.slow
def test_a_graphics_card_would_find_the_same_faces(detector: Mtcnn) -> None:
    """The networks that a graphics card runs, here on the processor."""
    [ours], [theirs] = (d.detect(read(SAMPLE)) for d in (detector, Mtcnn(TensorFlowNetworks)))

    np.testing.assert_allclose(ours.box, theirs.box, atol=0.01)
    np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=0.01)
    assert ours.score == pytest.approx(theirs.score, abs=1e-4)


def test_landmarks_lie_where_the_eyes_nose_and_mouth_are(detector: Mtcnn) -> None:
    face = detector.detect(read(SAMPLE))[0]

    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_the_answer_moves_with_the_picture(detector: Mtcnn) -> None:
    photo = read(SAMPLE)
    [face] = detector.detect(photo)
    moved = cv2.copyMakeBorder(photo, 40, 0, 120, 0, cv2.BORDER_REPLICATE)

    [shifted] = detector.detect(moved)

    np.testing.assert_allclose(shifted.landmarks, face.landmarks + [120, 40], atol=3)


def test_a_big_photo_is_answered_in_its_own_pixels(detector: Mtcnn) -> None:
    photo = read(SAMPLE)
    [face] = detector.detect(photo)
    big = cv2.resize(photo, None, fx=4, fy=3, interpolation=cv2.INTER_CUBIC)

    [found] = detector.detect(big)

    assert overlap(face.scaled(4, 3), found) > 0.8


def test_faces_smaller_than_asked_are_left_out(detector: Mtcnn) -> None:
    photo = read(SAMPLE)
    small = cv2.resize(photo, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)

    assert len(detector.detect(small, min_face_px=24)) == 1
    assert detector.detect(small, min_face_px=90) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 3), (11, 11), (12, 12), (24, 2000)])
def test_slivers_of_pictures_have_no_faces(detector: Mtcnn, size: tuple[int, int]) -> None:
    assert detector.detect(np.full((*size, 3), 128, np.uint8)) == []


def test_a_face_cut_by_the_border_stays_inside_the_picture(detector: Mtcnn) -> None:
    photo = read(SAMPLE)
    [face] = detector.detect(photo)
    x, y, w, h = (round(v) for v in face.box)
    cut = np.ascontiguousarray(photo[y + h // 8 : y + h, x : x + w])

    for found in detector.detect(cut):
        left, top, wide, high = found.box
        assert left >= 0
        assert top >= 0
        assert left + wide <= cut.shape[1]
        assert top + high <= cut.shape[0]


def test_overlap_is_suppressed_only_by_boxes_that_stay() -> None:
    # B overlaps A, C overlaps B but not A. B is dropped, so it may not drop C.
    boxes = np.array([[0, 0, 10, 10, 0.9], [4, 0, 14, 10, 0.8], [8, 0, 18, 10, 0.7]], np.float32)

    assert suppress_overlaps(boxes, 0.4).tolist() == [0, 2]
    assert suppress_overlaps(boxes, 0.5).tolist() == [0, 1, 2]
    assert suppress_overlaps(boxes, 0.4, np.array([1, 2, 1])).tolist() == [0, 1, 2]
    assert suppress_overlaps(boxes[:0], 0.4).tolist() == []


def test_overlap_of_the_smaller_box_drops_a_box_inside_another() -> None:
    boxes = np.array([[0, 0, 100, 100, 0.9], [10, 10, 30, 30, 0.95]], np.float32)

    assert suppress_overlaps(boxes, 0.7).tolist() == [1, 0]
    assert suppress_nested(boxes, 0.7).tolist() == [1]


def test_thirty_threads_get_the_answer_of_one_from_a_few_sets_of_networks() -> None:
    photo = read(SAMPLE)
    made: list[LiteRTNetworks] = []

    def make() -> LiteRTNetworks:
        made.append(LiteRTNetworks())
        return made[-1]

    detector = Mtcnn(make, sets=3)
    [alone] = detector.detect(photo)
    found: list[list[Face]] = []
    threads = [threading.Thread(target=lambda: found.append(detector.detect(photo))) for _ in range(30)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 30
    assert len(made) <= 3
    for [face] in found:
        assert face.box == alone.box
        np.testing.assert_array_equal(face.landmarks, alone.landmarks)


def test_a_set_of_networks_that_failed_is_not_used_again(detector: Mtcnn) -> None:
    class Broken(LiteRTNetworks):
        def onet(self, patches: np.ndarray) -> Any:
            raise RuntimeError("the interpreter broke")

    kinds = [Broken, LiteRTNetworks]
    mended = Mtcnn(lambda: kinds.pop(0)(), sets=1)
    with pytest.raises(RuntimeError, match="broke"):
        mended.detect(read(SAMPLE))

    assert len(mended.detect(read(SAMPLE))) == len(detector.detect(read(SAMPLE)))


def test_a_stranger_s_weights_in_the_working_directory_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.pretrained.convert_mtcnn import network

    (tmp_path / "pnet.lz4").write_bytes(b"not a pickle")
    monkeypatch.chdir(tmp_path)

    assert network("pnet").conv1.kernel.shape == (3, 3, 3, 10)


@pytest.mark.parametrize("folder", ["no_face", "odd"])
def test_things_are_not_faces(detector: Mtcnn, shared_photos: Path, folder: str) -> None:
    for path in sorted((shared_photos / folder).iterdir()):
        assert all(face.score < 0.95 for face in detector.detect(read(path))), path.name


def test_everybody_at_solvay_is_found(detector: Mtcnn, shared_photos: Path) -> None:
    faces = detector.detect(read(shared_photos / "groups" / "solvay1927.jpg"))

    assert len([face for face in faces if face.score > 0.9]) >= 29
    assert [face.box[0] for face in faces] == sorted(face.box[0] for face in faces)


@pytest.mark.slow
def test_crowds_are_found_as_well_as_stock_mtcnn_finds_them(detector: Mtcnn, shared_photos: Path) -> None:
    """A small piece of what benchmarks/faces.py measures on 200 group pictures."""
    from benchmarks.crowds import compose, matched
    from benchmarks.faces import stock

    celeba = shared_photos.parent / "data" / "celeba" / "aligned.parquet"
    theirs = stock()
    hits = {"ours": 0, "stock": 0}
    boxes = {"ours": 0, "stock": 0}
    people = 0
    for crowd in compose(celeba, shared_photos / "no_face", 10, seed=11):
        answers = {
            "ours": [face.box for face in detector.detect(crowd.pixels)],
            "stock": [box for box, _ in theirs(crowd.pixels)],
        }
        people += len(crowd.truth)
        for name, found in answers.items():
            hits[name] += matched(crowd.truth, found)
            boxes[name] += len(found)

    assert people > 150
    assert hits["ours"] / people > hits["stock"] / people - 0.015
    assert hits["ours"] / boxes["ours"] > hits["stock"] / boxes["stock"] - 0.015


def test_a_picture_of_nothing_but_small_faces_stays_within_its_memory(shared_photos: Path) -> None:
    environment = {**os.environ, "RUPA_DATA": str(shared_photos.parent / "data")}
    command = [sys.executable, "-m", "benchmarks.faces", "--worst-case"]

    told = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout

    faces, seconds, peak_mb = (
        float(number) for number in re.findall(r"(\d+(?:\.\d+)?) (?:faces,|s,|MB)", told)
    )
    assert faces > 500
    assert peak_mb < 512
    assert seconds < 20  # 1.4 s on two idle cores; others may be at work here


def test_what_was_nearly_taken_includes_what_was_taken_and_is_few(detector: Mtcnn) -> None:
    pixels = read(SAMPLE)
    dim = (pixels * 0.12).astype(np.uint8)[:160, 130:330]

    taken, nearly = detector.detect(pixels), detector.nearly(pixels)

    assert overlap(taken[0], nearly[0]) > 0.8
    assert 1 <= len(nearly) <= 5
    assert [face.score for face in nearly] == sorted((face.score for face in nearly), reverse=True)
    assert detector.nearly(np.full((200, 200, 3), 127, np.uint8)) == []
    assert len(detector.nearly(dim)) >= len(detector.detect(dim))
