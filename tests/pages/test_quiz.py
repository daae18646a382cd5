"""The quiz page: alone to the end, a room with several phones, what visitors may see, and nothing told too early."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from pages.parts import evaluation_photos, kept_faces
from pages.parts.evaluation_photos import PhotoMissingError
from tests.training.tables import about, table
from training import evaluations, flagged, prediction_table, quiz_room
from training.evaluations import Kept
from training.quiz import FACES, Draw, Question
from training.quiz_room import Room
from training.quiz_score import Vote
from ui import access, room_address

PAGE = Path(__file__).resolve().parents[2] / "pages" / "quiz.py"
PUBLIC = "utkface"
PIN = "482913"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A computer with no evaluation and no photos, and no room open."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(evaluations, "kept", list)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path
    access.require(None)
    if room := quiz_room.current():
        quiz_room.close(room)


@pytest.fixture
def keep(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kept]:
    """Make an evaluation of these photos the one there is; they lie in a folder, whatever they are called."""
    made = table(0, n=120, right=0.7)
    photos = home / "photos"
    for id_, label in zip(made["id"], made["label"], strict=True):
        folder = photos / ("female", "male")[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 60), (90 + 60 * int(label), 120, 140)).save(folder / id_)
    made["id"] = [
        f"{('female', 'male')[label]}/{id_}" for id_, label in zip(made["id"], made["label"], strict=True)
    ]

    def write(dataset: str = "photos") -> Kept:
        said = about(dataset=dataset, spec="" if dataset == PUBLIC else f"folder:{photos}")
        path = home / "evaluation-photos-all.parquet"
        prediction_table.write(path, made, said)
        kept = Kept(path, said, False)
        monkeypatch.setattr(evaluations, "kept", lambda: [kept])
        content = {f"{file.parent.name}/{file.name}": file for file in photos.rglob("*.jpg")}
        if dataset == PUBLIC:
            monkeypatch.setattr(evaluation_photos, "here", lambda _: True)
            monkeypatch.setattr(evaluation_photos, "content", lambda _, id_: content[id_].read_bytes())
        return kept

    return write


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


@pytest.mark.parametrize(
    ("spoken", "title"), [("en", "Can you beat the model?"), ("id", "Bisakah Anda mengalahkan model?")]
)
def test_without_any_photos_the_page_says_how_to_get_them(spoken: str, title: str) -> None:
    app = visit(spoken)

    assert [shown.value for shown in app.title] == [title]
    assert len(app.info) == 1
    assert "quiz-open" in keys(app, enabled=False)
    assert "quiz-female" not in keys(app)


def test_a_visitor_without_any_photos_is_told_to_wait_for_a_room() -> None:
    access.require(PIN)

    assert "If a presenter opens a room" in told(visit())


def test_an_evaluation_whose_photos_are_here_is_one_click_away(
    keep: Callable[..., Kept], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = keep()
    elsewhere = about(dataset="elsewhere", spec=f"folder:{home / 'gone'}")
    gone = Kept(Path(shutil.copy(here.path, home / "evaluation-gone-all.parquet")), elsewhere, False)
    monkeypatch.setattr(evaluations, "kept", lambda: [gone, here])
    app = visit()
    assert "quiz-female" not in keys(app)

    click(app, "rupa-quiz-here")

    assert "quiz-female" in keys(app)


def test_of_few_faces_it_says_how_many_were_right_and_not_that_they_were_drawn_as_hard_ones() -> None:
    def caption() -> None:
        from pages.parts import quiz_words
        from training import statistics
        from training.quiz import Draw, Question

        faces = tuple(Question(str(one), 1, 0.9, True) for one in range(8))
        quiz_words.hard_on_purpose(Draw(faces, 7, statistics.proportion(8, 8), 8))

    [shown] = AppTest.from_function(caption).run().caption
    assert shown.value.startswith("The model, on all of the photos: 8 of 8 right (68 to 100%). ")
    assert shown.value.endswith("Draw 7: of these photos it always gives these faces.")


@pytest.mark.parametrize("spoken", ["en", "id"])
def test_one_player_comes_to_the_end_and_is_scored(keep: Callable[..., Kept], spoken: str) -> None:
    keep()
    app = visit(spoken)
    game = app.session_state["rupa.quiz.game"]

    for one in game.draw.questions:
        right = ("quiz-female", "quiz-male")[one.label]
        click(app, right)
        assert "quiz-told" not in told(app)
        click(app, "quiz-step-2")
        assert "quiz-told" in told(app)
        click(app, "quiz-next")

    model = sum(one.right for one in game.draw.questions)
    said = {
        "en": f"You got {FACES} of {FACES} right, the model {model}.",
        "id": f"Anda benar pada {FACES} dari {FACES}, model {model}.",
    }
    assert said[spoken] in told(app)
    assert ("right in 10 of 10" if spoken == "en" else "benar pada 10 dari 10") in told(app)
    click(app, "quiz-again")
    again = {one.id for one in app.session_state["rupa.quiz.game"].draw.questions}
    assert again != {one.id for one in game.draw.questions}


def test_who_cannot_tell_is_not_asked_how_sure_and_gets_no_point(keep: Callable[..., Kept]) -> None:
    keep()
    app = visit()

    click(app, "quiz-unsure")

    assert "Right so far: you **0**" in told(app)
    assert "You</small><strong>cannot tell" in told(app)


def test_before_the_reveal_nothing_on_the_page_tells_the_answer(keep: Callable[..., Kept]) -> None:
    kept = keep()
    app = visit()
    one = app.session_state["rupa.quiz.game"].draw.questions[0]

    sent = app.main.__repr__() + told(app)

    assert one.id not in sent
    assert Path(one.id).name not in sent
    assert str(kept.path) not in told(app)
    assert "labelled" not in sent
    assert f"{one.p_male:.2f}" not in re.sub('base64,[^"]*', "", told(app))
    address = re.findall('<img class="quiz-face" src="([^"]*)" alt="([^"]*)"', told(app))
    [(picture, alt)] = address
    assert picture.startswith("data:image/jpeg;base64,")
    assert alt == f"Face 1 of {FACES}"


def test_a_room_with_three_phones_to_the_end(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    desk = visit()
    room = opened(desk)
    phones = [visit("id"), visit(), visit()]
    questions = room.draw.questions

    for number, one in enumerate(questions):
        for phone in phones:
            looked(phone)
            assert "quiz-told" not in told(phone)
        click(phones[0], ("quiz-female", "quiz-male")[one.label])
        click(phones[1], ("quiz-female", "quiz-male")[one.label])
        click(phones[2], ("quiz-male", "quiz-female")[one.label])
        click(phones[2], ("quiz-male", "quiz-female")[one.label])
        if number == 0:
            phones[0].segmented_control[0].set_value(2).run()
            assert "Your vote counts: " in told(phones[1])
            assert "<strong>3 votes</strong><small>3 people are here" in told(looked(desk))
        click(desk, "quiz-reveal")
        assert "labelled" in told(desk)
        assert "You · wrong" in told(looked(phones[2]))
        assert "quiz-told" in told(looked(phones[0]))
        click(desk, "quiz-next")

    model = sum(one.right for one in questions)
    assert f"The room got 10 of 10 right, the model {model}." in told(desk)
    assert "67% (" in told(desk)
    assert "right in 1 of 1" in told(desk)
    assert "<b>0 of 10" in told(looked(phones[2]))
    assert f"Seisi ruangan benar pada 10 dari 10, model {model}." in told(looked(phones[0]))
    click(desk, "quiz-again")
    assert {one.id for one in room.draw.questions} != {one.id for one in questions}
    click(desk, "quiz-close")
    assert quiz_room.current() is None
    assert "The presenter has closed the room." in told(looked(phones[1]))


def test_late_votes_do_not_count_and_nobody_is_told_that_they_do(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    desk = visit()
    room = opened(desk)
    phone = visit()
    room.reveal(room.seen().turn)

    click(phone, "quiz-male")

    assert "Your vote counts: " not in told(phone)
    assert "quiz-told" in told(looked(phone))
    revealed = room.snapshot().revealed
    assert revealed is not None
    assert revealed[1].of == 0


def test_a_page_loaded_again_is_the_same_voter_and_knows_its_vote(
    keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(PUBLIC)
    desk = visit()
    room = opened(desk)
    token = bytes(range(16))
    for _ in range(2):  # the cookie is written anew each time, about the same token
        cookie = generate_xsrf_token_string(token, 1)
        monkeypatch.setattr(ContextProxy, "cookies", StreamlitCookies({XSRF_COOKIE_NAME: cookie}))
        phone = visit()
        if not room.seen().votes:
            click(phone, "quiz-female")

    assert "Your vote counts: " in told(phone)
    click(phone, "quiz-male")
    assert (room.seen().votes, room.seen().people) == (1, 1)
    click(desk, "quiz-reveal")
    assert "You · " in told(looked(phone))


def test_another_answer_is_asked_anew_how_sure_and_the_same_one_stays_as_sure(
    keep: Callable[..., Kept],
) -> None:
    keep(PUBLIC)
    room = opened(visit())
    phone = visit()
    click(phone, "quiz-female")
    phone.segmented_control[0].set_value(2).run()
    click(phone, "quiz-female")
    assert phone.segmented_control[0].value == 2
    assert list(room._votes.values()) == [Vote(0, 2)]

    click(phone, "quiz-male")

    assert phone.segmented_control[0].value is None
    phone.segmented_control[0].set_value(2).run()
    assert list(room._votes.values()) == [Vote(1, 2)]


def test_where_the_address_is_known_phones_can_scan_it(
    keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "https://10.0.0.7:8501"
    monkeypatch.setattr(room_address, "known", lambda: ("https://192.168.1.20:8501", other))
    keep(PUBLIC)
    desk = visit()
    opened(desk)

    assert 'src="data:image/svg' in told(desk)
    assert "https://<wbr>192.168.1.20:8501/quiz" in told(desk)
    desk.session_state[room_address._CHOSEN] = other  # on the Stage page
    assert "https://<wbr>10.0.0.7:8501/quiz" in told(looked(desk))


def test_a_presenter_who_loads_the_page_again_takes_the_screen_back(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    first = visit()
    opened(first)
    fresh = visit()
    assert "quiz-reveal" not in keys(fresh)

    click(fresh, "quiz-desk")

    assert "quiz-reveal" in keys(fresh)
    assert "quiz-reveal" not in keys(looked(first))


def test_another_round_is_of_the_same_faces_and_says_what_it_waits_for(
    keep: Callable[..., Kept], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = keep()
    gone = Kept(
        Path(shutil.copy(here.path, home / "evaluation-gone-all.parquet")),
        about(dataset="gone", spec=f"folder:{home / 'gone'}"),
        False,
    )
    waits = "First choose photos that are on this computer, under “Other photos”."
    faces = Draw((Question("a", 1, 0.9, True),), 1)
    room = quiz_room.open_room(faces, ("data:,",), "desk", own=True, source=str(here.path))
    room.reveal(room.seen().turn)
    room.next(room.seen().turn)
    monkeypatch.setattr(evaluations, "kept", lambda: [gone, here])
    fresh = visit()

    click(fresh, "quiz-desk")
    assert waits not in told(fresh)

    fresh.selectbox[1].set_value(str(gone.path)).run()
    assert waits in told(fresh)
    assert "quiz-again" in keys(fresh, enabled=False)


def test_a_photo_that_is_gone_leaves_the_other_faces(
    keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(PUBLIC)
    there = evaluation_photos.content

    def some(dataset: str, id_: str) -> bytes:
        if id_.startswith("female/"):
            raise PhotoMissingError
        return there(dataset, id_)

    monkeypatch.setattr(evaluation_photos, "content", some)
    desk = visit()
    assert "quiz-male" in keys(desk)

    room = opened(desk)

    assert 0 < len(room.draw.questions) < FACES
    assert all(one.label == 1 for one in room.draw.questions)


def test_a_visitor_votes_and_changes_nothing_else(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    desk = visit()
    room = opened(desk)
    access.require(PIN)
    phone = visit()

    assert {"quiz-female", "quiz-male", "quiz-unsure"} <= keys(phone)
    assert "quiz-desk" not in keys(phone)
    click(phone, "quiz-male")
    assert room.seen().votes == 1
    # The one who opened it has left: a click on what was still drawn does nothing.
    turn = room.seen().turn
    desk.button(key="quiz-reveal").click().run()
    assert room.seen().turn == turn


def test_a_visitor_plays_alone_with_published_photos_only(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    access.require(PIN)
    app = visit()
    assert "quiz-male" in keys(app)
    assert "quiz-open" in keys(app, enabled=False)

    keep("photos")
    app = visit()
    assert "quiz-male" not in keys(app)
    assert "quiz-face" not in told(app)


def gave(count: int) -> None:
    for shade in range(count):
        said = flagged.Said("male", 0.9, "rupa-1", "similarity-1")
        flagged.save(np.full((192, 192, 3), 8 * shade, np.uint8), ("female", "male")[shade % 2], said)


def test_kept_faces_are_the_presenters_to_show(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    gave(5)
    app = visit()
    app.radio(key="rupa.quiz.which").set_value("kept").run()
    assert len(app.session_state["rupa.quiz.game"].draw.questions) == 5
    assert "quiz-open" in keys(app, enabled=False)

    app.checkbox[0].check().run()
    room = opened(app)
    assert len(room.draw.questions) == 5
    kept_faces.delete(flagged.ids()[0])
    assert quiz_room.current() is None

    access.require(PIN)
    visitor = visit()
    assert not visitor.radio
    forged = AppTest.from_file(PAGE)
    forged.session_state["rupa.quiz.which"] = "kept"
    looked(forged)
    assert forged.session_state["rupa.quiz.game"].source != "kept"


def test_a_kept_face_that_was_deleted_is_shown_to_nobody_who_plays_alone(keep: Callable[..., Kept]) -> None:
    keep(PUBLIC)
    gave(5)
    app = visit()
    app.radio(key="rupa.quiz.which").set_value("kept").run()
    click(app, "quiz-unsure")
    assert "quiz-told" in told(app)

    kept_faces.delete(app.session_state["rupa.quiz.game"].draw.questions[0].id)
    looked(app)

    assert "Face 1 of 4" in told(app)
    assert "quiz-told" not in told(app)


def test_who_agreed_to_show_some_own_photos_has_not_agreed_to_show_others(keep: Callable[..., Kept]) -> None:
    keep("photos")
    gave(5)
    app = visit()
    app.checkbox[0].check().run()
    assert "quiz-open" in keys(app)

    app.radio(key="rupa.quiz.which").set_value("kept").run()

    assert app.checkbox[0].value is False
    assert "quiz-open" in keys(app, enabled=False)


def test_a_full_room_is_said(keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    keep(PUBLIC)
    room = opened(visit())
    monkeypatch.setattr(quiz_room, "MOST_VOTERS", 1)
    visit()

    late = visit()

    assert [shown.value for shown in late.warning] == [
        "The room is full. You can look at the presenter's screen."
    ]
    assert room.seen().people == 1
    monkeypatch.setattr(quiz_room, "MOST_VOTERS", 2)
    assert "quiz-female" in keys(looked(late))
