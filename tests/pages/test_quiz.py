"""The quiz page without a room: photos to play with, one player to the end, and nothing told too early."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import kept_faces
from tests.pages.quiz_page import PIN, PUBLIC, click, gave, keys, looked, told, visit
from tests.training.tables import about
from training import evaluations
from training.evaluations import Kept
from training.quiz import FACES
from ui import access

pytestmark = pytest.mark.usefixtures("quiz_home")


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
    keep_photos: Callable[..., Kept], quiz_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = keep_photos()
    elsewhere = about(dataset="elsewhere", spec=f"folder:{quiz_home / 'gone'}")
    gone = Kept(Path(shutil.copy(here.path, quiz_home / "evaluation-gone-all.parquet")), elsewhere, False)
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


def test_of_many_faces_only_all_right_is_100() -> None:
    def caption() -> None:
        from pages.parts import quiz_words
        from training import statistics
        from training.quiz import Draw, Question

        faces = tuple(Question(str(one), 1, 0.9, True) for one in range(10))
        quiz_words.hard_on_purpose(Draw(faces, 7, statistics.proportion(299, 300), 300))

    [shown] = AppTest.from_function(caption).run().caption
    assert "On all 300 faces it is right in >99 of 100 (98 to >99)." in shown.value


@pytest.mark.parametrize(
    ("overall", "of", "score", "sure"),
    [
        (0.95, 300, "The faces were chosen by what the model got wrong", "the model looks too sure here"),
        (None, 0, "somebody had said that the model was wrong", "the model looks too sure here"),
        (0.8, 10, "", ""),
    ],
)
def test_the_result_says_that_the_faces_were_chosen_and_what_that_hides(
    overall: float | None, of: int, score: str, sure: str
) -> None:
    def board(overall: float | None, of: int) -> None:
        from pages.parts import quiz_board
        from training import statistics
        from training.quiz import Draw, Question
        from training.quiz_room import Result
        from training.quiz_score import Vote

        faces = tuple(Question(str(one), 1, 0.95, True) for one in range(10))
        drawn = Draw(faces, 7, statistics.proportion(round(overall * of), of) if overall else None, of)
        quiz_board.alone(drawn, [Vote(1, 2)] * 10)
        quiz_board.room(Result(drawn, ((Vote(1, 2),),) * 10))

    app = AppTest.from_function(board, kwargs={"overall": overall, "of": of}).run()

    assert not app.exception
    counts, steps, room_counts, room_steps = (one.value for one in app.caption)
    for said in (counts, room_counts):
        assert score in said
        assert ("does not show that they are better" in said) == bool(score)
    for said in (steps, room_steps):
        assert sure in said
        assert ("the Evaluate page shows" in said) == bool(sure)


@pytest.mark.parametrize("spoken", ["en", "id"])
def test_one_player_comes_to_the_end_and_is_scored(keep_photos: Callable[..., Kept], spoken: str) -> None:
    keep_photos()
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
    assert ("they are better." if spoken == "en" else "bahwa mereka lebih baik.") in told(app)
    click(app, "quiz-again")
    again = {one.id for one in app.session_state["rupa.quiz.game"].draw.questions}
    assert again != {one.id for one in game.draw.questions}


def test_who_cannot_tell_is_not_asked_how_sure_and_gets_no_point(keep_photos: Callable[..., Kept]) -> None:
    keep_photos()
    app = visit()

    click(app, "quiz-unsure")

    assert "Right so far: you **0**" in told(app)
    assert "You</small><strong>cannot tell" in told(app)


def test_before_the_reveal_nothing_on_the_page_tells_the_answer(keep_photos: Callable[..., Kept]) -> None:
    kept = keep_photos()
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


def test_a_visitor_plays_alone_with_published_photos_only(keep_photos: Callable[..., Kept]) -> None:
    keep_photos(PUBLIC)
    access.require(PIN)
    app = visit()
    assert "quiz-male" in keys(app)
    assert "quiz-open" in keys(app, enabled=False)

    keep_photos("photos")
    app = visit()
    assert "quiz-male" not in keys(app)
    assert "quiz-face" not in told(app)


def test_a_kept_face_that_was_deleted_is_shown_to_nobody_who_plays_alone(
    keep_photos: Callable[..., Kept],
) -> None:
    keep_photos(PUBLIC)
    gave(5)
    app = visit()
    app.radio(key="rupa.quiz.which").set_value("kept").run()
    click(app, "quiz-unsure")
    assert "quiz-told" in told(app)

    kept_faces.delete(app.session_state["rupa.quiz.game"].draw.questions[0].id)
    looked(app)

    assert "Face 1 of 4" in told(app)
    assert "quiz-told" not in told(app)
