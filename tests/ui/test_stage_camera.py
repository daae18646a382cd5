"""What a browser says of its camera counts for the turn in which it was asked, and only where it could be said."""

import pytest

from ui import stage_camera


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"turn": 2, "word": "works"}, "works"),
        ({"turn": 2, "word": "denied"}, "denied"),
        ({"turn": 1, "word": "works"}, "asking"),
        ({"turn": 2, "word": "<b>"}, "asking"),
        ({"turn": 2, "word": ["works"]}, "asking"),
        ({"turn": 2}, "asking"),
        ("works", "asking"),
        (None, "asking"),
    ],
)
def test_an_answer_is_believed_only_as_it_can_be_given(answer: object, word: str) -> None:
    assert stage_camera.known(answer, 2) == word
