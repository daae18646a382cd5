"""Both languages say everything, alike, and in their own numbers."""

import ast
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from model import annotate, registry, sentences
from model.card import Card
from training.table import SENTENCES as OF_DATASETS
from ui import language

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "ui" / "locales" / "id.po"
ROOMS = ("pages", "ui", "api", "training")
English = str | tuple[str, str]


@pytest.fixture(scope="module")
def indonesian() -> Catalog:
    with LOCALE.open("rb") as file:
        return read_po(file, locale="id", abort_invalid=True)


def said_in(file: Path) -> Iterator[English]:
    """Every sentence in a call of t() or tn(). Babel's own extractor passes over calls inside of f-strings."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        words = [
            one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        if name == "t" and words:
            yield words[0]
        elif name == "tn" and len(words) > 1:
            yield words[0], words[1]


def said_by(card: Card) -> list[str]:
    return [*card.fails_on, *card.not_for, *(source.licence for source in card.trained_on)]


def everything() -> set[English]:
    files = [ROOT / "app.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))]
    found = {english for file in files for english in said_in(file)}
    found |= {*sentences.SENTENCES.values(), *annotate.WORDS.values(), *OF_DATASETS.values()}
    return found.union(*(said_by(registry.find(name).card) for name in shipped()))


def shipped() -> list[str]:
    return sorted(card.parent.name for card in registry.SHIPPED.glob("*/card.json"))


def untranslated(wanted: set[English], catalogue: Catalog) -> list[English]:
    missing = []
    for words in wanted:
        forms = (words,) if isinstance(words, str) else words
        known = catalogue.get(forms[0])
        if known is None or english(known) != forms or not all(indonesian_of(known)):
            missing.append(words)
    return sorted(missing, key=str)


def english(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def indonesian_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def test_every_sentence_has_its_indonesian(indonesian: Catalog) -> None:
    assert untranslated(everything(), indonesian) == []


def test_a_sentence_without_indonesian_is_seen(tmp_path: Path, indonesian: Catalog) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        't("About")\nt(\n    "Nobody " "says"\n    " this.", a=1)\n'
        'tn("one", "many", 2)\nprint(f"{language.t(\'Nor this.\')}")\n'
    )

    missing = untranslated(set(said_in(page)), indonesian)

    assert missing == [("one", "many"), "Nobody says this.", "Nor this."]


def test_no_sentence_is_translated_that_nobody_says(indonesian: Catalog) -> None:
    """Words may also stand in a table, and be translated where they are shown."""
    written = {english if isinstance(english, str) else english[0] for english in everything()}
    for room in (*ROOMS, "model"):
        for file in (ROOT / room).rglob("*.py"):
            nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            written |= {
                one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }

    assert {english(message)[0] for message in indonesian if message.id} - written == set()


def test_a_translation_stands_once() -> None:
    ids = re.findall(r"^msgid .*(?:\n\".*)*", LOCALE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted({entry for entry in ids if ids.count(entry) > 1}) == []


def test_a_translation_asks_for_no_fact_that_the_english_does_not_have(indonesian: Catalog) -> None:
    wrong = []
    for message in indonesian:
        known = {fact for one in english(message) for fact in facts(one)}
        if len(english(message)) > 1:
            known.add("n")
        wrong += [text for text in indonesian_of(message) if not facts(text) <= known]

    assert wrong == []


def facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_an_error_is_told_by_its_code_and_facts() -> None:
    error = SimpleNamespace(code="too_big", facts={"mb": 30.25, "max_mb": 20})

    assert language.plain_error(error, sentences.SENTENCES) == sentences.sentence("too_big", **error.facts)


def in_language(tag: str, say: Callable[[], None]) -> list[str]:
    app = AppTest.from_function(say)
    app.query_params["lang"] = tag
    return [str(shown.value) for shown in app.run().markdown]


def _numbers() -> None:
    import streamlit as st

    from ui.language import day, number, percent, t, tn

    st.write(number(1234.5, 1), percent(0.954, 1), percent(0.873), percent(0.9971), percent(0.003))
    st.write(percent(1.0), percent(0.0), day("2026-11-21T12:35:24+00:00"))
    st.write(t("{x:.1f} and {n:,} of {name}", x=2.5, n=12345, name="1.5,b"))
    st.write(tn("{n} face", "{n} faces", 1), tn("{n} face", "{n} faces", 12000))


def test_english_numbers() -> None:
    assert in_language("en", _numbers) == [
        "1,234.5 95.4% 87% >99% <1%",
        "100% 0% 21 November 2026",
        "2.5 and 12,345 of 1.5,b",
        "1 face 12000 faces",
    ]


def test_indonesian_numbers() -> None:
    assert in_language("id", _numbers)[:3] == [
        "1.234,5 95,4% 87% >99% <1%",
        "100% 0% 21 November 2026",
        "2,5 and 12.345 of 1.5,b",
    ]


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [
        (1.0, 0, "100"),
        (0.9992, 0, ">99"),
        (0.9992, 1, "99.9"),
        (29_999 / 30_000, 1, ">99.9"),
        (0.995, 0, ">99"),
        (0.0, 0, "0"),
        (1 / 10_000, 1, "<0.1"),
        (1 / 200, 0, "<1"),
        (1 / 2000, 1, "<0.1"),
        (0.873, 0, "87"),
    ],
)
def test_the_ends_of_a_range_are_all_or_nothing_only_where_they_are(
    share: float, digits: int, said: str
) -> None:
    assert language.of_100(share, digits) == said
    assert language.percent(share, digits) == f"{said}%"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("id", "id"), ("ID", "id"), ("id-ID", "id"), ("en", "en"), ("fr", "en"), ("../x", "en")],
)
def test_the_address_names_the_language(asked: str, spoken: str) -> None:
    def say() -> None:
        import streamlit as st

        from ui.language import language

        st.write(language())

    assert in_language(asked, say) == [spoken]


def test_a_choice_outlives_the_address_that_a_move_between_pages_drops() -> None:
    def page() -> None:
        import streamlit as st

        from ui import language

        language.keep()
        st.button("Indonesian", on_click=lambda: language.choose("id"))
        st.write(language.language())

    app = AppTest.from_function(page).run()
    app.button[0].click().run()
    app.query_params.clear()
    app.run()

    assert app.markdown[0].value == "id"
    assert app.query_params["lang"] == "id"


def test_outside_a_page_it_is_english() -> None:
    assert language.language() == "en"
    assert language.t("About") == "About"
