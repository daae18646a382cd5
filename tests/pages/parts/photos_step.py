"""The step of the Train page in which photos are chosen, and what a person does there, for tests of it."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.parts.train_steps import Photos
from tests.pages import shown
from tests.training import pictures

File = tuple[str, bytes, str]


def page() -> None:
    import streamlit as st

    from pages.parts import train_photos

    line = train_photos.line()
    st.markdown(f"line: {line}")
    train_photos.show()


def visit(way: str | None = None) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60).run()
    if way:
        app.button_group(key="rupa-train-way").set_value(way).run()
    assert not app.exception
    return app


def photos(first: int, count: int) -> list[File]:
    return [(f"{n}.png", pictures.photo(n), "image/png") for n in range(first, first + count)]


def drop(app: AppTest, label: str, files: list[File]) -> AppTest:
    [box] = [one for one in app.file_uploader if one.key and one.key.startswith(f"rupa-drop-{label}-")]
    box.set_value(files).run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    next(button for button in app.button if button.key and button.key.startswith(key)).click().run()
    assert not app.exception
    return app


def keys(app: AppTest) -> str:
    return " ".join(str(button.key) for button in app.button)


def words(app: AppTest) -> str:
    return "\n".join([shown.words(app), *(button.label for button in app.button)])


def look_at(app: AppTest, place: Path, kind: str = "folder") -> AppTest:
    app.text_input(key=f"rupa-train-way-{kind}").input(str(place)).run()
    return press(app, "rupa-train-way-look")


def folder(root: Path, women: int = 12, men: int = 12) -> Path:
    pictures.write_folder(
        root, [*(f"female/{n}.png" for n in range(women)), *(f"male/{n}.png" for n in range(men))]
    )
    return root


def taken(app: AppTest) -> Photos:
    photos: Photos = app.session_state["rupa.train.photos"]
    return photos
