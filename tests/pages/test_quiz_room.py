"""A room of the quiz: several phones to the end, which votes count, and what only the presenter may do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from pages.parts import evaluation_photos, kept_faces
from pages.parts.evaluation_photos import PhotoMissingError
from tests.pages.quiz_page import PAGE, PIN, PUBLIC, click, gave, keys, looked, opened, told, visit
from tests.training.tables import about
from training import evaluations, flagged, quiz_room
from training.evaluations import Kept
from training.quiz import FACES, Draw, Question
from training.quiz_score import Vote
from ui import access, room_address

pytestmark = pytest.mark.usefixtures("quiz_home")


def test_a_room_with_three_phones_to_the_end(keep_photos: Callable[..., Kept]) -> None:
    keep_photos(PUBLIC)
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
    assert "that people beat it here does not show that they are better" in told(desk)
    assert "that people beat it here does not show that they are better" in told(looked(phones[2]))
    assert "<b>0 of 10" in told(looked(phones[2]))
    assert f"Seisi ruangan benar pada 10 dari 10, model {model}." in told(looked(phones[0]))
    click(desk, "quiz-again")
    assert {one.id for one in room.draw.questions} != {one.id for one in questions}
    click(desk, "quiz-close")
    assert quiz_room.current() is None
    assert "The presenter has closed the room." in told(looked(phones[1]))


def test_late_votes_do_not_count_and_nobody_is_told_that_they_do(keep_photos: Callable[..., Kept]) -> None:
    keep_photos(PUBLIC)
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
    keep_photos: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_photos(PUBLIC)
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
    keep_photos: Callable[..., Kept],
) -> None:
    keep_photos(PUBLIC)
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
    keep_photos: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "https://10.0.0.7:8501"
    monkeypatch.setattr(room_address, "known", lambda: ("https://192.168.1.20:8501", other))
    keep_photos(PUBLIC)
    desk = visit()
    opened(desk)

    assert 'src="data:image/svg' in told(desk)
    assert "https://<wbr>192.168.1.20:8501/quiz" in told(desk)
    desk.session_state[room_address._CHOSEN] = other  # on the Stage page
    assert "https://<wbr>10.0.0.7:8501/quiz" in told(looked(desk))


def test_a_presenter_who_loads_the_page_again_takes_the_screen_back(keep_photos: Callable[..., Kept]) -> None:
    keep_photos(PUBLIC)
    first = visit()
    opened(first)
    fresh = visit()
    assert "quiz-reveal" not in keys(fresh)

    click(fresh, "quiz-desk")

    assert "quiz-reveal" in keys(fresh)
    assert "quiz-reveal" not in keys(looked(first))


def test_another_round_is_of_the_same_faces_and_says_what_it_waits_for(
    keep_photos: Callable[..., Kept], quiz_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = keep_photos()
    gone = Kept(
        Path(shutil.copy(here.path, quiz_home / "evaluation-gone-all.parquet")),
        about(dataset="gone", spec=f"folder:{quiz_home / 'gone'}"),
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
    keep_photos: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_photos(PUBLIC)
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


def test_a_visitor_votes_and_changes_nothing_else(keep_photos: Callable[..., Kept]) -> None:
    keep_photos(PUBLIC)
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


def test_kept_faces_are_the_presenters_to_show(keep_photos: Callable[..., Kept]) -> None:
    keep_photos(PUBLIC)
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


def test_who_agreed_to_show_some_own_photos_has_not_agreed_to_show_others(
    keep_photos: Callable[..., Kept],
) -> None:
    keep_photos("photos")
    gave(5)
    app = visit()
    app.checkbox[0].check().run()
    assert "quiz-open" in keys(app)

    app.radio(key="rupa.quiz.which").set_value("kept").run()

    assert app.checkbox[0].value is False
    assert "quiz-open" in keys(app, enabled=False)


def test_a_full_room_is_said(keep_photos: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    keep_photos(PUBLIC)
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
