"""Whatever is missing, each of the five steps opens a page that can show it."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from pages.parts import stage_check, stage_script
from pages.parts.stage_check import Found
from pages.parts.stage_lobby import _SAID as OF_CAMERAS
from words.speech import LOCALES

QUOTED = re.compile("“([^”]+)”")
PAGES = Path(__file__).resolve().parents[3] / "pages"
WELL = {
    "samples": "samples_here",
    "camera": "works",
    "address": "address_secure",
    "errors": "faces_here",
    "photos": "photos_here",
    "recipe": "recipe_ready",
    "pair": "pair_here",
}
ILL = {
    "samples": "samples_missing",
    "camera": "denied",
    "address": "address_plain",
    "errors": "faces_missing",
    "photos": "photos_missing",
    "recipe": "recipe_lacks",
    "pair": "pair_missing",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run is there to be shown instead."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))


def found(*ill: str) -> tuple[Found, ...]:
    return tuple(
        Found(check, "instead", ILL[check]) if check in ill else Found(check, "go", code)
        for check, code in WELL.items()
    )


def pages(*ill: str) -> list[str]:
    return [step.page.removesuffix(".py") for step in stage_script.steps(found(*ill))]


def every_case() -> Iterator[tuple[str, ...]]:
    for n in range(len(ILL) + 1):
        yield from itertools.combinations(ILL, n)


def test_the_codes_are_those_of_the_checks() -> None:
    known = {*stage_check.SENTENCES, *OF_CAMERAS}

    assert {*WELL.values(), *ILL.values()} <= known


@pytest.mark.parametrize(
    ("ill", "shown"),
    [
        ((), ["photo", "live", "errors", "train", "compare"]),
        (("camera",), ["photo", "video", "errors", "train", "compare"]),
        (("address",), ["photo", "video", "errors", "train", "compare"]),
        (("camera", "samples"), ["photo", "photo", "errors", "train", "compare"]),
        (("errors",), ["photo", "live", "evaluate", "train", "compare"]),
        (("photos",), ["photo", "live", "errors", "about", "compare"]),
        (("recipe",), ["photo", "live", "errors", "about", "compare"]),
        (("pair",), ["photo", "live", "errors", "train", "evaluate"]),
    ],
)
def test_what_is_missing_gives_way_to_what_is_here(ill: tuple[str, ...], shown: list[str]) -> None:
    assert pages(*ill) == shown


def test_without_any_figures_the_page_about_the_model_is_shown() -> None:
    without = [one for one in found("pair") if one.check != "errors"]
    steps = stage_script.steps([*without, Found("errors", "instead", "figures_missing")])

    assert [steps[2].page, steps[4].page] == ["about.py", "about.py"]


def test_each_step_is_a_few_short_sentences_and_one_thing_to_do() -> None:
    for ill in every_case():
        steps = stage_script.steps(found(*ill))
        assert len(steps) == 5
        for step in steps:
            assert (PAGES / step.page).is_file()
            assert 2 <= len(step.say) <= 3
            assert all(len(sentence) < 100 for sentence in (*step.say, step.do))


def test_what_the_words_quote_is_called_so_on_the_pages_in_both_languages() -> None:
    with (LOCALES / "id.po").open("rb") as file:
        known = {message.id: str(message.string) for message in read_po(file, locale="id")}
    others = [*PAGES.rglob("*.py"), *(PAGES.parent / "ui").rglob("*.py")]
    elsewhere = "".join(file.read_text() for file in others if "stage" not in file.name)
    steps = [step for ill in every_case() for step in stage_script.steps(found(*ill))]
    sentences = {sentence for step in steps for sentence in (*step.say, step.do)}

    quoting = [sentence for sentence in sentences if QUOTED.search(sentence)]

    assert len(quoting) > 4
    for sentence in quoting:
        names = QUOTED.findall(sentence)
        assert all(f't("{name}")' in elsewhere for name in names), names
        assert QUOTED.findall(known[sentence]) == [known[name] for name in names]


def test_nothing_found_yet_is_the_careful_way() -> None:
    assert len(stage_script.steps(())) == 5
