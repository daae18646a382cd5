"""What came of a clip as files: one row a face and moment for a spreadsheet, everything for programs."""

import csv
import io
import json

from model.video import Film
from ui.downloads import harmless, plain_name

COLUMNS = (
    "file",
    "at_s",
    "face",
    "x",
    "y",
    "width",
    "height",
    "score",
    "label",
    "p_male",
    "face_label",
    "face_confidence",
)


def stem(name: str) -> str:
    """A name that means nothing to any system."""
    plain = plain_name(name)
    return "clip" if plain == "photo" else plain


def table(film: Film, name: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    moments = sorted(
        ((one["at_s"], face.number, one, face.told) for face in film.faces for one in face.told["sightings"]),
        key=lambda moment: moment[:2],
    )
    for at_s, number, one, told in moments:
        asked = "" if one["p_male"] is None else one["p_male"]
        whole = (told["label"], told["confidence"])
        writer.writerow(
            [harmless(name), at_s, number, *one["box"], one["score"], one["label"], asked, *whole]
        )
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def listing(film: Film, name: str) -> bytes:
    return json.dumps(film.as_json(name), ensure_ascii=True, indent=1).encode()
