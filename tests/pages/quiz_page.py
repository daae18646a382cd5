"""The quiz page as its tests visit it, press it and read it."""

from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from training import flagged, quiz_room
from training.quiz_room import Room

PAGE = Path(__file__).resolve().parents[2] / "pages" / "quiz.py"
PUBLIC = "utkface"
PIN = "482913"


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(PAGE)
    app.query_params["lang"] = spoken
    return looked(app)


def looked(app: AppTest) -> AppTest:
    """As the page looks again by itself."""
    app.run()
    assert not app.exception
    return app


def keys(app: AppTest, *, enabled: bool = True) -> set[str | None]:
    return {button.key for button in app.button if button.disabled is not enabled}


def click(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def told(app: AppTest) -> str:
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.html, app.info, app.warning, app.error)
    said = (str(shown.value) for kind in kinds for shown in kind)
    return "\n".join(words for words in said if not words.startswith("<style>"))


def opened(app: AppTest) -> Room:
    click(app, "quiz-open")
    room = quiz_room.current()
    assert room is not None
    return room


def gave(count: int) -> None:
    for shade in range(count):
        said = flagged.Said("male", 0.9, "rupa-1", "similarity-1")
        flagged.save(np.full((192, 192, 3), 8 * shade, np.uint8), ("female", "male")[shade % 2], said)
