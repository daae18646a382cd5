"""What was brought counts until nobody holds it any more."""

import gc
import io
import zipfile
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.parts.arrivals import unpacked
from ui import holding, samples
from ui.uploads import Arrival, held

ROOT = Path(__file__).resolve().parents[2]
PORTRAIT = (samples.FOLDER / "astronaut.jpg").read_bytes()


def total() -> int:
    gc.collect()
    return holding.by_visit().total()


def test_a_file_counts_for_as_long_as_somebody_can_read_it() -> None:
    before = total()

    upload = held("a.jpg", bytes(1000))
    assert total() == before + 1000
    read = upload.read
    del upload
    assert total() == before + 1000
    del read

    assert total() == before


def test_a_zip_counts_until_the_last_of_its_photos_is_let_go() -> None:
    before = total()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.jpg", PORTRAIT)
        archive.writestr("two.jpg", PORTRAIT)
    size = len(packed.getvalue())
    photos = unpacked(Arrival(1, (held("trip.zip", packed.getvalue()),))).photos

    assert total() == before + size
    photos.pop()
    assert total() == before + size
    photos.pop()

    assert total() == before


def test_a_page_that_took_a_photo_holds_it_until_it_is_forgotten() -> None:
    before = total()
    page = AppTest.from_file(ROOT / "pages" / "photo.py", default_timeout=60).run()
    page.file_uploader[0].set_value([("a.jpg", PORTRAIT, "image/jpeg")]).run()
    assert not page.exception
    assert total() >= before + len(PORTRAIT)

    next(button for button in page.button if button.label == "Forget now").click().run()
    assert not page.exception

    assert total() == before
