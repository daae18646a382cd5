"""What a visitor takes home: a table, a list for programs, pictures. All of it is made in memory, when it is asked for.

It works on what `Reading.as_json` says. Names of files were typed by somebody: in a table they must not become a
formula, and in a zip not a path.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

Record = Mapping[str, Any]

COLUMNS = (
    "file",
    "face",
    "x",
    "y",
    "width",
    "height",
    "score",
    "label",
    "confidence",
    "female",
    "male",
    "error",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NOT_IN_A_NAME = re.compile(r"[^\w .()-]+")
_LONGEST_NAME = 80


def table(records: Iterable[Record]) -> bytes:
    """One row a face, and one for each photo without any, with its reason; opens as it should in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for record in records:
        writer.writerows(_rows(record))
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def listing(records: Iterable[Record]) -> bytes:
    """The same objects as the API sends and the terminal prints, in one array."""
    return json.dumps(list(records), ensure_ascii=True, indent=1).encode()


def archive(pictures: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of JPEG pictures under plain names, none twice; each picture is asked for when its turn comes."""
    packed = io.BytesIO()
    taken: set[str] = set()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as opened:
        for name, content in pictures:
            plain = next(candidate for candidate in _names(name) if candidate.lower() not in taken)
            taken.add(plain.lower())
            opened.writestr(plain, content)
    return packed.getvalue()


def plain_name(name: str) -> str:
    """The last part of a name, without suffix and without anything that could mean something to a system."""
    last = PurePosixPath(name.replace("\\", "/")).name
    stem = last.rpartition(".")[0] or last
    plain = _NOT_IN_A_NAME.sub("_", stem).strip(" ._-")[:_LONGEST_NAME]
    return plain or "photo"


def _names(name: str) -> Iterator[str]:
    stem = plain_name(name)
    yield f"{stem}.jpg"
    number = 2
    while True:
        yield f"{stem}-{number}.jpg"
        number += 1


def _rows(record: Record) -> Iterator[dict[str, Any]]:
    file = harmless(str(record["file"]))
    error = record.get("error")
    if not record["faces"]:
        yield {"file": file, "error": error["message"] if error else ""}
    for number, face in enumerate(record["faces"], start=1):
        place = dict(zip(("x", "y", "width", "height"), face["box"], strict=True))
        known = {name: face[name] for name in ("score", "label", "confidence")}
        yield {"file": file, "face": number, **place, **known, **face["probabilities"]}


def harmless(text: str) -> str:
    """A spreadsheet runs what begins like a formula; a quote in front makes it text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
