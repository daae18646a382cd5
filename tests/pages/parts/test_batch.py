import io
from collections.abc import Callable

import pytest
from PIL import Image

from model import running
from model.pipeline import Pipeline
from pages.parts.batch import KEPT_AS_IT_IS_BYTES, Batch, opened
from pages.parts.many import summary
from ui import samples
from ui.uploads import Upload, held

PORTRAIT = (samples.FOLDER / "astronaut.jpg").read_bytes()
THREE = (samples.FOLDER / "three.jpg").read_bytes()


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return running.get().pipeline


def batch(*contents: bytes, clock: Callable[[], float] = lambda: 0.0) -> Batch:
    return Batch([held(f"{n}.jpg", content) for n, content in enumerate(contents)], clock)


def test_each_photo_becomes_a_row_in_the_order_it_came(pipeline: Pipeline) -> None:
    work = batch(PORTRAIT, b"no picture", THREE)

    rows = list(work.work(pipeline))

    assert [(row.name, len(row.record["faces"]), row.code) for row in rows] == [
        ("0.jpg", 1, None),
        ("1.jpg", 0, "not_an_image"),
        ("2.jpg", 3, None),
    ]
    assert work.done


def test_who_stops_in_between_goes_on_where_he_was(pipeline: Pipeline) -> None:
    work = batch(PORTRAIT, PORTRAIT, PORTRAIT, PORTRAIT)
    first = work.work(pipeline)
    next(first)
    first.close()

    names = [row.name for row in work.work(pipeline)]

    assert names == ["1.jpg", "2.jpg", "3.jpg"]
    assert [row.name for row in work.rows] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]


def test_what_was_answered_before_cancelling_stays_and_nothing_comes_after(pipeline: Pipeline) -> None:
    work = batch(PORTRAIT, PORTRAIT, PORTRAIT)
    under_way = work.work(pipeline)
    next(under_way)
    under_way.close()

    work.cancel()

    assert work.done
    assert len(work.rows) == 1
    assert list(work.work(pipeline)) == []


def test_the_bytes_of_an_answered_photo_are_let_go(pipeline: Pipeline) -> None:
    work = batch(THREE, PORTRAIT)

    list(work.work(pipeline))

    assert work.waiting == [None, None]
    assert not work._sent
    assert all(len(row.copy or b"") <= max(KEPT_AS_IT_IS_BYTES, len(THREE) - 1) for row in work.rows)
    assert work.rows[1].copy == PORTRAIT


def test_speed_and_the_time_left_come_from_what_was_done(pipeline: Pipeline) -> None:
    ticks = iter([0.0, 0.5, 1.0])
    work = batch(PORTRAIT, PORTRAIT, PORTRAIT, PORTRAIT, clock=lambda: next(ticks))
    assert work.left_s is None
    under_way = work.work(pipeline)

    next(under_way)
    next(under_way)

    assert work.per_second == 2.0
    assert work.left_s == 1.0


def test_the_summary_carries_the_interval_of_its_share(pipeline: Pipeline) -> None:
    work = batch(THREE, PORTRAIT)
    list(work.work(pipeline))

    assert summary(work.rows) == "4 faces in 2 photos: 50% look female (15 to 85), 25% male, 25% not sure"
    assert summary([]) == "No face in 0 photos"


def test_a_photo_that_cannot_be_opened_leaves_the_others_alone(pipeline: Pipeline) -> None:
    from model.images import PhotoError

    def gone() -> bytes:
        raise PhotoError("truncated")

    work = Batch([Upload("gone.jpg", gone), held("here.jpg", PORTRAIT)])

    assert [row.code for row in work.work(pipeline)] == ["truncated", None]


def test_an_opened_row_shows_the_answers_that_the_table_counts(pipeline: Pipeline) -> None:
    """Though its copy is too small for every face to be found on it again."""
    three = Image.open(io.BytesIO(THREE)).convert("RGB")
    large = Image.new("RGB", (4000, 3000), (120, 130, 140))
    large.paste(three.resize((round(three.width * 0.67), round(three.height * 0.67))), (1300, 900))
    file = io.BytesIO()
    large.save(file, "JPEG", quality=95)
    [row] = batch(file.getvalue()).work(pipeline)
    again = opened(row, running.get().artifact.card.input_size)

    told, shown = row.record, again.as_json()
    assert [shown[name] for name in ("faces", "width", "height")] == [
        told[name] for name in ("faces", "width", "height")
    ]
    assert len(pipeline.read(row.read()).faces) < len(again.faces) == 3
    assert all(face.crop.shape[0] > 0 and face.crop.std() > 10 for face in again.faces)
