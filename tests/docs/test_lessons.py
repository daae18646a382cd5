"""The lessons send a class to pages and buttons: each that they print in bold is there, under that very name."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "docs").glob("lesson-?.md"))
BOLD = re.compile(r"\*\*(?!“)([^*\n]+)\*\*")
BLANK = re.compile(r"\{[^}]*\}")
# The switch at the top is named after the languages, not in one of them.
EVERYWHERE = {"EN", "ID"}


@pytest.fixture(scope="module")
def said() -> list[re.Pattern[str]]:
    """Every sentence of the Indonesian interface, with room for what is filled in."""
    with (ROOT / "ui" / "locales" / "id.po").open("rb") as file:
        catalogue = read_po(file, locale="id")
    found = []
    for message in catalogue:
        if not message.id or not message.string:
            continue
        for words in (message.string,) if isinstance(message.string, str) else message.string:
            if re.search(r"\w{2}", BLANK.sub("", words)):
                found.append(re.compile(".+".join(map(re.escape, BLANK.split(words)))))
    return found


def is_said(name: str, said: list[re.Pattern[str]]) -> bool:
    return name in EVERYWHERE or any(one.fullmatch(name) for one in said)


def test_there_are_four_lessons() -> None:
    assert [file.name for file in LESSONS] == [f"lesson-{n}.md" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda file: file.stem)
def test_every_name_in_bold_stands_in_the_interface(lesson: Path, said: list[re.Pattern[str]]) -> None:
    names = BOLD.findall(lesson.read_text(encoding="utf-8"))

    assert len(set(names)) > 5
    assert [name for name in names if not is_said(name, said)] == []


@pytest.mark.parametrize("name", ["Tombol yang tidak ada", "Unggah", ""])
def test_a_name_that_nobody_says_is_seen(name: str, said: list[re.Pattern[str]]) -> None:
    assert not is_said(name, said)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda file: file.stem)
def test_a_lesson_can_be_held_as_it_stands(lesson: Path) -> None:
    text = lesson.read_text(encoding="utf-8")

    for heading in ("Tujuan", "Siapkan", "Jalannya", "Pertanyaan untuk kelas", "Pekerjaan rumah"):
        assert f"\n## {heading}\n" in text
    [minutes] = {int(n) for n in re.findall(r"· (\d+) menit ·", text)}
    ends = [int(n) for n in re.findall(r"^\| \d+–(\d+) \|", text, re.MULTILINE)]
    assert 45 <= minutes <= 90
    assert ends == sorted(ends)
    assert ends[-1] == minutes
