"""What is written for people is true: links lead somewhere, and figures are those of the shipped model's card."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
CARD = ROOT / "model" / "artifacts" / "rupa-1" / "card.json"
WRITTEN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "training").glob("*.md")])
WITH_FIGURES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"(?:\]\(|(?:src|srcset|href)=\")([^)\"\s]+)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
# A share and its range: 94.8% (93.9 to 95.6), 94,8% (93,9 sampai 95,6)
FIGURE = re.compile(r"(\d+(?:[.,]\d)?)%[^\d%()\n]{0,3}\((\d+(?:[.,]\d)?) (?:to|sampai) (\d+(?:[.,]\d)?)\)")
GROUPS = {"age": ("0-2", "3-9", "10-19", "20-29", "70+"), "race": ("Asian", "Black")}


def test_there_is_something_to_read() -> None:
    assert {"README.md", "README.id.md", "CHANGELOG.md", "CONTRIBUTING.md"} <= {file.name for file in WRITTEN}


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert [link for link in LINK.findall(text) if not leads_somewhere(link, file)] == []


@pytest.mark.parametrize(
    "link", ["no-such-file.md", "#no-such-heading", "README.md#no-such-heading", "http://"]
)
def test_a_link_into_nowhere_is_seen(link: str) -> None:
    assert not leads_somewhere(link, ROOT / "README.md")


def leads_somewhere(link: str, file: Path) -> bool:
    """Whether the file is there, and the heading in it. Other hosts are not asked, only looked at."""
    if re.match(r"[a-z]+:", link):
        return re.match(r"(https?://|mailto:).+", link) is not None
    path, _, heading = link.partition("#")
    there = (file.parent / path).resolve() if path else file
    if not there.exists() or ROOT not in [there, *there.parents]:
        return False
    return not heading or heading in headings(there.read_text(encoding="utf-8"))


def headings(text: str) -> set[str]:
    """As GitHub names them in addresses."""
    return {
        re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-") for words in HEADING.findall(text)
    }


def shares(part: Any) -> Iterator[tuple[float, float, float]]:
    """Every figure of the card that has an interval, in percent."""
    if not isinstance(part, dict):
        return
    for name, value in part.items():
        yield from shares(value)
        interval = part.get(f"{name}_interval")
        for key in value if isinstance(value, dict) else [None]:
            one, ends = (value, interval) if key is None else (value[key], (interval or {}).get(key))
            if isinstance(one, float) and ends:
                yield 100 * one, 100 * ends[0], 100 * ends[1]


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CARD.read_text(encoding="utf-8"))["results"]
    return found


@pytest.mark.parametrize("file", WITH_FIGURES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_figure_with_a_range_stands_on_the_card(file: Path, results: dict[str, Any]) -> None:
    known = {tuple(f"{one:.{digits}f}" for one in three) for three in shares(results) for digits in (0, 1)}

    said = [
        tuple(one.replace(",", ".") for one in three)
        for three in FIGURE.findall(file.read_text(encoding="utf-8"))
    ]

    assert [three for three in said if three not in known] == []


@pytest.mark.parametrize(
    ("file", "row", "comma"),
    [
        ("README.md", "| {name} | {share} ({low} to {high}) | {n} |", "."),
        ("README.id.md", "| {name} | {share} ({low} sampai {high}) | {n} |", ","),
    ],
)
def test_the_readme_says_for_whom_the_model_errs(
    file: str, row: str, comma: str, results: dict[str, Any]
) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    utkface = results["utkface-validation"]

    rows = [
        row_of(row, group, utkface["groups"][column][group], comma)
        for column, groups in GROUPS.items()
        for group in groups
    ]
    first = [number(100 * one, 1, comma) for one in (utkface["accuracy"], *utkface["accuracy_interval"])]

    assert f"{first[0]}% ({first[1]} {row.split()[5]} {first[2]})" in text
    assert [one for one in rows if not re.search(one, text)] == []


def row_of(row: str, group: str, figures: dict[str, Any], comma: str) -> str:
    """The row's pattern. Ages are written alike in both languages, but for the dash; races are not."""
    called = re.escape(group).replace(r"\-", "[-–]") if group[0].isdigit() else ""
    low, high = figures["accuracy_interval"]
    filled = row.format(
        name="NAME",
        share=f"{number(100 * figures['accuracy'], 0, comma)}%",
        low=number(100 * low, 0, comma),
        high=number(100 * high, 0, comma),
        n=figures["n"],
    )
    return re.escape(filled).replace("NAME", rf"[^|\n]*{called}[^|\n]*")


def number(value: float, digits: int, comma: str) -> str:
    return f"{value:.{digits}f}".replace(".", comma)


def test_the_citation_and_the_changelog_name_one_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    fields = dict(re.findall(r'^([a-z-]+):[ ]?"?([^"\n]*)"?$', citation, re.MULTILINE))
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", changelog, re.MULTILINE)

    assert newest
    assert (fields["version"], fields["date-released"]) == newest.groups()
    assert {"cff-version", "message", "title", "authors", "license"} <= set(fields)


def test_the_moving_pictures_are_small() -> None:
    moving = sorted((ROOT / "docs").glob("animation-*.webp"))

    assert [file.stem for file in moving] == ["animation-en", "animation-id"]
    assert max(file.stat().st_size for file in moving) <= 1_500_000


def test_every_benchmark_is_named() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    # What others start, or what makes their material, is no benchmark.
    mine = {"clips", "contenders"}

    run = {
        file.stem
        for file in (ROOT / "benchmarks").glob("*.py")
        if '__name__ == "__main__"' in file.read_text()
    }
    named = {
        name
        for row in re.findall(r"^\| (`.+?) \| ", text, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }

    assert named == run - mine


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    explained = text[text.index("Why each dependency is there") :]
    pinned = [
        re.match(r"[\w-]+", line)
        for file in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
    ]

    names = {found[0].removesuffix("-cpu") for found in pinned if found}

    assert {name for name in names if not re.search(rf"\b{re.escape(name)}\b", explained)} == set()
