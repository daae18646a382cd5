"""What is unpacked and what is refused, one file at a time."""

import io
import zipfile

from pages.parts.arrivals import unpacked
from ui import samples
from ui.language import plain_error
from ui.uploads import Arrival, held

PORTRAIT = (samples.FOLDER / "astronaut.jpg").read_bytes()


def test_an_archive_inside_a_zip_is_refused_and_the_photo_beside_it_comes() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.jpg", PORTRAIT)
        archive.writestr("more.zip", b"PK\5\6" + bytes(18))

    found = unpacked(Arrival(1, (held("trip.zip", packed.getvalue()),)))

    assert [(photo.name, photo.read()) for photo in found.photos] == [("one.jpg", PORTRAIT)]
    [nested] = found.refused
    assert nested.name == "more.zip"
    assert plain_error(nested.error, nested.sentences).startswith("The zip holds another archive")
    assert found.files == 2
